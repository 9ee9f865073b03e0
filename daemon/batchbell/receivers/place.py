"""Where a channel's messages go, in a word that may be shown: a host, never a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.receivers.channel_url import UnusableUrlError, read_url
from batchbell.receivers.content import Family
from batchbell.receivers.mail.mailbox import Mailbox
from batchbell.receivers.ntfy import NtfyAddress
from batchbell.receivers.receiver import ExecReceiver, UrlReceiver
from batchbell.receivers.registry import address_of, family_of, is_program

if TYPE_CHECKING:
    from batchbell.receivers.receiver import Receiver

#: A host's name or address; whatever else stands in its place is not shown.
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\]", re.IGNORECASE)
_NUMBERS = re.compile(r"\[.*|[0-9.]+")
_LEFT_OUT = "…"
#: A host of more labels may have a key as one of them.
_MOST_LABELS = 3
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
        return _own_server(receiver)
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


def _own_server(receiver: UrlReceiver) -> str:
    """Return the server of kinds that people run themselves."""
    try:
        address = address_of(receiver.url)
    except UnusableUrlError:
        return ""
    if isinstance(address, NtfyAddress):
        server = read_url(address.url)
        return "" if server is None else _shown(server.host, server.port)
    return _shown(address.server.host, None) if isinstance(address, Mailbox) else ""


def _shown(host: str, port: int | None) -> str:
    if not _HOST.fullmatch(host.removeprefix(f"{_LEFT_OUT}.")):
        return ""
    return host if port is None else f"{host}:{port}"
