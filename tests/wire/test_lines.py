from __future__ import annotations

import io
import random

import pytest

from batchbell.wire.lines import LineSplitter, placed_lines


def lines_of(*pieces: bytes, longest: int = 40) -> list[bytes | None]:
    splitter = LineSplitter(longest=longest)
    return [line for piece in pieces for line in splitter.feed(piece)] + list(splitter.close())


def test_lines_end_where_their_line_feeds_are_and_the_last_may_lack_it() -> None:
    assert lines_of(b"one\ntwo\r\nthree") == [b"one", b"two\r", b"three"]
    assert lines_of(b"one\n") == [b"one"]
    assert lines_of() == []


def test_blank_lines_and_a_byte_order_mark_are_nothing() -> None:
    assert lines_of(b"\xef\xbb\xbfone\n\n \t\r\ntwo\n\r\n") == [b"one", b"two"]
    assert lines_of(b"\xef", b"\xbb", b"\xbf\n") == []


def test_a_line_that_is_too_long_is_not_held_and_said_once() -> None:
    assert lines_of(b"x" * 41 + b"\n1\n") == [None, b"1"]
    assert lines_of(*[b"x" * 10] * 500, b"\n1\n", b"y" * 40 + b"\n") == [None, b"1", b"y" * 40]
    assert lines_of(b"1\n", b"x" * 30, b"x" * 30) == [b"1", None]
    assert lines_of(b"1\n", b"x" * 30, b"x" * 12 + b"\n") == [b"1", None]
    assert lines_of(b"\xef\xbb\xbf" + b"x" * 30, b"x" * 10 + b"\n") == [b"x" * 40]


@pytest.mark.parametrize("seed", range(40))
def test_where_the_pieces_end_is_irrelevant(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  (no secret comes of it)
    text = b"".join(chance.choices([b"a", b"\xef\xbb\xbf", b" ", b"\r", b"\n", b"b" * 15], k=80))
    pieces = []
    at = 0
    while at < len(text):
        size = chance.randint(1, 20)
        pieces.append(text[at : at + size])
        at += size

    assert lines_of(*pieces) == lines_of(text)


def test_a_line_of_a_file_can_be_read_again_at_its_place() -> None:
    long = b"y" * 100_000
    text = b"\xef\xbb\xbf\xef\xbb\xbfone\r\n\n" + long + b"\n" + long * 3 + b"\nlast"
    placed = list(placed_lines(io.BytesIO(text), longest=200_000))

    assert [line for _, line in placed] == [b"\xef\xbb\xbfone\r", long, None, b"last"]
    assert all(text[at:].startswith(line) for at, line in placed if line)
