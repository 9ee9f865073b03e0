"""The simulated API when it misbehaves: what is planned, what is sent, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from enum import Enum
from typing import TYPE_CHECKING

import h11

from batchbell.simulator.answer import ApiAnswer
from batchbell.simulator.connection import PIECE_BYTES, Connection
from batchbell.simulator.server import Simulator
from tests.simulator.fault_plan import FaultPlan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.simulator.api import ApiRequest
    from batchbell.simulator.clock import SimulatedClock
    from batchbell.simulator.plan import JobPlan
    from tests.simulator.faults import Fault


class Ending(Enum):
    """What the server does after the last byte it sends."""

    #: The message is complete, the connection is kept.
    COMPLETE = "complete"
    #: Nothing more comes, the connection stays open.
    HANG = "hang"
    #: The connection is closed in the middle of the message.
    CLOSE = "close"
    #: The connection is torn down with a TCP reset.
    RESET = "reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How an answer is sent; the default is: at once, whole, kept alive. Seconds are real ones."""

    #: Wait before the first byte.
    delay_seconds: float = 0.0
    #: Above 0: the body is sent byte by byte with this pause after each.
    seconds_per_byte: float = 0.0
    #: Whether the status line and headers are dripped too.
    drip_headers: bool = False
    #: Share of the body that is sent, 0 to 1; None: not even the headers.
    sent_share: float | None = 1.0
    ending: Ending = Ending.COMPLETE


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyAnswer(ApiAnswer):
    """An answer that may be wrong."""

    #: How far the Date header is off; None: there is none.
    date_skew: timedelta | None = timedelta(0)
    wire: Wire = field(default_factory=Wire)

    def whole_body(self) -> bytes:
        """Return the body in one piece."""
        return self.body if isinstance(self.body, bytes) else b"".join(self.body)


class FaultyConnection(Connection):
    """Sends answers as their faults want it."""

    async def send(self, answer: ApiAnswer) -> None:
        """Put an answer on the wire, or a part of it."""
        if not isinstance(answer, FaultyAnswer):
            await super().send(answer)
            return
        wire = answer.wire
        if wire.delay_seconds:
            await asyncio.sleep(wire.delay_seconds)
        if wire.sent_share is not None:
            await self._send_share(answer)
        await self._end(wire.ending)

    async def _send_share(self, answer: FaultyAnswer) -> None:
        wire = answer.wire
        start = h11.Response(status_code=answer.status, headers=self.headers(answer))
        await self._drip(self.http.send(start), wire.seconds_per_byte if wire.drip_headers else 0)
        for piece in _sent(answer):
            await self._drip(self.http.send(h11.Data(data=piece)), wire.seconds_per_byte)
            await asyncio.sleep(0)
        if wire.ending is Ending.COMPLETE:
            await self.write(self.http.send(h11.EndOfMessage()))

    def headers(self, answer: ApiAnswer) -> list[tuple[str, str]]:
        headers = super().headers(answer)
        if not isinstance(answer, FaultyAnswer):
            return headers
        if answer.date_skew != timedelta(0):
            headers = [each for each in headers if each[0] != "date"]
        if answer.date_skew:
            headers.append(("date", format_datetime(self.now() + answer.date_skew, usegmt=True)))
        return headers

    async def _drip(self, data: bytes | None, seconds_per_byte: float) -> None:
        if not seconds_per_byte:
            await self.write(data)
            return
        for byte in data or b"":
            await self.write(bytes([byte]))
            await asyncio.sleep(seconds_per_byte)

    async def _end(self, ending: Ending) -> None:
        if ending is Ending.HANG:
            await self.reader.read()  # ends when the client gives up
        elif ending is Ending.RESET:
            on_reset = struct.pack("ii", 1, 0)
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_reset)
            self.writer.transport.abort()


def _sent(answer: FaultyAnswer) -> Iterable[bytes]:
    """Return the part of the body that is sent, in pieces."""
    if not isinstance(answer.body, bytes):
        return answer.body
    share = 1.0 if answer.wire.sent_share is None else answer.wire.sent_share
    size = int(len(answer.body) * share)
    return (answer.body[at : min(at + PIECE_BYTES, size)] for at in range(0, size, PIECE_BYTES))


class FaultySimulator(Simulator):
    """The simulated API with faults that a test sets, from any thread."""

    connection = FaultyConnection

    def __init__(
        self,
        plans: Iterable[JobPlan] = (),
        *,
        clock: SimulatedClock | None = None,
        api_key: str | None = None,
    ) -> None:
        """Begin without faults; the rest is `Simulator`'s."""
        super().__init__(plans, clock=clock, api_key=api_key)
        self._faults = FaultPlan()
        self._reserved: socket.socket | None = None

    def bound(self) -> socket.socket:
        """Return what kept the port while nobody listened, if anything did."""
        bound = self._reserved or super().bound()
        self._reserved = None
        return bound

    async def stop_listening(self) -> None:
        """Refuse connections and drop the open ones; the port stays ours."""
        await super().stop()
        self._reserved = super().bound()

    async def stop(self) -> None:
        """End, and give the port up."""
        await super().stop()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def fault(self, *faults: Fault, path: str = "*", times: int | None = None) -> None:
        """Misbehave at the next `times` requests to `path`, None: until `clear_faults`.

        `path` is a glob without `/v1`: `/batches` is the listing alone. Several faults combine.
        """
        self._faults.add(*faults, path=path, times=times)

    def clear_faults(self) -> None:
        """Behave well again."""
        self._faults.clear()

    def respond(self, request: ApiRequest) -> ApiAnswer:
        """Answer as the faults in force let it through."""
        faults = self._faults.take(request)
        if not faults:
            return super().respond(request)
        answer = FaultyAnswer()
        if any(fault.instead for fault in faults):
            self.remember(request)
        else:
            right = super().respond(request)
            answer = FaultyAnswer(
                status=right.status,
                body=right.body,
                content_type=right.content_type,
                headers=right.headers,
                length=right.length,
            )
        for fault in faults:
            answer = fault.rewrite(answer)
        return answer
