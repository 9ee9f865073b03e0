from __future__ import annotations

import pytest

from batchbell.receivers.shorten import fitting_text, shorten, split


def test_a_text_beyond_all_pieces_is_cut_at_a_block_and_says_so() -> None:
    blocks = "\n\n".join(f"block {n}" for n in range(100))

    assert shorten(blocks, len(blocks)) == blocks
    short = shorten(blocks, 200)
    assert len(short) <= 200
    assert short.endswith("(Cut here: too long for this channel. All of it: batchbell events)")
    assert short.startswith("block 0\n\nblock 1")
    assert shorten("x" * 300, 200).startswith("x" * 100)
    family = "👩‍👩‍👧‍👦"
    assert shorten(family * 40, 200).partition("\n")[0] == family * 18


@pytest.mark.parametrize(
    ("room", "chosen"),
    [
        (100, 0),  # all of it in one message
        (99, 1),  # what is needed in one
        (49, 1),  # what is needed in two
        (4, 1),  # in thirteen
        (3, 2),  # in more than there may be: the jobs alone
    ],
)
def test_a_digest_says_less_before_it_takes_many_messages(room: int, chosen: int) -> None:
    texts = ["a" * 100, "b" * 50, "c" * 20]
    assert fitting_text(texts, room) == texts[chosen]
    # With what to do, where that takes few messages.
    if room in {99, 49}:
        assert fitting_text([texts[0], "w" * 99, *texts[1:]], room) == "w" * 99
    elif room < 99:
        assert fitting_text([texts[0], "w" * 99, *texts[1:]], room) == texts[chosen]


def test_what_fits_nowhere_is_cut_and_says_so() -> None:
    texts = ["a" * 1_000, "b" * 900, "job\n" * 200]
    assert fitting_text(texts, 40).endswith("All of it: batchbell events)")


def test_a_text_is_parted_at_blocks_and_whole_when_put_together_again() -> None:
    blocks = [f"block {n} " + "word " * 30 for n in range(20)]
    parts = split("\n\n".join(blocks), 400)

    assert all(len(part) <= 400 for part in parts)
    assert "\n\n".join(parts).split("\n\n") == [block.rstrip() for block in blocks] or [
        block for part in parts for block in part.split("\n\n")
    ] == [*blocks[:-1], blocks[-1].rstrip()]
    assert split("short", 400) == ["short"]
    assert split("", 400) == [""]


def test_room_is_counted_as_the_service_counts() -> None:
    parts = split("ü" * 100, 50, lambda text: len(text.encode()))

    assert [len(part) for part in parts] == [25] * 4
