"""What makes up a kind of receiver that is written as a URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from batchbell.receivers.content import Family

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.channel_url import ChannelUrl
    from batchbell.receivers.content import Content

A_co = TypeVar("A_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[A_co]):
    """How one service's messages look, and how its URLs are read."""

    family: Family
    #: What its URLs begin with.
    schemes: frozenset[str]
    #: Adds the form of its own to the plain content.
    dress: Callable[[Content, Message, datetime], Content]
    #: Returns where a URL leads; raises `UnusableUrlError`.
    read: Callable[[ChannelUrl], A_co]
    #: Whether Apprise has to send to this URL: it asks for what we have not.
    is_left_to_apprise: Callable[[ChannelUrl], bool]
    #: Whether a web address is one that this service shows, to be copied.
    is_shown_address: Callable[[ChannelUrl], bool] = lambda _: False
    #: The form of what Apprise sends.
    family_at_apprise: Family = Family.PLAIN
