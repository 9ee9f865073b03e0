"""What helps after an end, in the few words that stand below a job in lists."""

from __future__ import annotations

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Verdict
from batchbell.messages.advice import remedy_of, usual_remedy
from batchbell.providers.together.words import WORDS
from tests.fakes import START

PARTIAL, EMPTY = Verdict.PARTIAL, Verdict.EMPTY


def in_short(
    kind: EventKind,
    *,
    results: ResultsFacts | None = None,
    output: str | None = "file-o",
) -> str:
    job = BatchJob(id="job-1", status=kind.name, output_file_id=output)
    event = Event(
        kind=kind,
        account="default",
        job_id="job-1",
        job=job,
        happened_at=START,
        seen_at=START,
        facts=Facts(results=results or ResultsFacts()),
    )
    return remedy_of(event, WORDS).in_short


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (ResultsFacts(verdict=Verdict.COMPLETE, succeeded=9), ""),
        (
            ResultsFacts(verdict=PARTIAL, succeeded=5, failed=4, missing=1),
            "Fetch it, submit 5 again",
        ),
        (
            ResultsFacts(verdict=PARTIAL, succeeded=5, failed=4, need_repair=4),
            "Repair 4 rows, submit those",
        ),
        (
            ResultsFacts(verdict=PARTIAL, succeeded=5, failed=4, missing=1, need_repair=3),
            "Repair 3 rows, submit 5 again",
        ),
        (
            ResultsFacts(
                verdict=EMPTY, succeeded=0, failed=4, causes=(CauseFacts(count=4),), need_repair=3
            ),
            "Repair 3 rows, submit all again",
        ),
        (ResultsFacts(verdict=Verdict.COMPLETE, succeeded=9, foreign=2), "Look at its odd lines"),
        (ResultsFacts(verdict=Verdict.COMPLETE, succeeded=9, empty=2), "Fetch it, submit 2 again"),
        (
            ResultsFacts(verdict=Verdict.COMPLETE, succeeded=9, empty=2, truncated=1),
            "Raise max_tokens, submit 3 again",
        ),
        (ResultsFacts(verdict=EMPTY, succeeded=0, failed=4), "See its errors, submit again"),
        (ResultsFacts(verdict=EMPTY, succeeded=0, missing=4), "Submit it again"),
        (
            ResultsFacts(
                verdict=EMPTY, succeeded=0, failed=4, causes=(CauseFacts(count=4),), need_repair=4
            ),
            "Repair it, submit again",
        ),
    ],
)
def test_a_completed_job_says_what_to_do_by_what_came_back(
    results: ResultsFacts, expected: str
) -> None:
    assert in_short(EventKind.COMPLETED, results=results) == expected


@pytest.mark.parametrize(
    ("kind", "output", "expected"),
    [
        (EventKind.COMPLETED_WITH_ERRORS, None, "See what is missing"),
        (EventKind.COMPLETED_EMPTY, None, "Submit it again"),
        (EventKind.EXPIRED, "file-o", "Fetch it, submit the rest"),
        (EventKind.EXPIRED, None, "Submit it again"),
        (EventKind.CANCELLED, "file-o", "Submit the rest if needed"),
        (EventKind.CANCELLED, None, "Submit it again if needed"),
    ],
)
def test_other_ends_say_it_by_what_they_left(
    kind: EventKind, output: str | None, expected: str
) -> None:
    assert in_short(kind, output=output) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (EventKind.VANISHED, "Ask where it is"),
        (EventKind.STATUS_UNKNOWN, "Look up its status"),
        (EventKind.RESULTS_LOST, "Ask for its files"),
        (EventKind.CREATED, ""),
    ],
)
def test_what_is_odd_says_where_to_look(kind: EventKind, expected: str) -> None:
    assert usual_remedy(kind, WORDS).in_short == expected
