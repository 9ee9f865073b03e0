"""A digest in parts: as few as it takes, and each says which it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.messages.remedy import Asks
from batchbell.receivers.look import LOOKS, URGENT
from batchbell.receivers.parts import packed, part_look, part_mark, part_title

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)


def test_a_part_says_which_it_is_unless_it_is_the_only_one() -> None:
    assert part_mark(1, 1) == ""
    assert part_mark(2, 3) == " (2/3)"


def test_only_the_first_part_is_called_by_what_is_in_it() -> None:
    assert part_title("2 to cancel now", 1, 1) == "2 to cancel now"
    assert part_title("2 to cancel now", 1, 2) == "2 to cancel now (1/2)"
    assert part_title("2 to cancel now", 2, 2) == "Continued (2/2)"


def test_a_part_looks_like_what_it_tells_and_the_first_one_like_all() -> None:
    kinds = (EventKind.FAILED, EventKind.COMPLETED)
    message = build_message([replace(sample(kind, AT), job_id=kind) for kind in kinds])
    _, done = message.entries
    assert part_look(message, 1, [done]) is LOOKS[Severity.FAILURE]
    assert part_look(message, 2, [done]) is LOOKS[Severity.SUCCESS]
    assert part_look(message, 2, []) is LOOKS[Severity.INFO]
    assert part_look(message, 2, [replace(done, asks=Asks.CANCEL)]) is URGENT


def texts_of(blocks: list[str], room: int, size: Callable[[str], int], *between: str) -> list[str]:
    return [each.text for each in packed(blocks, room, size, *between)]


class TestPacking:
    def test_blocks_may_follow_line_by_line_and_no_text_begins_with_a_blank_one(self) -> None:
        assert texts_of(["ab", "\ncd", "\nef"], 8, len, "\n") == ["ab\n\ncd", "ef"]

    def test_blocks_share_a_text_up_to_its_last_unit(self) -> None:
        assert texts_of(["a" * 4, "b" * 4], 10, len) == ["aaaa\n\nbbbb"]
        assert texts_of(["a" * 4, "b" * 5], 10, len) == ["aaaa", "bbbbb"]

    def test_empty_blocks_leave_no_gap(self) -> None:
        assert packed(["", "a", "", "b"], 10, len) == [("a\n\nb", (1, 3))]

    def test_a_block_that_begins_another_text_has_what_stands_above_it(self) -> None:
        found = packed(["a" * 4, "b" * 5], 10, len, begun=lambda place: f"{place}: b")
        assert found == [("aaaa", (0,)), ("1: b", (1,))]
