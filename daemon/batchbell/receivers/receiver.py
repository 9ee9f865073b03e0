"""Where a channel's messages go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class UrlReceiver:
    """A service, named by a URL."""

    #: Holds credentials.
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WebhookReceiver:
    """An address that events are posted to as signed JSON."""

    #: Often holds a token.
    url: str = field(repr=False)
    #: The key they are signed with, `whsec_...`.
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExecReceiver:
    """A program that gets events as JSON on its standard input."""

    #: The program and its arguments; no shell is involved.
    command: tuple[str, ...]
    timeout_seconds: float


Receiver: TypeAlias = UrlReceiver | WebhookReceiver | ExecReceiver
