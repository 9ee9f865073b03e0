from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from batchbell.core.delivery.pacing import AT_ONCE, Pacing, Rate, digest_hold, quiet_hold, rate_hold
from batchbell.core.delivery.quiet_hours import parse_window
from batchbell.core.event import Severity

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOURLY = Pacing(digest_every=timedelta(hours=1))
TWO_AN_HOUR = Pacing(rate=Rate(messages=2, per=timedelta(hours=1)))


def test_a_channel_without_wishes_is_told_at_once() -> None:
    assert quiet_hold(AT_ONCE, NOW) is None
    assert digest_hold(AT_ONCE, created_at=NOW, round_at=NOW, now=NOW) is None
    assert rate_hold(AT_ONCE, attempt_at=NOW, now=NOW) is None


def test_quiet_hours_hold_until_they_end() -> None:
    pacing = Pacing(quiet=(parse_window("12:00-14:00"),), zone=ZoneInfo("Europe/Berlin"))
    hold = quiet_hold(pacing, NOW)  # 13:00 in Berlin
    assert hold is not None
    assert (hold.until, hold.reason) == (NOW + timedelta(hours=1), "quiet hours")
    assert quiet_hold(pacing, hold.until) is None


def test_only_quiet_hours_with_an_exception_part_messages() -> None:
    quiet = (parse_window("22:00-07:00"),)
    assert Pacing(quiet=quiet, quiet_except=Severity.FAILURE).parts_at is Severity.FAILURE
    assert Pacing(quiet=quiet).parts_at is None
    assert Pacing(quiet_except=Severity.FAILURE).parts_at is None


class TestDigest:
    def test_the_first_message_opens_a_round(self) -> None:
        assert digest_hold(HOURLY, created_at=NOW, round_at=None, now=NOW) is None

    def test_what_was_there_when_the_round_began_belongs_to_it(self) -> None:
        later = NOW + 5 * MINUTE
        assert digest_hold(HOURLY, created_at=NOW, round_at=NOW, now=later) is None

    def test_what_comes_later_waits_for_the_next_round(self) -> None:
        created = NOW + MINUTE
        hold = digest_hold(HOURLY, created_at=created, round_at=NOW, now=created)
        assert hold is not None
        assert hold.until == NOW + 60 * MINUTE
        assert hold.reason == "collected for a digest"
        due = digest_hold(HOURLY, created_at=created, round_at=NOW, now=hold.until)
        assert due is None

    def test_a_clock_stepped_back_parks_nothing(self) -> None:
        yesterday = NOW - timedelta(days=1)
        assert digest_hold(HOURLY, created_at=NOW + MINUTE, round_at=NOW, now=yesterday) is None


class TestRate:
    def test_fewer_attempts_than_the_limit_are_free(self) -> None:
        assert rate_hold(TWO_AN_HOUR, attempt_at=None, now=NOW) is None

    def test_the_next_one_waits_until_the_oldest_is_out_of_the_span(self) -> None:
        hold = rate_hold(TWO_AN_HOUR, attempt_at=NOW - 20 * MINUTE, now=NOW)
        assert hold is not None
        assert (hold.until, hold.reason) == (NOW + 40 * MINUTE, "rate limit")
        assert rate_hold(TWO_AN_HOUR, attempt_at=NOW - 60 * MINUTE, now=NOW) is None

    def test_a_clock_stepped_back_parks_nothing(self) -> None:
        assert rate_hold(TWO_AN_HOUR, attempt_at=NOW + 20 * MINUTE, now=NOW) is None
