"""Times with their days in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from batchbell.messages.named_days import time_or_day, times_by_day

#: A Monday.
NOW = datetime(2026, 11, 23, 10, 35, tzinfo=UTC)


def after(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_what_is_of_today_needs_no_day() -> None:
    assert times_by_day(NOW, after(3), after(13), zone=UTC) == ("13:35", "23:35 UTC")


def test_what_is_of_another_day_has_it_however_near() -> None:
    late = NOW + timedelta(hours=12)
    assert times_by_day(late, after(14), zone=UTC) == ("Tue 00:35 UTC",)
    assert times_by_day(late, after(23), zone=UTC) == ("Tue 09:35 UTC",)


def test_alone_a_time_has_its_date_where_it_would_be_read_as_past() -> None:
    assert time_or_day(after(23), NOW, zone=UTC) == "2026-11-24 09:35 UTC"
    assert time_or_day(after(23), NOW + timedelta(hours=12), zone=UTC) == "09:35 UTC"


def test_where_nobody_knows_the_readers_day_a_far_time_has_its_date() -> None:
    assert time_or_day(after(13), NOW, zone=UTC) == "23:35 UTC"
    assert time_or_day(after(13), NOW, zone=UTC, is_readers=False) == "2026-11-23 23:35 UTC"
    assert time_or_day(after(11), NOW, zone=UTC, is_readers=False) == "21:35 UTC"


def test_what_shares_no_day_has_its_own() -> None:
    found = times_by_day(NOW, after(16), after(36), zone=UTC, shares_day=False)
    assert found == ("Tue 02:35", "Tue 22:35 UTC")


def test_of_one_day_the_last_one_names_it() -> None:
    found = times_by_day(NOW, after(16), after(36), after(24.5), zone=UTC)
    assert found == ("02:35", "22:35", "Tue 11:05 UTC")


def test_of_several_days_each_has_its_own() -> None:
    found = times_by_day(NOW, after(8), after(48), after(26), zone=UTC)
    assert found == ("Mon 18:35", "Wed 10:35", "Tue 12:35 UTC")


@pytest.mark.parametrize(
    ("hours", "day"),
    [(-30, "2026-11-22"), (-60, "2026-11-20"), (6 * 24, "Sun"), (7 * 24, "2026-11-30")],
)
def test_a_day_is_named_where_that_is_clear(hours: float, day: str) -> None:
    (found,) = times_by_day(NOW, after(hours), zone=UTC)
    assert found.rpartition(" ")[0].rpartition(" ")[0] == day
