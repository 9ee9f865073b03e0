"""All kinds of receivers, and which of them a channel is. A new kind is a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from batchbell.receivers import discord, mail, ntfy, slack, teams, telegram
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError, read_url
from batchbell.receivers.content import Content, Family
from batchbell.receivers.exchange import WebAddress
from batchbell.receivers.hook import as_hook
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.plain import as_plain
from batchbell.receivers.receiver import UrlReceiver

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.kind import Kind
    from batchbell.receivers.receiver import Receiver

Address: TypeAlias = WebAddress | Mailbox

#: Those that are written as a URL and send by transports of our own.
KINDS: tuple[Kind[Address], ...] = (
    slack.KIND,
    discord.KIND,
    teams.KIND,
    telegram.KIND,
    ntfy.KIND,
    mail.KIND,
)
#: What each family makes of the plain content; the others take that as it is.
FORMS: Mapping[Family, Callable[[Content, Message, datetime], Content]] = {
    **{kind.family: kind.dress for kind in KINDS},
    Family.PLAIN: as_plain,
    Family.HOOK: as_hook,
}
#: Programs behind an Apprise URL: they get the text as it is.
_PROGRAMS = frozenset({"json", "jsons", "xml", "xmls", "form", "forms"})


def family_of(receiver: Receiver) -> Family:
    """Return which form of message a receiver reads."""
    if not isinstance(receiver, UrlReceiver):
        return Family.HOOK
    url = read_url(receiver.url)
    kind = None if url is None else _kind_of(url)
    if url is None or kind is None:
        return Family.PROGRAM if url is not None and is_program(url) else Family.PLAIN
    return kind.family_at_apprise if kind.is_left_to_apprise(url) else kind.family


def address_of(text: str) -> Address | None:
    """Return where a channel's URL leads, None if Apprise is to send there.

    Raises `UnusableUrlError`.
    """
    url = read_url(text)
    if url is None:
        raise UnusableUrlError("this is not a URL; write one such as slack://... or mailtos://...")
    if url.has_stray_at:
        raise UnusableUrlError("its user or password holds an @; write it as %40")
    kind = _kind_of(url)
    return None if kind is None or kind.is_left_to_apprise(url) else kind.read(url)


def is_program(url: ChannelUrl) -> bool:
    """Whether a URL of Apprise's leads to the user's own program, at the host it names."""
    return url.scheme in _PROGRAMS


def schemes() -> frozenset[str]:
    """Return what the URLs of our own kinds begin with."""
    return frozenset().union(*(kind.schemes for kind in KINDS))


def _kind_of(url: ChannelUrl) -> Kind[Address] | None:
    if url.is_web:
        return next((kind for kind in KINDS if kind.is_shown_address(url)), None)
    return next((kind for kind in KINDS if url.scheme in kind.schemes), None)
