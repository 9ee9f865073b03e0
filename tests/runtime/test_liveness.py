from __future__ import annotations

from datetime import timedelta

from batchbell.core.gauges import Condition
from batchbell.errors import DatabaseError
from batchbell.runtime.liveness import Vitals
from tests.fakes import START


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_signs_of_life_in_time_are_health() -> None:
    seconds = Seconds()
    vitals = Vitals(seconds)
    vitals.expect("poll of default", within_seconds=60)
    seconds.now += 60
    assert vitals.complaints() == []
    seconds.now += 5
    assert vitals.complaints() == ["poll of default: no sign of life, overdue by 5 s"]
    vitals.expect("poll of default", within_seconds=60)
    assert vitals.complaints() == []


def test_what_is_forgotten_is_not_missed() -> None:
    seconds = Seconds()
    vitals = Vitals(seconds)
    vitals.expect("deliveries to team", within_seconds=1)
    vitals.forget("deliveries to team")
    vitals.forget("never expected")
    seconds.now += 100
    assert vitals.complaints() == []


def test_a_failed_write_is_a_complaint_until_one_works() -> None:
    vitals = Vitals(Seconds())
    vitals.database_failed("poll of default", DatabaseError("disk full"))
    assert vitals.complaints() == ["disk full"]
    vitals.database_written("poll of default")
    assert vitals.complaints() == []


def test_work_that_fails_is_not_excused_by_other_work() -> None:
    vitals = Vitals(Seconds())
    vitals.database_failed("poll of default", DatabaseError("malformed"))
    vitals.database_written("deliveries to team")
    vitals.database_worked("deliveries to team")
    assert vitals.complaints() == ["malformed"]
    vitals.forget("poll of default")
    assert vitals.complaints() == []


def test_work_that_goes_on_without_writing_shows_nothing_about_writing() -> None:
    vitals = Vitals(Seconds())
    vitals.database_failed("ticks of default", DatabaseError("disk full"))
    vitals.database_worked("ticks of default")
    vitals.database_worked("deliveries to team")
    assert vitals.complaints() == ["disk full"]
    vitals.database_written("deliveries to team")
    assert vitals.complaints() == []


def test_one_reason_of_many_failures_is_told_once() -> None:
    vitals = Vitals(Seconds())
    for work in ("poll of default", "ticks of default", "pruning"):
        vitals.database_failed(work, DatabaseError("disk full"))
    assert vitals.complaints() == ["disk full"]


def test_damage_is_a_complaint_until_the_next_look_finds_none() -> None:
    vitals = Vitals(Seconds())
    vitals.database_examined("it is damaged")
    vitals.database_written("poll of default")
    assert vitals.complaints() == ["it is damaged"]
    vitals.database_examined("")
    assert vitals.complaints() == []


def test_its_numbers_are_what_it_complains_of() -> None:
    seconds, skew = Seconds(), timedelta(seconds=70)
    vitals = Vitals(seconds)
    assert vitals.condition(now=START, skew=None) == Condition()
    vitals.expect("poll of default", within_seconds=60)
    vitals.expect("ticks of default", within_seconds=90)
    vitals.database_written("poll of default")
    seconds.now += 80
    vitals.database_failed("pruning", DatabaseError("disk full"))
    vitals.database_failed("pruning", DatabaseError("disk full"))
    assert vitals.condition(now=START, skew=skew) == Condition(
        is_healthy=False,
        overdue_seconds={"poll of default": 20.0, "ticks of default": 0.0},
        database_errors=2,
        written_at=START - timedelta(seconds=80),
        skew=skew,
    )
