from __future__ import annotations

import random

import pytest

from batchbell.wire.lines import LineSplitter


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
