"""Shortening: at the edge, one past it, and never through a visible sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.messages.fact import Fact, Role
from batchbell.messages.plain_text import ELLIPSIS, cut, whole_before
from batchbell.receivers.fitting import (
    CUT,
    choose,
    cut_to,
    fit_facts,
    utf16_units,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

FAMILY = "👩‍👩‍👧‍👦"
THUMB = "👍🏽"
FLAG = "🇩🇪"
COMBINED = "e\u0301"
HEBREW = "שגיאה"


def write(facts: Sequence[Fact]) -> str:
    return "\n".join(f"{fact.label}: {fact.text}" for fact in facts)


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
    FACTS = (
        Fact("Job", "job-1", Role.JOB),
        Fact("Error", "bad", Role.ERROR),
        Fact("Model", "m" * 50, Role.WORK),
        Fact("Created", "c" * 50, Role.TIME),
    )

    def test_all_that_fits_is_kept(self) -> None:
        whole = write(self.FACTS)
        assert fit_facts(self.FACTS, len(whole), write=write) == whole

    def test_one_less_and_the_last_that_is_not_needed_goes_and_that_is_said(self) -> None:
        text = fit_facts(self.FACTS, len(write(self.FACTS)) - 1, write=write)
        assert "Created" not in text
        assert "Model" in text
        assert text.endswith(write([CUT]))

    def test_long_values_are_cut_before_anything_needed_goes(self) -> None:
        facts = (
            Fact("Job", "job-1", Role.JOB),
            Fact("Error", "e" * 500, Role.ERROR),
            Fact("Model", "m" * 500, Role.WORK),
        )
        text = fit_facts(facts, 200, write=write)
        assert text.startswith("Job: job-1\nError: eee")
        assert len(text) <= 200

    def test_the_command_that_shows_more_goes_last_of_what_is_not_needed(self) -> None:
        facts = (
            *self.FACTS,
            Fact("Look closer", "batchbell show job-1", Role.ADVICE),
            Fact("Status page", "https://x", Role.LINK),
        )
        text = fit_facts(facts, len(write(facts)) - 95, write=write)
        assert "Look closer: batchbell show job-1" in text
        for label in ("Created", "Model", "Status page"):
            assert label not in text

    def test_what_tells_least_goes_first_and_what_to_do_never(self) -> None:
        roles = (
            Role.REMEDY,
            Role.SHARE,
            Role.DETAIL,
            Role.CAUSE,
            Role.COMMAND,
            Role.WORK,
            Role.TIME,
            Role.USAGE,
            Role.JOB,
            Role.ADVICE,
        )
        # Each makes room for the word that something is left out.
        facts = tuple(Fact(role.name, "x" * 50, role) for role in roles)
        several = (*facts[:4], Fact("Another", "x" * 50, Role.CAUSE), *facts[4:])
        kept = [fact.label for fact in several]
        gone: list[str] = []
        for limit in range(len(write(several)), 0, -1):
            left = {fact.label for fact in choose(several, limit, lambda some: len(write(some)))}
            gone += [label for label in kept if label not in left]
            kept = [label for label in kept if label in left]
        first = ["SHARE", "USAGE", "TIME", "WORK", "Another", "DETAIL", "COMMAND", "CAUSE"]
        assert gone == [*first, "ADVICE", "REMEDY", "JOB"]

    @pytest.mark.parametrize("error", [FAMILY * 30, HEBREW * 40, "e" * 200])
    def test_errors_are_cut_before_ids(self, error: str) -> None:
        job, file = "3f2a9c1e-0000-4000-8000-000000000001", f"file-{'0' * 36}"
        facts = (
            Fact("Job", job, Role.JOB),
            Fact("Error", error, Role.ERROR),
            Fact("Account", "a" * 90, Role.ACCOUNT),
            Fact("Output file", file, Role.FILE),
        )
        text = fit_facts(facts, 230, write=write)
        assert f"Job: {job}\n" in text
        assert f"Output file: {file}\n" in text
        assert f"Error: {error[:20]}" in text
        assert len(text) <= 230

    def test_the_job_outlasts_everything_else(self) -> None:
        facts = (
            Fact("Account", "default", Role.ACCOUNT),
            Fact("Error", "e" * 40, Role.ERROR),
            Fact("Job", "j" * 40, Role.JOB),
        )
        assert fit_facts(facts, 50, write=write) == f"Job: {'j' * 40}"

    def test_what_has_no_room_at_all_is_empty(self) -> None:
        assert fit_facts(self.FACTS, 3, write=write) == ""

    def test_an_id_longer_than_any_real_one_is_cut_at_last(self) -> None:
        text = fit_facts((Fact("Job", "j" * 300, Role.JOB),), 120, write=write)
        assert text.startswith(f"Job: {'j' * 63}…")

    def test_a_few_whole_facts_are_better_than_a_broken_one(self) -> None:
        facts = tuple(Fact("Job", "j" * 40, Role.JOB) for _ in range(9))
        text = fit_facts(facts, 100, write=write)
        assert all(line in {f"Job: {'j' * 40}", write([CUT])} for line in text.splitlines())
