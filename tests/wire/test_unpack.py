from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.errors import MalformedError
from batchbell.wire.unpack import PIECE_BYTES, unpacker


def unpack(data: bytes, encoding: str, *, piece: int = 1_000) -> tuple[bytes, bool]:
    body = unpacker(encoding)
    parts = [
        part
        for start in range(0, len(data), piece)
        for part in body.unpack(data[start : start + piece])
    ]
    return b"".join(parts), body.complete


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body_stays_as_it_is(encoding: str) -> None:
    assert unpack(b"abc", encoding, piece=1) == (b"abc", True)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
@given(data=st.binary(max_size=300), piece=st.integers(1, 50))
def test_gzip_is_undone_in_any_pieces(encoding: str, data: bytes, piece: int) -> None:
    assert unpack(gzip.compress(data, mtime=0), encoding, piece=piece) == (data, True)


def test_several_gzip_members_follow_each_other() -> None:
    members = (
        gzip.compress(b"one ", mtime=0)
        + gzip.compress(b"", mtime=0)
        + gzip.compress(b"two", mtime=0)
    )
    for piece in (1, 7, 1_000):
        assert unpack(members, "gzip", piece=piece) == (b"one two", True)


def test_an_empty_body_is_complete() -> None:
    assert unpack(b"", "gzip") == (b"", True)


def test_gzip_that_ends_early_is_not_complete() -> None:
    packed = gzip.compress(b"some text that is long enough to be cut", mtime=0)
    for cut in (1, 10, len(packed) - 1):
        assert unpack(packed[:cut], "gzip")[1] is False


@pytest.mark.parametrize(
    "data",
    [
        b"<html>",
        gzip.compress(b"x", mtime=0) + b"junk",
        gzip.compress(b"x" * 99, mtime=0)[:-8] + b"8 bytes!",
    ],
)
def test_broken_gzip_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedError, match="broken gzip"):
        unpack(data, "gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip"])
def test_another_compression_is_malformed(encoding: str) -> None:
    with pytest.raises(MalformedError, match="compression"):
        unpacker(encoding)


def test_a_bomb_is_unpacked_in_bounded_steps() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(bytes(16 * 2**20)) + packer.flush()
    sizes = [len(part) for part in unpacker("gzip").unpack(bomb)]
    assert sum(sizes) == 16 * 2**20
    assert max(sizes) <= PIECE_BYTES
