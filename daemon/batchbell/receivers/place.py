"""Where a channel's messages go, in a word that may be shown: a host, never a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.receivers.channel_url import UnusableUrlError, read_url
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.ntfy import NtfyAddress
from batchbell.receivers.receiver import ExecReceiver, UrlReceiver, WebhookReceiver
from batchbell.receivers.registry import address_of, is_program

if TYPE_CHECKING:
    from batchbell.receivers.channel_url import ChannelUrl
    from batchbell.receivers.receiver import Receiver

#: A host's name or address; whatever else stands in its place is not shown.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)


def place_of(receiver: Receiver) -> str:
    """Return the host that a receiver is at, with its port if the URL names one.

    '' where none is known, or may be shown: many services have a key in the host's place.
    """
    if isinstance(receiver, ExecReceiver):
        return ""
    text = receiver.url
    url = read_url(text)
    if url is None:
        return ""
    if isinstance(receiver, WebhookReceiver) or url.is_web or is_program(url):
        return _host(url)
    return _own_server(receiver)


def _own_server(receiver: UrlReceiver) -> str:
    """Return the server of kinds that people run themselves."""
    try:
        address = address_of(receiver.url)
    except UnusableUrlError:
        return ""
    if isinstance(address, NtfyAddress):
        server = read_url(address.url)
        return "" if server is None else _host(server)
    return address.server.host if isinstance(address, Mailbox) else ""


def _host(url: ChannelUrl) -> str:
    if not _HOST.fullmatch(url.host):
        return ""
    return url.host if url.port is None else f"{url.host}:{url.port}"
