"""One client's connection: HTTP/1.1 by h11, kept alive."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING

import h11

from batchbell.simulator.answer import FILE_TYPE, ApiAnswer, json_answer
from batchbell.simulator.api import ApiRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from batchbell.simulator.answer import Body

#: Most bytes handed to the socket at a time; the client's pace holds up the rest.
PIECE_BYTES = 262_144
#: A shorter body is sent as it is. A usual default of web servers.
SHORTEST_COMPRESSED = 256


class Packer:
    """Compresses bodies; an unchanged listing only once."""

    def __init__(self) -> None:
        """Begin with nothing packed."""
        self._last: tuple[bytes, bytes] = (b"", b"")

    def pack(self, answer: ApiAnswer, request: ApiRequest) -> ApiAnswer:
        """Return the answer gzipped, if the client takes that and it is worth it."""
        body = answer.body
        encoded = any(name == "content-encoding" for name, _ in answer.headers)
        if encoded or not request.takes_gzip or not _worth_packing(answer):
            return answer
        headers = (*answer.headers, ("content-encoding", "gzip"), ("vary", "accept-encoding"))
        if not isinstance(body, bytes):
            return replace(answer, body=packed_pieces(body), headers=headers, length=None)
        if self._last[0] is not body:
            self._last = (body, gzip.compress(body, compresslevel=1, mtime=0))
        return replace(answer, body=self._last[1], headers=headers)


def _worth_packing(answer: ApiAnswer) -> bool:
    if isinstance(answer.body, bytes):
        return len(answer.body) >= SHORTEST_COMPRESSED
    return answer.content_type == FILE_TYPE


def packed_pieces(body: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a body in pieces as a gzip stream."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for piece in body:
        yield packer.compress(piece)
    yield packer.flush()


class Connection:
    """Reads requests off one socket and sends the answers `respond` gives."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        now: Callable[[], datetime],
        respond: Callable[[ApiRequest], ApiAnswer],
        packer: Packer,
    ) -> None:
        """`now` is the simulated time."""
        self.reader, self.writer = reader, writer
        self.http = h11.Connection(h11.SERVER)
        self.now, self._respond, self._packer = now, respond, packer

    async def serve(self) -> None:
        """Answer requests until the client goes away or an answer ends the connection."""
        try:
            while await self._serve_one():
                self.http.start_next_cycle()
            self.writer.close()
        except ConnectionError:
            pass  # the client went away in the middle of an answer, as it may
        finally:
            if not self.writer.is_closing():
                self.writer.transport.abort()

    async def _serve_one(self) -> bool:
        """Answer one request; False if it was the connection's last."""
        try:
            request = await self._read_request()
        except h11.RemoteProtocolError as mistake:
            await self.send(json_answer({"error": str(mistake)}, 400))
            return False
        if request is None:
            return False
        answer = self._packer.pack(self._respond(request), request)
        if request.method == "HEAD":
            answer = replace(answer, body=b"")  # RFC 9110, 9.3.2: no content, whatever the status
        await self.send(answer)
        return self.http.our_state is h11.DONE

    async def _read_request(self) -> ApiRequest | None:
        """Return the next request, None if the client has gone.

        Raises `h11.RemoteProtocolError`.
        """
        head: h11.Request | None = None
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                self.http.receive_data(await self.reader.read(65_536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return self._request(head)
            elif not isinstance(event, h11.Data):
                return None

    def _request(self, head: h11.Request) -> ApiRequest:
        return ApiRequest(
            method=head.method.decode(),
            target=head.target.decode(),
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            received_at=self.now(),
        )

    async def send(self, answer: ApiAnswer) -> None:
        """Put an answer on the wire."""
        start = h11.Response(status_code=answer.status, headers=self.headers(answer))
        await self.write(self.http.send(start))
        for piece in pieces(answer.body):
            await self.write(self.http.send(h11.Data(data=piece)))
            await asyncio.sleep(0)  # a client that reads fast must not hold up the other ones
        await self.write(self.http.send(h11.EndOfMessage()))

    def headers(self, answer: ApiAnswer) -> list[tuple[str, str]]:
        """Return an answer's headers; a body in pieces of unknown length is chunked."""
        headers = [("content-type", answer.content_type), *answer.headers]
        headers.append(("date", format_datetime(self.now(), usegmt=True)))
        if isinstance(answer.body, bytes):
            headers.append(("content-length", str(len(answer.body))))
        elif answer.length is not None:
            headers.append(("content-length", str(answer.length)))
        return headers

    async def write(self, data: bytes | None) -> None:
        """Write what h11 made of a part, at the client's pace."""
        self.writer.write(data or b"")
        await self.writer.drain()


def pieces(body: Body) -> Iterable[bytes]:
    """Return a body in pieces."""
    if not isinstance(body, bytes):
        return body
    return (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))
