from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.gauges import Backlog
from batchbell.core.job import BatchJob
from batchbell.core.provider import END_STATES
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.snapshot import VANISHED_MARK, JobRecord
from batchbell.core.standing.accounts import LEFT_ALONE_AFTER, account_standing, left_alone_since
from batchbell.core.standing.channels import channel_standing
from batchbell.core.standing.jobs import (
    CLOSE_DEADLINE,
    FAILURE_NEEDS_A_LOOK,
    end_severity,
    is_open_failure,
    job_order,
    job_standing,
)
from batchbell.core.standing.reasons import SEVERITIES, Reason
from batchbell.core.transition import kind_of_status
from tests.fakes import MINUTE, START

HOUR = timedelta(hours=1)


def record(status: str | None = "IN_PROGRESS", *, id: str = "job", **fields: object) -> JobRecord:  # noqa: A002
    job = BatchJob(id=id, status=status, **fields)  # type: ignore[arg-type]
    return JobRecord(
        job=job, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
    )


@pytest.mark.parametrize(
    ("stands", "severity"),
    [
        (record(), Severity.INFO),
        (record(job_deadline=START + 2 * CLOSE_DEADLINE), Severity.INFO),
        (record(job_deadline=START + CLOSE_DEADLINE), Severity.WARNING),
        (record(job_deadline=START), Severity.FAILURE),
        (replace(record(job_deadline=START + 9 * HOUR), at_risk=True), Severity.WARNING),
        (replace(record(), stalled_since=START - HOUR), Severity.WARNING),
        (record("QUEUED"), Severity.WARNING),
        (record(None), Severity.WARNING),
        (record("COMPLETED", output_file_id="o", job_deadline=START - HOUR), Severity.SUCCESS),
        (record("COMPLETED", output_file_id="o", error_file_id="e"), Severity.WARNING),
        (record("COMPLETED"), Severity.FAILURE),
        (record("EXPIRED"), Severity.FAILURE),
    ],
)
def test_how_bad_a_job_stands(stands: JobRecord, severity: Severity) -> None:
    assert job_standing(stands, START).severity is severity


def has(stands: JobRecord, reason: Reason, now: datetime = START) -> bool:
    return job_standing(stands, now).has(reason)


def test_a_job_has_vanished_while_it_is_missing_after_that_was_told() -> None:
    told = replace(record(), announced=frozenset({VANISHED_MARK}), missed_polls=3)
    assert has(told, Reason.VANISHED)
    assert job_standing(told, START).severity is Severity.WARNING
    assert not has(replace(told, missed_polls=0), Reason.VANISHED)
    assert not has(replace(told, announced=frozenset()), Reason.VANISHED)


def test_a_job_is_at_risk_while_it_runs_and_its_deadline_is_to_come() -> None:
    late = replace(record(job_deadline=START + HOUR), at_risk=True)
    assert has(late, Reason.AT_RISK)
    assert not has(late, Reason.AT_RISK, START + HOUR)
    assert not has(replace(late, at_risk=False), Reason.AT_RISK)
    assert not has(replace(record(), at_risk=True), Reason.AT_RISK)
    flapped = replace(late, announced=frozenset({"end:FAILED"}))
    assert not has(flapped, Reason.AT_RISK)


def test_a_finished_job_is_never_overdue() -> None:
    assert has(record(job_deadline=START), Reason.OVERDUE)
    assert not has(record(job_deadline=START), Reason.OVERDUE, START - MINUTE)
    assert not has(record("COMPLETED", job_deadline=START), Reason.OVERDUE, START + HOUR)


def test_an_end_is_as_bad_as_the_event_that_tells_it() -> None:
    for status in END_STATES:
        for output, error in product((None, "file-o"), (None, "file-e")):
            ended = record(status, output_file_id=output, error_file_id=error)
            standing = job_standing(ended, START)
            assert standing.severity is severity_of(kind_of_status(ended.job))


def test_what_is_worst_of_a_job_comes_first_and_says_since_when() -> None:
    worst = replace(
        record("QUEUED", job_deadline=START - HOUR), stalled_since=START - 2 * HOUR, at_risk=True
    )
    standing = job_standing(worst, START)
    assert standing.reasons == (Reason.OVERDUE, Reason.STATUS_UNKNOWN, Reason.STALLED)
    assert standing.since == START - HOUR
    assert job_standing(record("FAILED", completed_at=START - HOUR), START).since == START - HOUR


def account(
    *told: EventKind,
    polled: timedelta | None = MINUTE,
    grace_period: timedelta | None = 5 * MINUTE,
    failing: timedelta | None = None,
    **odd: float,
) -> AccountState:
    """Return an account last polled well, and failing, for so long."""
    good = None if polled is None else START - polled
    health = AccountHealth(
        account="default",
        failing_since=None if failing is None else START - failing,
        told=frozenset(told),
    )
    return AccountState(
        health=health,
        last_poll_at=good if failing is None else START,
        last_good_poll_at=good,
        blind_after=None if good is None or grace_period is None else good + grace_period,
        **odd,  # type: ignore[arg-type]
    )


DOWN, REFUSED = EventKind.ACCOUNT_UNREACHABLE, EventKind.ACCOUNT_UNAUTHORIZED


@pytest.mark.parametrize(
    ("stands", "severity", "reasons"),
    [
        (account(), Severity.SUCCESS, [Reason.POLLED_IN_TIME]),
        (account(polled=5 * MINUTE), Severity.SUCCESS, [Reason.POLLED_IN_TIME]),
        (account(polled=6 * MINUTE), Severity.FAILURE, [Reason.NOT_SEEN]),
        (account(polled=HOUR, grace_period=2 * HOUR), Severity.SUCCESS, [Reason.POLLED_IN_TIME]),
        (account(polled=None), Severity.INFO, [Reason.NEVER_SEEN]),
        (account(grace_period=None), Severity.INFO, [Reason.NOT_WATCHED]),
        (account(DOWN, failing=HOUR, grace_period=None), Severity.INFO, [Reason.NOT_WATCHED]),
        (account(failing=MINUTE), Severity.WARNING, [Reason.POLL_FAILED]),
        (account(DOWN, failing=MINUTE), Severity.FAILURE, [Reason.OUTAGE_TOLD]),
        (account(REFUSED, failing=MINUTE), Severity.FAILURE, [Reason.OUTAGE_TOLD]),
        (
            account(failing=MINUTE, polled=HOUR),
            Severity.FAILURE,
            [Reason.NOT_SEEN, Reason.POLL_FAILED],
        ),
        (
            account(failing=MINUTE, polled=None),
            Severity.WARNING,
            [Reason.POLL_FAILED, Reason.NEVER_SEEN],
        ),
        (account(skew_seconds=60.0), Severity.SUCCESS, [Reason.POLLED_IN_TIME]),
        (
            account(skew_seconds=-61.0),
            Severity.WARNING,
            [Reason.CLOCK_OFF, Reason.POLLED_IN_TIME],
        ),
        (
            account(skipped_rows=1),
            Severity.WARNING,
            [Reason.UNUSABLE_ROWS, Reason.POLLED_IN_TIME],
        ),
        (
            account(bad_fields=1),
            Severity.WARNING,
            [Reason.UNUSABLE_ROWS, Reason.POLLED_IN_TIME],
        ),
    ],
)
def test_how_bad_an_account_stands_and_why(
    stands: AccountState, severity: Severity, reasons: list[Reason]
) -> None:
    standing = account_standing(stands, START)
    assert (standing.severity, list(standing.reasons)) == (severity, reasons)


def test_an_account_is_seen_while_a_good_poll_is_in_time_whatever_came_after() -> None:
    assert account_standing(account(), START).is_seen
    assert account_standing(account(DOWN, failing=MINUTE), START).is_seen
    assert not account_standing(account(polled=HOUR), START).is_seen
    assert not account_standing(account(polled=None, failing=MINUTE), START).is_seen
    assert not account_standing(account(grace_period=None), START).is_seen


def test_a_healthy_account_with_a_long_interval_is_not_left_alone() -> None:
    slow = account(polled=14 * MINUTE, grace_period=45 * MINUTE)
    assert left_alone_since([slow], START) is None
    assert left_alone_since([account(polled=HOUR), slow], START) is None
    assert left_alone_since([slow], START + HOUR) == START - 14 * MINUTE


def test_failing_polls_are_polls_too() -> None:
    assert left_alone_since([account(failing=9 * HOUR, polled=9 * HOUR)], START) is None


def test_accounts_are_left_alone_only_if_somebody_ever_polled_and_should() -> None:
    assert left_alone_since([], START) is None
    assert left_alone_since([account(polled=None)], START) is None
    assert left_alone_since([account(polled=HOUR, grace_period=None)], START) is None
    never_well = account(polled=None, failing=HOUR)
    assert left_alone_since([never_well], START + LEFT_ALONE_AFTER) is None
    assert left_alone_since([never_well], START + LEFT_ALONE_AFTER + MINUTE) == START


def results(state: ResultsState, verdict: Verdict | None = None, **counts: int) -> JobResults:
    return JobResults(
        account="default",
        job_id="job",
        status="COMPLETED",
        state=state,
        verdict=verdict,
        counts=None if verdict is None else Counts(**counts),
    )


COMPLETED = record("COMPLETED", output_file_id="o", completed_at=START - HOUR)
COMPLETE = results(ResultsState.COUNTED, Verdict.COMPLETE, requests=9, succeeded=9, missing=0)
LOST = results(ResultsState.LOST, Verdict.UNKNOWN)
NOTHING = results(ResultsState.COUNTED, Verdict.EMPTY, requests=9, failed=9, missing=0)


@pytest.mark.parametrize(
    ("known", "severity", "reasons"),
    [
        (None, Severity.SUCCESS, [Reason.COMPLETED]),
        (COMPLETE, Severity.SUCCESS, [Reason.COMPLETED, Reason.ALL_CAME_BACK]),
        (
            results(ResultsState.COUNTED, Verdict.COMPLETE, requests=9, missing=0, truncated=1),
            Severity.WARNING,
            [Reason.NOT_ALL_OF_USE, Reason.COMPLETED],
        ),
        (
            results(ResultsState.COUNTED, Verdict.COMPLETE, requests=9, missing=0, duplicated=1),
            Severity.WARNING,
            [Reason.NOT_ALL_CAME_BACK, Reason.COMPLETED],
        ),
        (
            results(ResultsState.COUNTED, Verdict.PARTIAL, requests=9, succeeded=8, missing=1),
            Severity.WARNING,
            [Reason.NOT_ALL_CAME_BACK, Reason.COMPLETED],
        ),
        (
            NOTHING,
            Severity.FAILURE,
            [Reason.NOTHING_SUCCEEDED, Reason.COMPLETED],
        ),
        (
            results(ResultsState.COUNTED, Verdict.UNKNOWN, succeeded=9),
            Severity.WARNING,
            [Reason.RESULTS_UNKNOWN, Reason.COMPLETED],
        ),
        (
            results(ResultsState.WAITING),
            Severity.SUCCESS,
            [Reason.COMPLETED, Reason.RESULTS_AWAITED],
        ),
        (results(ResultsState.SKIPPED), Severity.SUCCESS, [Reason.COMPLETED, Reason.NO_RESULTS]),
        (LOST, Severity.FAILURE, [Reason.RESULTS_LOST, Reason.COMPLETED]),
    ],
)
def test_an_end_stands_as_its_results_are(
    known: JobResults | None, severity: Severity, reasons: list[Reason]
) -> None:
    standing = job_standing(COMPLETED, START, results=known)
    assert (standing.severity, list(standing.reasons)) == (severity, reasons)
    assert standing.since == START - HOUR


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED", "EXPIRED", "CANCELLED"])
@pytest.mark.parametrize("verdict", [None, *Verdict])
@pytest.mark.parametrize("state", ResultsState)
def test_results_make_no_end_better_than_it_is(
    status: str, state: ResultsState, verdict: Verdict | None
) -> None:
    job = record(status).job
    assert end_severity(job, results(state, verdict)) >= end_severity(job, None)


def test_only_of_a_completed_job_it_is_a_failure_that_nothing_succeeded() -> None:
    expected = {
        "COMPLETED": [Reason.COMPLETED_EMPTY, Reason.NOTHING_SUCCEEDED],
        "EXPIRED": [Reason.EXPIRED, Reason.NOT_ALL_CAME_BACK],
        "CANCELLED": [Reason.CANCELLED, Reason.NOT_ALL_CAME_BACK],
    }
    for status, reasons in expected.items():
        standing = job_standing(record(status), START, results=NOTHING)
        assert list(standing.reasons) == reasons
    assert end_severity(record("CANCELLED").job, NOTHING) is Severity.WARNING


def test_a_job_whose_results_are_lost_or_nothing_needs_a_look() -> None:
    def is_open(known: JobResults | None) -> bool:
        return is_open_failure(
            COMPLETED.job, START, failed_at=START - MINUTE, is_acknowledged=False, results=known
        )

    assert [is_open(known) for known in (None, COMPLETE)] == [False, False]
    assert [is_open(known) for known in (LOST, NOTHING)] == [True, True]


def channel(**health: object) -> ChannelHealth:
    return ChannelHealth(channel="team", **health)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("health", "dead", "severity", "reasons"),
    [
        (channel(), 0, Severity.INFO, [Reason.NOTHING_SENT]),
        (channel(last_success_at=START), 0, Severity.SUCCESS, [Reason.DELIVERING]),
        (channel(failing_since=START), 0, Severity.WARNING, [Reason.SEND_FAILED]),
        (channel(failing_since=START, told=True), 0, Severity.FAILURE, [Reason.FAILURE_TOLD]),
        (
            channel(failing_since=START, told=True, disabled_at=START),
            0,
            Severity.FAILURE,
            [Reason.DISABLED, Reason.FAILURE_TOLD],
        ),
        (
            channel(last_success_at=START),
            1,
            Severity.WARNING,
            [Reason.GIVEN_UP, Reason.DELIVERING],
        ),
    ],
)
def test_how_bad_a_channel_stands_and_why(
    health: ChannelHealth, dead: int, severity: Severity, reasons: list[Reason]
) -> None:
    standing = channel_standing(health, Backlog(pending=7, dead=dead))
    assert (standing.severity, list(standing.reasons)) == (severity, reasons)


def test_the_docs_have_every_reason_and_how_bad_it_is() -> None:
    page = (Path(__file__).parents[2] / "docs/concepts.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in page.partition("## How it stands\n")[2].partition("\n## ")[0].splitlines()
        if line.startswith("| ")
    ]
    told = {reason: severity for _, reason, severity, *_ in rows if severity in _SEVERITY_WORDS}
    assert told == {reason.value: severity.name.lower() for reason, severity in SEVERITIES.items()}


_SEVERITY_WORDS = {severity.name.lower() for severity in Severity}


def test_unfinished_jobs_come_first_the_worst_first_then_the_tightest_then_the_latest_end() -> None:
    jobs = [
        record(id="overdue", job_deadline=START - MINUTE),
        record("QUEUED", id="odd"),
        record(id="tight", job_deadline=START + 5 * HOUR),
        record(id="loose", job_deadline=START + 9 * HOUR),
        record(id="endless"),
        record("FAILED", id="failed-late", completed_at=START - MINUTE),
        record("FAILED", id="failed-early", completed_at=START - HOUR),
        record("COMPLETED", id="done", output_file_id="o", completed_at=START),
    ]
    mixed = jobs[1::2] + jobs[::2]
    ordered = sorted(mixed, key=lambda each: job_order(each, START))
    assert [each.job.id for each in ordered] == [each.job.id for each in jobs]


@pytest.mark.parametrize(
    ("stands", "age", "acknowledged", "expected"),
    [
        (record("FAILED"), MINUTE, False, True),
        (record("EXPIRED"), FAILURE_NEEDS_A_LOOK, False, True),
        (record("FAILED"), FAILURE_NEEDS_A_LOOK + MINUTE, False, False),
        (record("FAILED"), MINUTE, True, False),
        (record("COMPLETED"), MINUTE, False, True),
        (record("COMPLETED", output_file_id="o"), MINUTE, False, False),
        (record("CANCELLED"), MINUTE, False, False),
        (record(job_deadline=START - MINUTE), MINUTE, False, False),
    ],
)
def test_a_failure_needs_a_look_for_a_day_unless_it_is_acknowledged(
    stands: JobRecord, age: timedelta, *, acknowledged: bool, expected: bool
) -> None:
    found = is_open_failure(stands.job, START, failed_at=START - age, is_acknowledged=acknowledged)
    assert found is expected


def test_what_can_still_be_saved_comes_before_failures_and_these_before_what_goes_well() -> None:
    late = job_order(record(job_deadline=START - HOUR), START)
    failed = job_order(record("FAILED"), START, is_open_failure=True)
    assert late < failed < job_order(record(job_deadline=START + 9 * HOUR), START)
    assert failed < job_order(record("FAILED"), START)


def test_the_last_to_fail_comes_first_however_bad_its_end_is_called() -> None:
    early = record("EXPIRED", completed_at=START - HOUR)
    # Its results, which nobody has looked at here, make it a failure.
    late = record("COMPLETED", output_file_id="o", completed_at=START - MINUTE)
    assert job_standing(late, START).severity < job_standing(early, START).severity
    assert job_order(late, START, is_open_failure=True) < job_order(
        early, START, is_open_failure=True
    )
