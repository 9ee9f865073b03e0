"""Secrets are taken out of texts by their value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core import redaction
from batchbell.core.redaction import MARK, SHORTEST, Redactor

if TYPE_CHECKING:
    import pytest

KEY = "fake-key-0123"


def test_a_secret_is_taken_out_wherever_it_stands() -> None:
    assert Redactor([KEY])(f"{KEY}: no such key ({KEY})") == "***: no such key (***)"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    assert Redactor()("completed") == "completed"


def test_a_short_secret_is_left_alone_since_it_is_part_of_words() -> None:
    assert Redactor(["ed", "", "pleted"[: SHORTEST - 1]])("completed") == "completed"


def test_of_secrets_within_each_other_nothing_is_left_over() -> None:
    assert Redactor([KEY, f"{KEY}-and-more"])(f"<{KEY}-and-more>") == "<***>"


def test_a_secret_is_found_wherever_it_stands() -> None:
    assert Redactor(["another-fake-key", KEY]).is_in(f"no such key ({KEY})")
    assert not Redactor([KEY]).is_in(KEY[:-1])


def test_a_secret_is_no_pattern() -> None:
    assert Redactor(["a.c[0-9]+"])("a.c[0-9]+ abc1") == "*** abc1"


@given(st.text(), st.lists(st.text(min_size=SHORTEST, max_size=12), max_size=5))
def test_no_secret_is_left_in_any_text(text: str, secrets: list[str]) -> None:
    redact = Redactor(secrets)
    found = redact("".join(text + secret for secret in secrets))
    for part in found.split(MARK):
        assert not any(secret in part for secret in secrets)


def test_half_a_secret_at_an_edge_of_a_cut_text_is_taken_out() -> None:
    redact = Redactor([KEY, "fake-other-secret"])
    assert redact.of_cut(f"{KEY[5:]} is no key, nor is {KEY[:8]}") == "*** is no key, nor is ***"
    assert redact.of_cut(f"no key: {KEY[:-1]}…") == "no key: ***…"
    assert redact.of_cut(f"{KEY}: no such key") == "***: no such key"


def test_in_no_text_no_half_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(redaction, "_overlap")
    assert Redactor([KEY]).of_cut("") == ""


def test_an_edge_that_could_be_any_word_is_left_alone() -> None:
    redact = Redactor([KEY])
    text = f"{KEY[-SHORTEST + 1 :]} and {KEY[: SHORTEST - 1]}"
    assert redact.of_cut(text) == text
    assert Redactor().of_cut("completed…") == "completed…"


@given(st.text(), st.text(), st.text(min_size=SHORTEST, max_size=20), st.data())
def test_no_cut_leaves_more_of_a_secret_than_a_short_one(
    before: str, after: str, secret: str, data: st.DataObject
) -> None:
    whole = before + secret + after
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    left = Redactor([secret]).of_cut(cut)
    assert not any(left.endswith(secret[:size]) for size in range(SHORTEST, len(secret) + 1))
