from __future__ import annotations

from datetime import timedelta

from batchbell.core.gauges import Condition
from batchbell.errors import DatabaseError
from batchbell.runtime.liveness import Liveness
from tests.fakes import START


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_signs_of_life_in_time_are_health() -> None:
    seconds = Seconds()
    liveness = Liveness(seconds)
    liveness.expect("poll of default", within_seconds=60)
    seconds.now += 60
    assert liveness.complaints() == []
    seconds.now += 5
    assert liveness.complaints() == ["poll of default: no sign of life, overdue by 5 s"]
    liveness.expect("poll of default", within_seconds=60)
    assert liveness.complaints() == []


def test_what_is_forgotten_is_not_missed() -> None:
    seconds = Seconds()
    liveness = Liveness(seconds)
    liveness.expect("deliveries to team", within_seconds=1)
    liveness.forget("deliveries to team")
    liveness.forget("never expected")
    seconds.now += 100
    assert liveness.complaints() == []


def test_a_failed_write_is_a_complaint_until_one_works() -> None:
    liveness = Liveness(Seconds())
    liveness.database_failed("poll of default", DatabaseError("disk full"))
    assert liveness.complaints() == ["disk full"]
    liveness.database_written("poll of default")
    assert liveness.complaints() == []


def test_work_that_fails_is_not_excused_by_other_work() -> None:
    liveness = Liveness(Seconds())
    liveness.database_failed("poll of default", DatabaseError("malformed"))
    liveness.database_written("deliveries to team")
    liveness.database_worked("deliveries to team")
    assert liveness.complaints() == ["malformed"]
    liveness.forget("poll of default")
    assert liveness.complaints() == []


def test_work_that_goes_on_without_writing_shows_nothing_about_writing() -> None:
    liveness = Liveness(Seconds())
    liveness.database_failed("ticks of default", DatabaseError("disk full"))
    liveness.database_worked("ticks of default")
    liveness.database_worked("deliveries to team")
    assert liveness.complaints() == ["disk full"]
    liveness.database_written("deliveries to team")
    assert liveness.complaints() == []


def test_one_reason_of_many_failures_is_told_once() -> None:
    liveness = Liveness(Seconds())
    for work in ("poll of default", "ticks of default", "pruning"):
        liveness.database_failed(work, DatabaseError("disk full"))
    assert liveness.complaints() == ["disk full"]


def test_damage_is_a_complaint_until_the_next_look_finds_none() -> None:
    liveness = Liveness(Seconds())
    liveness.database_examined("it is damaged")
    liveness.database_written("poll of default")
    assert liveness.complaints() == ["it is damaged"]
    liveness.database_examined("")
    assert liveness.complaints() == []


def test_its_numbers_are_what_it_complains_of() -> None:
    seconds, skew = Seconds(), timedelta(seconds=70)
    liveness = Liveness(seconds)
    assert liveness.condition(now=START, skew=None) == Condition()
    liveness.expect("poll of default", within_seconds=60)
    liveness.expect("ticks of default", within_seconds=90)
    liveness.database_written("poll of default")
    seconds.now += 80
    liveness.database_failed("pruning", DatabaseError("disk full"))
    liveness.database_failed("pruning", DatabaseError("disk full"))
    assert liveness.condition(now=START, skew=skew) == Condition(
        is_healthy=False,
        overdue_seconds={"poll of default": 20.0, "ticks of default": 0.0},
        database_errors=2,
        written_at=START - timedelta(seconds=80),
        skew=skew,
    )
