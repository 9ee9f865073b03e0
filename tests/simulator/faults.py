"""The ways the simulated API can misbehave: each is data, and turns an answer into a worse one."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Protocol

from batchbell.simulator.answer import JSON_TYPE
from tests.simulator.faulty import Ending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from tests.simulator.faulty import FaultyAnswer

MEBIBYTE = 1 << 20
#: Of a header without a file name. Source: RFC 1952.
GZIP_HEADER_BYTES = 10


class Fault(Protocol):
    """One kind of misbehaviour."""

    #: Whether the call is not carried out at all: a failing cancel then cancels nothing.
    instead: ClassVar[bool]

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Return the answer as this fault lets it through."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Another answer: any status, body, content type and headers."""

    instead: ClassVar[bool] = True
    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Replace the answer."""
        return replace(
            answer,
            status=self.status,
            body=self.body,
            content_type=self.content_type,
            headers=self.headers,
            length=None,
        )


@dataclass(frozen=True, slots=True)
class Hang:
    """The request is read and never answered."""

    instead: ClassVar[bool] = True

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Send nothing and stay."""
        return replace(answer, wire=replace(answer.wire, sent_share=None, ending=Ending.HANG))


@dataclass(frozen=True, slots=True)
class Drip:
    """The body comes byte by byte; with `headers_too` the whole message does."""

    instead: ClassVar[bool] = False
    seconds_per_byte: float = 1.0
    headers_too: bool = False

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Slow the sending down."""
        wire = replace(
            answer.wire, seconds_per_byte=self.seconds_per_byte, drip_headers=self.headers_too
        )
        return replace(answer, wire=wire)


@dataclass(frozen=True, slots=True)
class Truncated:
    """The connection closes after a share of the body that Content-Length promised."""

    instead: ClassVar[bool] = False
    share: float = 0.5

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Close early."""
        wire = replace(answer.wire, sent_share=self.share, ending=Ending.CLOSE)
        return replace(answer, body=answer.whole_body(), wire=wire)


@dataclass(frozen=True, slots=True)
class Stalled:
    """A share of the body comes, then nothing more; the connection stays open."""

    instead: ClassVar[bool] = False
    share: float = 0.5

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Stand still."""
        wire = replace(answer.wire, sent_share=self.share, ending=Ending.HANG)
        return replace(answer, body=answer.whole_body(), wire=wire)


@dataclass(frozen=True, slots=True)
class TruncatedJson:
    """Half the JSON, in a message that is complete."""

    instead: ClassVar[bool] = False
    share: float = 0.5

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Cut the text; Content-Length is that of the rest."""
        body = answer.whole_body()
        return replace(answer, body=body[: int(len(body) * self.share)])


@dataclass(frozen=True, slots=True)
class TruncatedGzip:
    """Half a gzip stream, in a message that is complete."""

    instead: ClassVar[bool] = False
    share: float = 0.5

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Compress and cut; Content-Length is that of the rest."""
        packed = gzip.compress(answer.whole_body(), mtime=0)
        return _as_gzip(answer, packed[: int(len(packed) * self.share)])


@dataclass(frozen=True, slots=True)
class Reset:
    """A TCP reset after a share of the body; None: before the first byte of an answer."""

    instead: ClassVar[bool] = False
    share: float | None = None

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Tear the connection down."""
        wire = replace(answer.wire, sent_share=self.share, ending=Ending.RESET)
        return replace(answer, body=answer.whole_body(), wire=wire)


@dataclass(frozen=True, slots=True)
class Huge:
    """A body that practically never ends: `opening`, then `piece` again and again."""

    instead: ClassVar[bool] = True
    size_bytes: int = 1 << 40
    opening: bytes = b"["
    piece: bytes = b" " * 65_536
    #: Whether Content-Length says how much is to come; else the body is chunked.
    claim_length: bool = False

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Begin and go on for ever."""
        claimed = self.size_bytes if self.claim_length else None
        return replace(answer, body=self._pieces(), length=claimed)

    def _pieces(self) -> Iterator[bytes]:
        yield self.opening
        left = self.size_bytes - len(self.opening)
        while left > 0:
            piece = self.piece[:left]
            left -= len(piece)
            yield piece


@dataclass(frozen=True, slots=True)
class GzipBomb:
    """A valid listing of spaces and one `]`: small on the wire, `size_bytes` when unpacked."""

    instead: ClassVar[bool] = True
    size_bytes: int = 300 * MEBIBYTE

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Send the bomb."""
        return _as_gzip(answer, _bomb(self.size_bytes))


@dataclass(frozen=True, slots=True)
class WrongDate:
    """The Date header is off by `skew`; None: it is missing."""

    instead: ClassVar[bool] = False
    skew: timedelta | None = None

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Falsify the header."""
        return replace(answer, date_skew=self.skew)


@dataclass(frozen=True, slots=True)
class Latency:
    """The answer comes `seconds` late (real seconds)."""

    instead: ClassVar[bool] = False
    seconds: float = 1.0

    def rewrite(self, answer: FaultyAnswer) -> FaultyAnswer:
        """Wait before the first byte."""
        return replace(answer, wire=replace(answer.wire, delay_seconds=self.seconds))


def _as_gzip(answer: FaultyAnswer, packed: bytes) -> FaultyAnswer:
    headers = (*answer.headers, ("content-encoding", "gzip"))
    return replace(answer, body=packed, headers=headers)


def _bomb(size_bytes: int) -> bytes:
    """Return a gzip stream of `[`, spaces and `]`, without compressing every one of them.

    Blocks that end in a full flush do not refer to each other (RFC 1951), so that one packed
    block of spaces can be repeated; only the checksum (RFC 1952) has to walk over them all.
    """
    blocks, rest = divmod(size_bytes - 2, MEBIBYTE)
    spaces = b" " * MEBIBYTE
    opening, closing = b"[" + spaces[:rest], b"]"
    checksum = zlib.crc32(opening)
    for _ in range(blocks):
        checksum = zlib.crc32(spaces, checksum)
    trailer = struct.pack("<II", zlib.crc32(closing, checksum), size_bytes & 0xFFFFFFFF)
    header = gzip.compress(b"", mtime=0)[:GZIP_HEADER_BYTES]
    packed = [_block(opening), _block(spaces) * blocks, _block(closing, zlib.Z_FINISH)]
    return header + b"".join(packed) + trailer


def _block(data: bytes, flush: int = zlib.Z_FULL_FLUSH) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush(flush)
