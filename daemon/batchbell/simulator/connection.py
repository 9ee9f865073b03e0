"""One client's connection: HTTP/1.1 by h11, kept alive, with the faults of the wire."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING

import h11

from batchbell.simulator.answer import Answer, Ending, json_answer
from batchbell.simulator.api import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

#: Most bytes handed to the socket at a time; the client's pace holds up the rest.
PIECE_BYTES = 262_144
#: A shorter body is sent as it is. A usual default of web servers.
SHORTEST_COMPRESSED = 256


class Packer:
    """Compresses bodies; an unchanged listing only once."""

    def __init__(self) -> None:
        """Begin with nothing packed."""
        self._last: tuple[bytes, bytes] = (b"", b"")

    def pack(self, answer: Answer, request: Request) -> Answer:
        """Return the answer gzipped, if the client takes that and it is worth it."""
        body = answer.body
        accepted = "gzip" in request.headers.get("accept-encoding", "")
        encoded = any(name == "content-encoding" for name, _ in answer.headers)
        if (
            not accepted
            or encoded
            or not isinstance(body, bytes)
            or len(body) < SHORTEST_COMPRESSED
        ):
            return answer
        if self._last[0] is not body:
            self._last = (body, gzip.compress(body, compresslevel=1, mtime=0))
        headers = (*answer.headers, ("content-encoding", "gzip"), ("vary", "accept-encoding"))
        return replace(answer, body=self._last[1], headers=headers)


class Connection:
    """Reads requests off one socket and sends the answers `respond` gives."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        now: Callable[[], datetime],
        respond: Callable[[Request], Answer],
        packer: Packer,
    ) -> None:
        """`now` is the simulated time."""
        self._reader, self._writer = reader, writer
        self._http = h11.Connection(h11.SERVER)
        self._now, self._respond, self._packer = now, respond, packer

    async def serve(self) -> None:
        """Answer requests until the client goes away or an answer ends the connection."""
        try:
            while await self._serve_one():
                self._http.start_next_cycle()
            self._writer.close()
        except ConnectionError:
            pass  # the client went away in the middle of an answer, as it may
        finally:
            if not self._writer.is_closing():
                self._writer.transport.abort()

    async def _serve_one(self) -> bool:
        """Answer one request; False if it was the connection's last."""
        try:
            request = await self._read_request()
        except h11.RemoteProtocolError as mistake:
            await self._send(json_answer({"error": str(mistake)}, 400))
            return False
        if request is None:
            return False
        answer = self._packer.pack(self._respond(request), request)
        if request.method == "HEAD":
            answer = replace(answer, body=b"")  # RFC 9110, 9.3.2: no content, whatever the status
        await self._send(answer)
        await self._end(answer.wire.ending)
        return self._http.our_state is h11.DONE

    async def _read_request(self) -> Request | None:
        """Return the next request, None if the client has gone.

        Raises `h11.RemoteProtocolError`.
        """
        head: h11.Request | None = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                self._http.receive_data(await self._reader.read(65_536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return self._request(head)
            elif not isinstance(event, h11.Data):
                return None

    def _request(self, head: h11.Request) -> Request:
        return Request(
            method=head.method.decode(),
            target=head.target.decode(),
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            received_at=self._now(),
        )

    async def _send(self, answer: Answer) -> None:
        wire = answer.wire
        if wire.delay_seconds:
            await asyncio.sleep(wire.delay_seconds)
        if wire.sent_share is None:
            return
        start = self._http.send(
            h11.Response(status_code=answer.status, headers=self._headers(answer))
        )
        await self._write(start, wire.seconds_per_byte if wire.drip_headers else 0)
        for piece in _pieces(answer):
            data = self._http.send(h11.Data(data=piece))
            await self._write(data, wire.seconds_per_byte)
            await asyncio.sleep(0)  # a client that reads fast must not hold up the other ones
        if wire.ending is Ending.COMPLETE:
            await self._write(self._http.send(h11.EndOfMessage()), 0)

    def _headers(self, answer: Answer) -> list[tuple[str, str]]:
        headers = [("content-type", answer.content_type), *answer.headers]
        if answer.date_skew is not None:
            date = format_datetime(self._now() + answer.date_skew, usegmt=True)
            headers.append(("date", date))
        length = len(answer.body) if isinstance(answer.body, bytes) else answer.claimed_length
        if length is not None:
            headers.append(("content-length", str(length)))
        return headers

    async def _write(self, data: bytes | None, seconds_per_byte: float) -> None:
        if not seconds_per_byte:
            self._writer.write(data or b"")
            await self._writer.drain()
            return
        for byte in data or b"":
            self._writer.write(bytes([byte]))
            await self._writer.drain()
            await asyncio.sleep(seconds_per_byte)

    async def _end(self, ending: Ending) -> None:
        if ending is Ending.HANG:
            await self._reader.read()  # ends when the client gives up
        elif ending is Ending.RESET:
            on_reset = struct.pack("ii", 1, 0)
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, on_reset)
            self._writer.transport.abort()


def _pieces(answer: Answer) -> Iterable[bytes]:
    """Return the part of the body that is sent, in pieces."""
    if not isinstance(answer.body, bytes):
        return answer.body
    share = 1.0 if answer.wire.sent_share is None else answer.wire.sent_share
    size = int(len(answer.body) * share)
    return (answer.body[at : min(at + PIECE_BYTES, size)] for at in range(0, size, PIECE_BYTES))
