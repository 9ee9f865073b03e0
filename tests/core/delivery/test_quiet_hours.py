from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.delivery.quiet_hours import QuietWindow, never_ends, parse_window, quiet_until

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = parse_window("22:00-07:00")
HOUR = timedelta(hours=1)


def berlin(text: str) -> datetime:
    """Return a moment by Berlin's clock on the wall; the first of two."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "days", "start", "end"),
        [
            ("22:00-07:00", "0123456", time(22), time(7)),
            (" 9:30 - 17:00 ", "0123456", time(9, 30), time(17)),
            ("mon-fri 22:00-07:00", "01234", time(22), time(7)),
            ("Sat,Sun 00:00-24:00", "56", time(0), time(0)),
            ("sat - sun", "56", time(0), time(0)),
            ("fri-mon 18:00-24:00", "4560", time(18), time(0)),
            ("tue", "1", time(0), time(0)),
        ],
    )
    def test_days_a_span_of_time_or_both(
        self, text: str, days: str, start: time, end: time
    ) -> None:
        expected = QuietWindow(days=frozenset(map(int, days)), start=start, end=end)
        assert parse_window(text) == expected

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "must be days, a span of time or both"),
            ("22-7", "must be days, a span of time or both"),
            ("22:00-07:00 mon", "must be days, a span of time or both"),
            ("abc 22:00-07:00", "has no valid day: write mon, tue"),
            ("mon-xyz", "has no valid day"),
            ("25:00-07:00", "has no valid time of day"),
            ("22:00-07:60", "has no valid time of day"),
            ("07:00-07:00", "begins where it ends"),
        ],
    )
    def test_anything_else_is_told(self, text: str, sentence: str) -> None:
        with pytest.raises(ValueError, match=sentence):
            parse_window(text)


class TestQuietUntil:
    @pytest.mark.parametrize(
        ("now", "end"),
        [
            ("2026-11-23 21:59", None),
            ("2026-11-23 22:00", "2026-11-24 07:00"),
            ("2026-11-24 03:00", "2026-11-24 07:00"),
            ("2026-11-24 06:59", "2026-11-24 07:00"),
            ("2026-11-24 07:00", None),
        ],
    )
    def test_a_night_ends_on_the_next_day(self, now: str, end: str | None) -> None:
        expected = None if end is None else berlin(end)
        assert quiet_until([NIGHT], BERLIN, berlin(now)) == expected

    def test_the_days_are_those_it_begins_on(self) -> None:
        workdays = [parse_window("mon-fri 22:00-07:00")]
        # 2026-11-27 is a Friday.
        assert quiet_until(workdays, BERLIN, berlin("2026-11-28 06:00")) == berlin(
            "2026-11-28 07:00"
        )
        assert quiet_until(workdays, BERLIN, berlin("2026-11-28 23:00")) is None
        assert quiet_until(workdays, BERLIN, berlin("2026-11-30 06:00")) is None

    def test_windows_that_touch_are_one(self) -> None:
        weekend = [parse_window("sat,sun"), parse_window("mon-fri 20:00-08:00")]
        # Friday evening: the night leads into the weekend, and Sunday ends at midnight.
        assert quiet_until(weekend, BERLIN, berlin("2026-11-27 21:00")) == berlin(
            "2026-11-30 00:00"
        )

    def test_it_is_the_wall_clock_of_the_zone_that_counts(self) -> None:
        midnight_in_utc = datetime(2026, 11, 23, 21, 30, tzinfo=UTC)
        assert quiet_until([NIGHT], UTC, midnight_in_utc) is None
        assert quiet_until([NIGHT], BERLIN, midnight_in_utc) is not None

    def test_no_window_is_never_quiet(self) -> None:
        assert quiet_until([], UTC, datetime(2026, 11, 23, tzinfo=UTC)) is None

    def test_a_week_without_a_break_is_cut_off(self) -> None:
        always = [parse_window("mon-sun")]
        now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        end = quiet_until(always, UTC, now)
        assert end is not None
        assert end - now >= timedelta(days=7)
        assert never_ends(always)
        assert not never_ends([parse_window("mon-sat")])
        assert not never_ends([])


class TestClockChange:
    """Berlin skips 02:00 to 03:00 on 2026-03-29 and repeats it on 2026-10-25."""

    def test_the_night_of_spring_ends_by_the_new_time(self) -> None:
        start = berlin("2026-03-28 22:00")
        end = quiet_until([NIGHT], BERLIN, start)
        assert end == berlin("2026-03-29 07:00")
        assert end is not None
        assert end - start.astimezone(UTC) == 8 * HOUR

    def test_the_night_of_autumn_ends_by_the_old_time(self) -> None:
        start = berlin("2026-10-24 22:00")
        end = quiet_until([NIGHT], BERLIN, start)
        assert end == berlin("2026-10-25 07:00")
        assert end is not None
        assert end - start.astimezone(UTC) == 10 * HOUR

    def test_an_end_that_the_clock_skips_comes_as_much_later(self) -> None:
        window = parse_window("22:00-02:30")
        end = quiet_until([window], BERLIN, berlin("2026-03-29 01:30"))
        assert end == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
        assert end == berlin("2026-03-29 03:30")

    def test_a_start_that_the_clock_skips_comes_as_much_later(self) -> None:
        window = parse_window("02:30-06:00")
        assert quiet_until([window], BERLIN, berlin("2026-03-29 03:29")) is None
        assert quiet_until([window], BERLIN, berlin("2026-03-29 03:30")) is not None

    def test_an_end_that_comes_twice_is_the_second(self) -> None:
        window = parse_window("22:00-02:30")
        first = berlin("2026-10-25 02:29").astimezone(UTC)
        second_half_past = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
        for now in (first, first + 30 * timedelta(minutes=1), first + HOUR):
            assert quiet_until([window], BERLIN, now) == second_half_past
        assert quiet_until([window], BERLIN, second_half_past) is None

    def test_a_start_that_comes_twice_is_the_first(self) -> None:
        window = parse_window("02:30-04:00")
        first = berlin("2026-10-25 02:30").astimezone(UTC)
        assert quiet_until([window], BERLIN, first) == berlin("2026-10-25 04:00")
        # Between the two half past twos the wall shows 02:00 again: it stays quiet.
        assert quiet_until([window], BERLIN, first + 45 * timedelta(minutes=1)) is not None


@given(
    after=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=730)),
    start=st.times(),
    end=st.times(),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
def test_quiet_time_always_ends_and_then_it_is_not_quiet(
    after: timedelta, start: time, end: time, zone: str
) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + after
    window = QuietWindow(start=start.replace(fold=0), end=end.replace(fold=0))
    until = quiet_until([window], ZoneInfo(zone), moment)
    if until is not None:
        assert until > moment
        if start != end:
            assert quiet_until([window], ZoneInfo(zone), until) is None
