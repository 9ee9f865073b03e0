"""The way to a file's bytes: how long they may take, and where a redirect may lead."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from batchbell.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from batchbell.wire.answer import Answer

#: What leads elsewhere. Source: RFC 9110, section 15.4.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: A chain of redirects is not longer.
MOST_REDIRECTS = 3
#: No byte for so long is a stall, seconds.
STALL_SECONDS = 30.0
#: Slower than this is as good as a stall, bytes a second ...
SLOWEST_BYTES_PER_SECOND = 200_000
#: ... after this long, seconds.
BASE_SECONDS = 60.0


def longest_seconds(size: int) -> float:
    """Return how long a file of so many bytes may take in all."""
    return BASE_SECONDS + size / SLOWEST_BYTES_PER_SECOND


def redirected(url: str, location: str) -> str:
    """Return where a redirect leads. Raises `UnavailableError` if that is not safe to follow.

    The file itself travels that way, so it must be https, or this machine.
    """
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        raise UnavailableError("the API redirects a file to an unreadable address") from None
    if not location or parts.username or parts.password or not host:
        raise UnavailableError("the API redirects a file to an unusable address")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host)):
        return target
    raise UnavailableError("the API redirects a file to where it would travel unencrypted")


async def pieces(
    answer: Answer, *, max_bytes: int, stall_seconds: float = STALL_SECONDS
) -> AsyncGenerator[bytes]:
    """Yield a file's bytes; raises `UnavailableError` for a body that stalls or takes too long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + longest_seconds(answer.claimed_bytes or max_bytes)
    async with aclosing(answer.chunks()) as chunks:
        while True:
            try:
                async with asyncio.timeout(min(stall_seconds, max(until - loop.time(), 0.0))):
                    piece = await anext(chunks, None)
            except TimeoutError:
                raise UnavailableError(f"a file of {answer.host} does not come on") from None
            if piece is None:
                return
            yield piece


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
