"""Secrets are taken out of texts by their value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.redaction import MARK, SHORTEST, Redactor

KEY = "fake-key-0123"


def test_a_secret_is_taken_out_wherever_it_stands() -> None:
    assert Redactor([KEY])(f"{KEY}: no such key ({KEY})") == "***: no such key (***)"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    assert Redactor()("completed") == "completed"


def test_a_short_secret_is_left_alone_since_it_is_part_of_words() -> None:
    assert Redactor(["ed", "", "pleted"[: SHORTEST - 1]])("completed") == "completed"


def test_of_secrets_within_each_other_nothing_is_left_over() -> None:
    assert Redactor([KEY, f"{KEY}-and-more"])(f"<{KEY}-and-more>") == "<***>"


def test_a_secret_is_no_pattern() -> None:
    assert Redactor(["a.c[0-9]+"])("a.c[0-9]+ abc1") == "*** abc1"


@given(st.text(), st.lists(st.text(min_size=SHORTEST, max_size=12), max_size=5))
def test_no_secret_is_left_in_any_text(text: str, secrets: list[str]) -> None:
    redact = Redactor(secrets)
    found = redact("".join(text + secret for secret in secrets))
    for part in found.split(MARK):
        assert not any(secret in part for secret in secrets)
