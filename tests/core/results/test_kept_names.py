"""Names of kept files lead nowhere else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.results.job_results import FileKind
from batchbell.core.results.kept_names import kept_name, plain_name


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("7823e0cf-b40e", "7823e0cf-b40e"),
        ("team_a.B", "team_a.B"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("../~root/é", "..%2F%7Eroot%2F%C3%A9"),
        ("a\0\n", "a%00%0A"),
        ("a%2Fb", "a%252Fb"),
    ],
)
def test_what_is_not_plain_is_encoded(word: str, name: str) -> None:
    assert plain_name(word) == name


@given(st.text(min_size=1))
def test_a_name_is_one_step_down(word: str) -> None:
    name = plain_name(word)
    assert re.fullmatch(r"[A-Za-z0-9._%-]{1,200}", name)
    assert name not in {".", ".."}


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_words_have_two_names(one: str, other: str) -> None:
    assert (plain_name(one) == plain_name(other)) == (one == other)


def test_very_long_words_stay_apart() -> None:
    one, other = plain_name("é" * 256), plain_name("é" * 255 + "e")
    assert one != other
    assert len(one) == len(other) == 200


def test_files_are_called_by_their_kind() -> None:
    assert [kept_name(kind) for kind in FileKind] == ["input.jsonl", "output.jsonl", "errors.jsonl"]
