"""An answer to a request: its status at once, its body in bounded pieces as it comes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import httpx

from batchbell.errors import MalformedError, TooLargeError, UnavailableError
from batchbell.wire.unpack import unpacker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from batchbell.wire.direct import DirectAnswer

#: Of an answer that is an error only this much is read, unpacked, bytes.
MAX_ERROR_BYTES = 64 * 2**10


class Answer:
    """An answer whose body may still be on its way."""

    def __init__(
        self,
        response: httpx.Response | DirectAnswer,
        *,
        host: str,
        max_bytes: int,
        error_body_seconds: float,
    ) -> None:
        self.host = host
        self.status = response.status_code
        #: Upper and lower case are the same.
        self.headers: Mapping[str, str] = response.headers
        self._response = response
        self._max_bytes = max_bytes
        self._error_body_seconds = error_body_seconds

    async def chunks(self) -> AsyncGenerator[bytes]:
        """Yield the unpacked body in pieces of at most 256 KiB; the event loop runs in between.

        Raises `MalformedError` for a body that is too large or can't be unpacked.
        """
        self._check_size(self.claimed_bytes)
        body = unpacker(self.headers.get("Content-Encoding", ""))
        received = unpacked = 0
        async for raw in self._response.aiter_raw():
            received += len(raw)
            for number, piece in enumerate(body.unpack(raw)):
                if number:
                    # To receive lets others run by itself; not so to unpack more of the same.
                    await asyncio.sleep(0)
                unpacked += len(piece)
                self._check_size(max(received, unpacked))
                yield piece
        if not body.complete:
            raise UnavailableError(f"the answer of {self.host} ends early")

    async def read(self, max_bytes: int) -> bytes:
        """Return the whole unpacked body; raises `MalformedError` above `max_bytes`."""
        self._max_bytes = min(self._max_bytes, max_bytes)
        async with aclosing(self.chunks()) as chunks:
            return b"".join([chunk async for chunk in chunks])

    async def beginning(self) -> bytes:
        """Return the first 64 KiB of the body, or less if less comes soon; for errors."""
        body = bytearray()
        try:
            async with asyncio.timeout(self._error_body_seconds), aclosing(self.chunks()) as chunks:
                async for chunk in chunks:
                    body += chunk
                    if len(body) >= MAX_ERROR_BYTES:
                        break
        except (TimeoutError, UnavailableError, MalformedError, httpx.HTTPError):
            pass  # the status says enough
        return bytes(body[:MAX_ERROR_BYTES])

    @property
    def claimed_bytes(self) -> int:
        """What `Content-Length` says, bytes as they are sent; 0 if it says nothing."""
        claim = self.headers.get("Content-Length", "")
        return int(claim[:20]) if claim.isdecimal() else 0

    def _check_size(self, size: int) -> None:
        if size > self._max_bytes:
            raise TooLargeError(f"{self.host} answered with more than {self._max_bytes:,} bytes")
