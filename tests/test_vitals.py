from __future__ import annotations

from batchbell.errors import DatabaseError
from batchbell.vitals import Vitals


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
    vitals.database_answered(DatabaseError("disk full"))
    assert vitals.complaints() == ["disk full"]
    vitals.database_answered(None)
    assert vitals.complaints() == []
