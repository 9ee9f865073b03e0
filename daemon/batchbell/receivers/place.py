"""Where a channel's messages go, in words that may be shown: a host, whom, never a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.receivers.channel_url import UnusableUrlError, read_url
from batchbell.receivers.content import Family
from batchbell.receivers.discord import DiscordAddress
from batchbell.receivers.mail.mailbox import Mailbox, people
from batchbell.receivers.ntfy import NtfyAddress
from batchbell.receivers.receiver import ExecReceiver, UrlReceiver
from batchbell.receivers.registry import address_of, family_of, is_program
from batchbell.receivers.slack.address import SlackAddress
from batchbell.receivers.teams import TeamsAddress
from batchbell.receivers.telegram import TelegramAddress

if TYPE_CHECKING:
    from batchbell.receivers.channel_url import ChannelUrl
    from batchbell.receivers.receiver import Receiver

#: A host's name or address; whatever else stands in its place is not shown.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_NUMBERS = re.compile(r"\[.*|[0-9.]+")
_LEFT_OUT = "…"
#: What channels and people begin with.
_SLACK_SIGNS = ("#", "@")
#: A host of more labels may have a key as one of them.
_MOST_LABELS = 3
#: Kinds that send to a URL whose host is no key.
_AT_A_URL = (DiscordAddress, NtfyAddress, TeamsAddress, TelegramAddress)
#: Receivers of services that have no kind of their own.
_UNKNOWN = frozenset({Family.HOOK, Family.PROGRAM, Family.PLAIN})


def place_of(receiver: Receiver) -> str:
    """Return the host that a receiver is at, with its port if the URL names one.

    '' where none is known, or may be shown: many services have a key in the host's place.
    """
    if isinstance(receiver, ExecReceiver):
        return ""
    url = read_url(receiver.url)
    if url is None or url.has_stray_at:
        return ""
    if isinstance(receiver, UrlReceiver) and not (url.is_web or is_program(url)):
        return _server(receiver)
    is_unknown = family_of(receiver) in _UNKNOWN
    return _shown(without_key(url.host) if is_unknown else url.host, url.port)


def without_key(host: str) -> str:
    """Return a host of any service as it may be shown: `….example.org` where it is a long name.

    Services give each user a name of their own, and who knows it can send there.
    """
    labels = host.rstrip(".").split(".")
    if _NUMBERS.fullmatch(host) or len(labels) <= _MOST_LABELS:
        return host
    return ".".join([_LEFT_OUT, *labels[-2:]])


def recipients_of(receiver: Receiver) -> list[str]:
    """Return whom a receiver's messages reach: mail addresses, channels of Slack.

    None where they are a key to it, as topics of ntfy are, or where that is not clear.
    """
    if not isinstance(receiver, UrlReceiver):
        return []
    url = read_url(receiver.url)
    if url is None or url.has_stray_at:
        return []
    try:
        address = address_of(receiver.url)
    except UnusableUrlError:
        return []
    if isinstance(address, SlackAddress):
        # What has no sign before it may be a piece of a token.
        return [target for target in address.targets if target.startswith(_SLACK_SIGNS)]
    return _mailed(address, url) if isinstance(address, Mailbox) else []


def _mailed(mailbox: Mailbox, url: ChannelUrl) -> list[str]:
    # Without a login a path may be what stands behind a slash of a password.
    is_clear = bool(url.user) or not url.path
    to = mailbox.to if is_clear else people(url.option("to"))
    return [person.address for person in to]


def _server(receiver: UrlReceiver) -> str:
    """Return the server that a kind of our own sends to; '' of Slack, whose is always the same."""
    try:
        address = address_of(receiver.url)
    except UnusableUrlError:
        return ""
    if isinstance(address, _AT_A_URL):
        server = read_url(address.url)
        return "" if server is None else _shown(server.host, server.port)
    return _shown(address.server.host, None) if isinstance(address, Mailbox) else ""


def _shown(host: str, port: int | None) -> str:
    if not _HOST.fullmatch(host.removeprefix(f"{_LEFT_OUT}.")):
        return ""
    return host if port is None else f"{host}:{port}"
