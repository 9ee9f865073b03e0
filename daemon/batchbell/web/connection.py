"""One connection to the page, which may not cost more than a page is worth.

Whoever reaches the port may open connections, with or without the password, and each takes a file
of the process that polls and sends.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from batchbell.config.urls import is_loopback
from batchbell.web.peer import peer_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from uvicorn.config import Config
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle
    from uvicorn.server import ServerState


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What connections may take; beyond it are closed."""

    #: Connections of other machines at the same time, and of one of them.
    strangers: int = 100
    of_a_stranger: int = 50
    #: This machine's own, which have room however many strangers there are.
    own: int = 100
    #: How long a connection may ask for nothing, or take nothing of its answer, seconds; half a
    #: request is nothing.
    idle_seconds: float = 10.0

    def have_room(self, peer: str, others: Iterable[str]) -> bool:
        """Whether a peer's connection may stay beside those of `others`."""
        if is_loopback(peer):
            return sum(map(is_loopback, others)) < self.own
        strangers = [other for other in others if not is_loopback(other)]
        return len(strangers) < self.strangers and strangers.count(peer) < self.of_a_stranger

    def who_gives_way(self, peer: str, others: Iterable[str]) -> str | None:
        """Return whose connection is closed for that of a peer there is no room for.

        It is whoever has most, if that is more than the peer would have: a few machines crowd out
        no probe of another one. None if the peer's own has to be closed.
        """
        if is_loopback(peer):
            return None
        held = Counter(other for other in others if not is_loopback(other))
        ((greedy, most),) = held.most_common(1) or [("", 0)]
        return greedy if most > held[peer] + 1 else None


class CarefulProtocol(H11Protocol):
    """uvicorn's protocol, which ends what only takes room."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        bounds: Bounds,
    ) -> None:
        """Take what uvicorn gives each connection, and the bounds of this server."""
        super().__init__(config, server_state, app_state, _loop)
        self.peer = ""
        self._bounds = bounds
        self._timer: asyncio.TimerHandle | None = None
        self._seen: object = None
        #: What was still to be sent at the last look, bytes, and whether much of it went since.
        self._unsent = 0
        self._went = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Take a connection, or close it at once if there are too many."""
        super().connection_made(transport)
        self.peer = peer_of(self.client)
        others = [
            each
            for each in self.connections
            if isinstance(each, CarefulProtocol)
            if each is not self and not each.transport.is_closing()
        ]
        peers = [each.peer for each in others]
        if not self._bounds.have_room(self.peer, peers):
            greedy = self._bounds.who_gives_way(self.peer, peers)
            if greedy is None:
                transport.abort()
                return
            next(each for each in others if each.peer == greedy).transport.abort()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what was sent; an answer has the date of its request."""
        # uvicorn would write it once a second, asked or not.
        self.server_state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        """Go on with an answer: most of what was held up went out."""
        self._went = True
        super().resume_writing()

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self._bounds.idle_seconds, self._look)

    def _look(self) -> None:
        """Close the connection if nothing happened on it since the last look."""
        if self._asks() and self._takes():
            self._wait()
        else:
            self.transport.abort()

    def _asks(self) -> bool:
        """Whether it is being answered, or has asked for more."""
        request: RequestResponseCycle | None = self.cycle
        is_answered = request is not None and not request.response_complete
        if is_answered or request is not self._seen:
            self._seen = request
            return True
        return False

    def _takes(self) -> bool:
        """Whether it takes what it is sent; one with nothing to take does."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        went, self._went = self._went, False
        return went or not before or self._unsent < before
