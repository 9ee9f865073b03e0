"""Shortening: at the edge, one past it, and never through a visible sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.wording.plain_text import ELLIPSIS, cut, whole_before
from batchbell.render.fitting import CUT, cut_to, fit_facts, utf16_units

if TYPE_CHECKING:
    from collections.abc import Sequence

FAMILY = "👩‍👩‍👧‍👦"
THUMB = "👍🏽"
FLAG = "🇩🇪"
COMBINED = "e\u0301"
HEBREW = "שגיאה"


def write(facts: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"{label}: {text}" for label, text in facts)


@pytest.mark.parametrize("size", [len, utf16_units, lambda text: len(text.encode())])
@pytest.mark.parametrize("sign", ["x", "ü", "🚨", FAMILY, FLAG, HEBREW])
def test_a_text_at_the_edge_stays_and_one_past_it_is_cut(sign: str, size: object) -> None:
    assert callable(size)
    text = sign * 20
    assert cut_to(text, size(text), size) == text
    shorter = cut_to(text, size(text) - 1, size)
    assert size(shorter) <= size(text) - 1
    assert shorter.endswith(ELLIPSIS)


@pytest.mark.parametrize("sign", [FAMILY, THUMB, FLAG, COMBINED])
def test_no_visible_sign_is_parted(sign: str) -> None:
    text = sign * 5
    for limit in range(2, len(text)):
        for kept in (cut_to(text, limit), cut(text, limit)):
            assert kept.removesuffix(ELLIPSIS) == sign * (
                len(kept.removesuffix(ELLIPSIS)) // len(sign)
            )


def test_an_end_between_two_signs_stays() -> None:
    assert whole_before("abc", 2) == 2
    assert whole_before(FLAG + FLAG, 2) == 2
    assert whole_before(FLAG + FLAG, 3) == 2
    assert whole_before("abc", 3) == 3


@given(st.text(max_size=80), st.integers(min_value=1, max_value=80))
def test_what_is_cut_is_never_longer_than_asked(text: str, limit: int) -> None:
    assert len(cut_to(text, limit)) <= limit


class TestFacts:
    FACTS = (("Job", "job-1"), ("Error", "bad"), ("Model", "m" * 50), ("Created", "c" * 50))

    def test_all_that_fits_is_kept(self) -> None:
        whole = write(self.FACTS)
        assert fit_facts(self.FACTS, len(whole), write=write) == whole

    def test_one_less_and_the_last_that_is_not_needed_goes_and_that_is_said(self) -> None:
        text = fit_facts(self.FACTS, len(write(self.FACTS)) - 1, write=write)
        assert "Created" not in text
        assert "Model" in text
        assert text.endswith(": ".join(CUT))

    def test_long_values_are_cut_before_anything_needed_goes(self) -> None:
        facts = (("Job", "job-1"), ("Error", "e" * 500), ("Model", "m" * 500))
        text = fit_facts(facts, 200, write=write)
        assert text.startswith("Job: job-1\nError: eee")
        assert len(text) <= 200

    def test_what_has_no_room_at_all_is_empty(self) -> None:
        assert fit_facts(self.FACTS, 3, write=write) == ""

    def test_a_few_whole_facts_are_better_than_a_broken_one(self) -> None:
        facts = tuple(("Job", "j" * 40) for _ in range(9))
        text = fit_facts(facts, 100, write=write)
        assert all(line in {f"Job: {'j' * 40}", ": ".join(CUT)} for line in text.splitlines())
