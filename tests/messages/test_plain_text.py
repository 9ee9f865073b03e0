from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.messages.plain_text import (
    cut,
    cut_middle,
    duration,
    local_time_near,
    one_line,
    parse_time,
    percent,
    percent_left,
    roughly,
    short_times,
    size,
    utc_time,
    whole_before,
)

TWO_FOURTEEN = datetime(2026, 11, 23, 2, 14, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [
        (23, 2, "00:02 UTC"),
        (0, 3, "00:02 UTC"),
        (0, 2, "2026-11-30 00:02 UTC"),
    ],
)
def test_less_than_a_day_off_a_time_needs_no_day(hour: int, minute: int, expected: str) -> None:
    now = datetime(2026, 11, 29, hour, minute, tzinfo=UTC)
    due = datetime(2026, 11, 30, 0, 2, tzinfo=UTC)
    assert local_time_near(due, now, zone=UTC) == expected
    assert local_time_near(due, due + timedelta(hours=5), zone=UTC) == "00:02 UTC"


def test_text_from_outside_becomes_one_line() -> None:
    assert one_line(" line 3:\r\n\tinvalid \u2028 JSON\x0b ") == "line 3: invalid JSON"


def test_what_could_steer_a_terminal_or_turn_text_round_is_dropped() -> None:
    assert one_line("a\x1b[31mb\x00c\u202ed\ud800e\x9b") == "a[31mbcde"


def test_joined_emoji_stay_whole() -> None:
    assert one_line("👩\u200d💻") == "👩\u200d💻"


@given(st.text(alphabet=st.characters(), max_size=400), st.integers(1, 300))
def test_any_text_becomes_a_visible_line_within_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert line == " ".join(line.split())
    assert not [char for char in line if unicodedata.category(char) in {"Cc", "Cs"}]
    line.encode()


def test_a_cut_goes_back_to_the_end_of_a_word_nearby() -> None:
    assert cut("some words, and more", 13) == "some words…"
    assert cut("some words", 10) == "some words"


def test_a_cut_without_a_word_nearby_is_made_where_it_must() -> None:
    assert cut("a " + "x" * 50, 20) == "a " + "x" * 17 + "…"
    assert cut("abc", 1) == "…"


@pytest.mark.parametrize(
    ("name", "limit", "short"),
    [
        ("nightly", 7, "nightly"),
        (
            "customer-feedback-classification-emea-q4-2026-shard-008-of-128",
            48,
            "customer-feedback-…-2026-shard-008-of-128",
        ),
        ("x" * 30 + "1", 10, "xxxxx…xxx1"),
        ("e\u0301" * 10, 6, "e\u0301…e\u0301"),
        ("👩\u200d💻" * 5, 4, "…"),
        ("🇩🇪🇫🇷🇩🇪🇫🇷", 6, "🇩🇪…🇫🇷"),
        ("abc", 1, "…"),
    ],
)
def test_a_name_is_cut_in_its_middle_and_parts_no_visible_sign(
    name: str, limit: int, short: str
) -> None:
    assert cut_middle(name, limit) == short


@given(st.text(max_size=400), st.integers(1, 60))
def test_any_name_is_cut_to_its_limit_with_both_its_ends(text: str, limit: int) -> None:
    short = cut_middle(text, limit)
    assert len(short) <= limit
    head, _, tail = short.rpartition("…")
    assert short == text or (text.startswith(head) and text.endswith(tail))


def test_times_are_told_in_utc() -> None:
    there = TWO_FOURTEEN.astimezone(timezone(timedelta(hours=9)))

    assert utc_time(there) == "2026-11-23 02:14 UTC"
    assert utc_time(TWO_FOURTEEN.replace(tzinfo=None)) == "2026-11-23 02:14 UTC"


def test_a_time_at_the_end_of_the_calendar_is_still_told() -> None:
    last = datetime.max.replace(tzinfo=timezone(timedelta(hours=-5)))

    assert utc_time(last) == "9999-12-31 23:59 UTC"


def test_times_of_one_day_are_told_without_the_date() -> None:
    assert short_times(TWO_FOURTEEN, TWO_FOURTEEN + timedelta(hours=2)) == ("02:14", "04:14")
    assert short_times(TWO_FOURTEEN, TWO_FOURTEEN + timedelta(days=1)) == (
        "2026-11-23 02:14",
        "2026-11-24 02:14",
    )


def test_only_a_time_is_read_as_a_time() -> None:
    assert parse_time("2026-11-23T02:14:59Z") == TWO_FOURTEEN
    assert parse_time("2026-11-23T02:14:59") == TWO_FOURTEEN
    assert parse_time("soon") is None
    assert parse_time(5) is None


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=45), "45s"),
        (timedelta(minutes=9, seconds=59), "9m 59s"),
        (timedelta(minutes=58, seconds=20), "58m"),
        (timedelta(hours=2, minutes=51, seconds=10), "2h 51m"),
        (timedelta(hours=3), "3h"),
        (timedelta(days=2, hours=3, minutes=59), "2d 3h"),
        (90.0, "1m 30s"),
        (float("nan"), "?"),
    ],
)
def test_a_duration_is_told_by_its_two_largest_units(length: timedelta | float, words: str) -> None:
    assert duration(length) == words


@pytest.mark.parametrize(
    ("fraction", "words"),
    [(0.7175, "71.8%"), (1.0, "100.0%"), (0.9999, "99.9%"), (0.0, "0.0%"), (float("inf"), "?")],
)
def test_progress_is_told_in_percent_and_100_only_when_all_is_done(
    fraction: float, words: str
) -> None:
    assert percent(fraction) == words


@pytest.mark.parametrize(
    ("fraction", "words"),
    [(0.309, "69.1%"), (0.9996, "0.1%"), (1.0, "0.0%"), (0.0, "100.0%"), (float("nan"), "?")],
)
def test_what_is_left_is_what_the_shown_percentage_leaves_of_all(
    fraction: float, words: str
) -> None:
    assert percent_left(fraction) == words


@pytest.mark.parametrize(
    ("text", "end", "whole"),
    [
        ("abc", 2, 2),
        ("abc", 3, 3),
        ("e\u0301a", 1, 0),
        ("👩\u200d💻a", 2, 0),
        ("👍🏽a", 1, 0),
        ("🇩🇪🇫🇷", 3, 2),
        ("🇩🇪🇫🇷", 2, 2),
    ],
)
def test_a_cut_parts_no_visible_sign(text: str, end: int, whole: int) -> None:
    assert whole_before(text, end) == whole


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0.2, "1m"),
        (7.4, "7m"),
        (23, "25m"),
        (62, "1h"),
        (88, "1h 30m"),
        (845, "14h"),
        (1700, "1d 4h"),
    ],
)
def test_an_estimate_is_told_as_roughly_as_it_is_known(minutes: float, words: str) -> None:
    assert roughly(timedelta(minutes=minutes)) == words
    assert roughly(-timedelta(minutes=minutes)) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 KB"),
        (1_250_000, "1.2 MB"),
        (2_000_000_000, "2.0 GB"),
        (1_234_567_000_000, "1,234.6 GB"),
    ],
)
def test_a_size_has_the_unit_that_people_know(number: int, words: str) -> None:
    assert size(number) == words
