from __future__ import annotations

import io
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.cli.terminal.grid import (
    Cell,
    Column,
    laid_out,
    plain_lines,
    shorten,
    text_width,
    widths_of,
)
from batchbell.cli.terminal.phrases import ago, ahead, span
from batchbell.cli.terminal.short_ids import SHORTEST, shortest_unique
from batchbell.cli.terminal.signs import COLOURS, bar, sign
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted
from batchbell.receivers.look import LOOKS
from tests.fakes import START


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *[(-5, "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h")],
        *[(3900, "1h 5m"), (36_000, "10h"), (86_399, "23h"), (86_400, "1d")],
        *[(100_800, "1d 4h"), (400_000, "4d")],
    ],
)
def test_a_span_is_rounded_down_to_what_matters(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_times_are_told_from_now_and_a_stepped_clock_makes_no_nonsense() -> None:
    minute = timedelta(minutes=1)
    assert ago(START - minute, START) == "1m ago"
    assert ago(START + minute, START) == "just now"
    assert ahead(START + minute, START) == "in 1m"
    assert ahead(START - minute, START) == "now"


def test_counts_have_their_plural() -> None:
    assert [counted(number, "job") for number in (0, 1, 10_000)] == [
        "0 jobs",
        "1 job",
        "10,000 jobs",
    ]
    assert counted(2, "delivery", "deliveries") == "2 deliveries"


def test_wide_and_combining_characters_count_as_the_terminal_counts_them() -> None:
    assert text_width("模型") == 4
    assert text_width("e\u0301") == 1
    assert shorten("模型模型", 5) == "模型…"


@given(st.text(), st.integers(1, 30))
def test_a_shortened_text_never_takes_more_than_its_width(text: str, width: int) -> None:
    assert text_width(shorten(text, width)) <= width


def test_only_flexible_columns_give_way_and_the_last_is_not_filled() -> None:
    columns = (Column("id"), Column("n", right=True), Column("model", flexible=True))
    rows = [[Cell("abcdef"), Cell("7"), Cell("a-very-long-model-name")]]
    widths = widths_of(columns, rows, 24)
    assert widths == [6, 1, 13]
    (line,) = laid_out(columns, [[Cell("x"), Cell("7"), Cell("short")]], widths)
    assert [cell.text for cell in line] == ["x     ", "7", "short"]
    assert widths_of(columns, rows, 5) == [6, 1, 8]


def test_plain_lines_have_headers_and_no_spaces_at_their_ends() -> None:
    lines = list(plain_lines((Column("id"), Column("why")), [[Cell("a"), Cell("")]]))
    assert lines == ["ID  WHY", "a"]


def test_a_short_id_is_a_prefix_that_no_other_id_has() -> None:
    ids = sorted(["aaaaaaaa-1111", "aaaaaaaa-1122", "bbbbbbbb-1111", "short", "short-2"])
    assert shortest_unique("aaaaaaaa-1111", ids) == "aaaaaaaa-111"
    assert shortest_unique("bbbbbbbb-1111", ids) == "bbbbbbbb"
    assert shortest_unique("short", ids) == "short"


@given(st.lists(st.text("ab-", min_size=1), min_size=1, unique=True))
def test_short_ids_never_name_another_job(ids: list[str]) -> None:
    for job_id in ids:
        prefix = shortest_unique(job_id, sorted(ids))
        others = [other for other in ids if other.startswith(prefix)]
        assert others == [job_id] or prefix == job_id
        assert len(prefix) >= min(SHORTEST, len(job_id))


@given(st.floats(-1, 2), st.integers(1, 20))
def test_a_bar_always_has_its_width(fraction: float, width: int) -> None:
    assert sum(map(len, bar(fraction, width))) == width


def test_a_terminal_shows_the_signs_of_mail_or_what_its_encoding_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for encoding, signs in (("utf-8", [LOOKS[severity].sign for severity in Severity]),
                            ("ascii", ["i", "+", "!", "x"])):  # fmt: skip
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
        assert [sign(severity) for severity in Severity] == signs


@pytest.mark.parametrize("severity", list(Severity))
def test_a_terminals_colour_is_the_one_of_mail_and_the_page(severity: Severity) -> None:
    levels = (0, 95, 135, 175, 215, 255)
    index = COLOURS[severity] - 16
    ours = (levels[index // 36], levels[index // 6 % 6], levels[index % 6])
    wanted = bytes.fromhex(LOOKS[severity].colour.removeprefix("#"))
    assert max(abs(one - two) for one, two in zip(ours, wanted, strict=True)) <= 30
