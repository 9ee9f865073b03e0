"""A digest in parts: as few as it takes, and each says which it is."""

from __future__ import annotations

from batchbell.receivers.parts import packed, part_mark


def test_a_part_says_which_it_is_unless_it_is_the_only_one() -> None:
    assert part_mark(1, 1) == ""
    assert part_mark(2, 3) == " (2/3)"


class TestPacking:
    def test_blocks_may_follow_line_by_line_and_no_text_begins_with_a_blank_one(self) -> None:
        assert packed(["ab", "\ncd", "\nef"], 8, len, "\n") == ["ab\n\ncd", "ef"]

    def test_blocks_share_a_text_up_to_its_last_unit(self) -> None:
        assert packed(["a" * 4, "b" * 4], 10, len) == ["aaaa\n\nbbbb"]
        assert packed(["a" * 4, "b" * 5], 10, len) == ["aaaa", "bbbbb"]

    def test_empty_blocks_leave_no_gap(self) -> None:
        assert packed(["", "a", "", "b"], 10, len) == ["a\n\nb"]
