"""Where not all fits into one message, the worst goes first and each job's news goes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.delivery.joining import all_fit, joined
from batchbell.core.event import Severity
from batchbell.core.routing import EVENTS_PER_MESSAGE
from tests.core.delivery.play import message

if TYPE_CHECKING:
    from batchbell.core.delivery.joining import JobsTold
    from batchbell.core.delivery.waiting import Waiting

FIRST = message(1, events=1)
NOTHING_KNOWN: dict[int, frozenset[tuple[str, str]]] = {}


def some(*numbers: int, **changes: object) -> list[Waiting]:
    return [message(number, **{"events": 1, **changes}) for number in numbers]


def told(**jobs: str) -> dict[int, frozenset[tuple[str, str]]]:
    """Return which jobs messages tell of: `m1="a b"`."""
    return {
        int(name[1:]): frozenset(("default", job) for job in ids.split())
        for name, ids in jobs.items()
    }


def numbers(message: Waiting, behind: list[Waiting], **jobs: str) -> list[int]:
    return [one.notification_id for one in joined(message, behind, told(**jobs))]


def pressing_first(
    message: Waiting, behind: list[Waiting], jobs: JobsTold, *pressing: int
) -> list[int]:
    return [one.notification_id for one in joined(message, behind, jobs, pressing)]


def test_all_that_fits_joins() -> None:
    behind = some(*range(2, 21), severity=Severity.INFO)
    assert all_fit(FIRST, behind)
    assert joined(FIRST, behind, NOTHING_KNOWN) == tuple(behind)
    assert not all_fit(FIRST, some(*range(2, 22)))


def test_what_is_worst_joins_first_and_stands_in_its_order() -> None:
    good = some(2, 3, 4, events=6, severity=Severity.SUCCESS)
    bad = some(5, 6, events=6)
    assert numbers(FIRST, [*good, *bad]) == [2, 5, 6]


def test_of_what_is_as_bad_the_oldest_joins_first() -> None:
    assert numbers(FIRST, some(2, 3, 4, 5, events=6)) == [2, 3, 4]


def test_what_does_not_fit_leaves_room_for_what_does() -> None:
    assert numbers(FIRST, [*some(2, events=20), *some(3, 4, events=2)]) == [3, 4]


def test_what_tells_of_its_jobs_too_joins_before_what_is_worse() -> None:
    behind = [*some(2, 3, events=9), *some(4, events=9, severity=Severity.INFO)]
    assert numbers(FIRST, behind, m1="a", m2="b", m3="c", m4="a") == [2, 4]


def test_of_what_tells_of_its_jobs_the_worst_joins_first() -> None:
    behind = [*some(2, events=12, severity=Severity.INFO), *some(3, events=12)]
    assert numbers(FIRST, behind, m1="a", m2="a", m3="a") == [3]


def test_news_of_one_job_joins_together_or_stays_behind_together() -> None:
    behind = [*some(2, 3, events=9), *some(4, events=9, severity=Severity.INFO)]
    # Both of b do not fit beside one another and the first.
    assert numbers(FIRST, some(2, 3, 4, events=8), m1="a", m2="b", m3="c", m4="c") == [2]
    assert numbers(FIRST, behind, m1="a", m2="b", m3="c", m4="b") == [2, 4]


def test_what_presses_joins_before_all_else_whatever_it_shares() -> None:
    behind = [*some(2, 3, events=9), *some(4, 5, events=8, severity=Severity.WARNING)]
    jobs = told(m1="a", m2="a", m3="b", m4="b", m5="c")
    assert pressing_first(FIRST, behind, jobs, 4, 5) == [4, 5]
    assert numbers(FIRST, behind, m1="a", m2="a", m3="b", m4="b", m5="c") == [2, 5]


def test_of_what_presses_that_of_one_job_joins_together_the_most_urgent_first() -> None:
    behind = some(2, 3, 4, 5, events=6)
    jobs = told(m1="a", m2="b", m3="c", m4="b", m5="c")
    assert pressing_first(FIRST, behind, jobs, 4, 3, 2, 5) == [2, 3, 4]
    assert pressing_first(FIRST, behind, jobs, 5, 2, 3, 4) == [2, 3, 5]


def test_of_what_presses_of_one_job_as_much_joins_as_fits() -> None:
    behind = some(2, 3, 4, events=8)
    jobs = told(m2="b", m3="b", m4="b")
    assert pressing_first(FIRST, behind, jobs, 4, 2, 3) == [2, 4]


def test_what_presses_of_its_own_jobs_joins_before_what_is_more_urgent() -> None:
    """It is told by this message anyway, and would be told by two."""
    behind = some(2, 3, events=12)
    jobs = told(m1="a", m2="a", m3="b")
    assert pressing_first(FIRST, behind, jobs, 3, 2) == [2]


def test_jobs_that_messages_share_tie_them_all() -> None:
    behind = [*some(2, 3, 4, events=6), *some(5, events=6, severity=Severity.INFO)]
    assert numbers(FIRST, behind, m2="b c", m3="d", m4="c e", m5="e") == [2, 4, 5]


def test_of_its_own_jobs_more_than_fits_joins_as_far_as_it_does() -> None:
    full = message(1, events=EVENTS_PER_MESSAGE - 2)
    behind = some(2, 3, 4)
    assert numbers(full, behind, m1="a", m2="a", m3="a", m4="a") == [2, 3]
