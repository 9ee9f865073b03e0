"""One HTTP/1.1 connection, by h11: what was sent and has come of the request under way."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeAlias

import h11
import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.wire.loop_network import LoopStream

#: Scheme, host and port.
Origin: TypeAlias = tuple[str, str, int]

#: What is read from a connection at once: what asyncio receives at most, which in smaller pieces
#: would be copied, and waited for, again for each of them.
READ_BYTES = 256 * 2**10
#: The longest head of an answer, bytes.
_LONGEST_HEAD_BYTES = 100 * 2**10


class KeptConnection:
    """One connection: what was sent and read so far of the request under way."""

    def __init__(self, origin: Origin, stream: LoopStream) -> None:
        self.origin = origin
        self.stream = stream
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD_BYTES)
        self._kept_until = 0.0

    @property
    def is_done(self) -> bool:
        """Whether request and answer are at their end, and neither of them is the last.

        What came behind an answer, of a server that sends a body with a 204 say, would be taken for
        the beginning of the next one.
        """
        came_behind, _ = self._state.trailing_data
        states = self._state.our_state, self._state.their_state
        return states == (h11.DONE, h11.DONE) and not came_behind

    def rest(self, *, until: float) -> None:
        """Be ready for another request until then, by the event loop's clock."""
        self._state.start_next_cycle()
        self._kept_until = until

    def is_kept(self, now: float) -> bool:
        """Whether it may be used for another request by now."""
        return now <= self._kept_until

    @property
    def is_usable(self) -> bool:
        """Whether it is still open; of an idle one what comes can only be its end."""
        return not self.stream.get_extra_info("is_readable")

    async def send(
        self,
        method: str,
        target: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        content: bytes,
    ) -> None:
        """Send a request whole; one that can't be written may have its answer all the same.

        A server may refuse it, and hang up, before it has read it all.
        """
        written = self._written(h11.Request(method=method, target=target, headers=list(headers)))
        if content:
            written += self._written(h11.Data(data=content))
        written += self._written(h11.EndOfMessage())
        with suppress(httpx.WriteError):
            await self.stream.write(written)

    async def head(self) -> h11.Response:
        """Return status and headers of the answer."""
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise httpx.RemoteProtocolError("the answer is none to this request")

    async def next_event(self) -> h11.Event | type[h11.PAUSED]:
        """Return what came next."""
        while (event := self._state.next_event()) is h11.NEED_DATA:
            data = await self.stream.read(READ_BYTES)
            if not data and self._state.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
            self._state.receive_data(data)
        assert not isinstance(event, type) or event is h11.PAUSED  # noqa: S101 - no other is left
        return event

    def _written(self, event: h11.Event) -> bytes:
        return self._state.send(event) or b""


@contextmanager
def in_the_words_of_httpx() -> Iterator[None]:
    """Raise what httpx raises: errors of h11 have the same names there."""
    try:
        yield
    except h11.ProtocolError as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
