"""What is stored of the results of jobs that ended, and whose turn it is to be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.gauges import ResultBacklog
from batchbell.core.job import BatchJob
from batchbell.core.results.cause import Cause
from batchbell.core.results.collecting import Collection, CollectionTerms, after_attempt, to_collect
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.core.snapshot import JobRecord
from batchbell.store import accounts, history, jobs, results
from tests.claims import let_claims_age
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from batchbell.store.database import Database

TERMS = CollectionTerms(wait=MINUTE, give_up_after=timedelta(hours=24))
CLAIM = timedelta(seconds=20)


def ended(connection: Connection, job_id: str, *, at: timedelta = timedelta()) -> Collection:
    """Record a job that ended, and that its files are to be read from then on."""
    job = BatchJob(
        id=job_id,
        status="COMPLETED",
        input_file_id=f"in-{job_id}",
        output_file_id=f"out-{job_id}",
        error_file_id=f"err-{job_id}",
    )
    now = START + at
    accounts.save(connection, AccountState(health=AccountHealth(account="prod")))
    record = JobRecord(
        job=job,
        first_seen_at=now,
        last_seen_at=now,
        status_since=now,
        progress_since=now,
        missed_polls=1,
        missing_since=now,
    )
    jobs.save(connection, "prod", [record])
    new = to_collect(job, "prod", TERMS, now=now)
    results.begin(connection, [new])
    return new


def claimed(connection: Connection, at: timedelta = timedelta()) -> str | None:
    """Claim what is due, `at` after the start; return its job."""
    found = results.claim(connection, ["prod"], now=START + at, claim_for=CLAIM)
    return None if found is None else found.collection.results.job_id


def later(connection: Connection, span: timedelta) -> timedelta:
    """Let time pass for claims, too."""
    let_claims_age(connection, span)
    return span


def counted(known: JobResults) -> JobResults:
    files = (*known.files[:1], replace(known.files[1], bytes=7, sha256="ab", path="/x"))
    return replace(
        known,
        state=ResultsState.COUNTED,
        verdict=Verdict.PARTIAL,
        counts=Counts(
            requests=10,
            succeeded=5,
            failed=4,
            missing=1,
            duplicated=2,
            foreign=3,
            unreadable=6,
            empty=2,
            truncated=1,
        ),
        tokens=Tokens(2**40, 7, 2**40 + 7),
        cost=Decimal("0.00000120"),
        causes=(
            Cause(code="429", message="… busy", count=4, share=1.0, example="r1", retry_helps=None),
        ),
        files=(*files, replace(known.files[2], trouble="HTTP 404")),
        reason="because",
        counted_at=START,
    )


def test_what_is_known_is_kept_whole(database: Database) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        assert results.load(connection, "prod", "a") == new.results
        assert results.collections(connection, [new.key]) == [new]
        after = after_attempt(new, counted(new.results), START)
        assert results.record(connection, after, 0)
        assert results.load(connection, "prod", "a") == counted(new.results)
        assert results.collections(connection, [new.key, ("prod", "b")]) == [after]


def test_without_counts_none_are_read_back(database: Database) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        skipped = replace(new.results, state=ResultsState.SKIPPED, reason="no")
        results.save(connection, skipped, START)
        assert results.load(connection, "prod", "a") == skipped
        assert results.load(connection, "prod", "other") is None


def test_without_an_input_numbers_that_are_not_known_stay_unknown(database: Database) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        known = replace(counted(new.results), counts=Counts(succeeded=3), tokens=None, cost=None)
        results.save(connection, known, START)
        assert results.load(connection, "prod", "a") == known


def test_who_has_been_due_for_longest_is_read_first_and_by_one_alone(database: Database) -> None:
    both = [("prod", "a"), ("prod", "b")]
    with database.write() as connection:
        ended(connection, "late", at=MINUTE)
        ended(connection, "b")
        ended(connection, "a")
        assert results.next_due(connection, ["prod"], START) == START
        assert [claimed(connection) for _ in range(3)] == ["a", "b", None]
        # Nobody knows whether who claimed them will ever be done.
        run_out = results.next_due(connection, ["prod"], START)
        assert run_out is not None
        assert START < run_out <= START + CLAIM
        assert results.next_due(connection, ["prod"], START, but=both) == START + MINUTE
        assert claimed(connection, later(connection, MINUTE)) == "a"
        assert results.next_due(connection, ["other"], START) is None


def test_a_claim_is_kept_while_it_is_renewed_and_free_once_it_is_void(database: Database) -> None:
    with database.write() as connection:
        new = results.EndClaim(ended(connection, "a"), 1)
        assert claimed(connection) == "a"
        later(connection, CLAIM / 2)
        results.renew(connection, new, now=START + CLAIM / 2, claim_for=CLAIM)
        later(connection, CLAIM / 2)
        assert claimed(connection, CLAIM) is None
        results.void_claims(connection)
        assert claimed(connection, CLAIM) == "a"


def test_a_claim_that_was_given_back_is_not_renewed(database: Database) -> None:
    with database.write() as connection:
        new = results.EndClaim(ended(connection, "a"), 0)
        results.renew(connection, new, now=START, claim_for=CLAIM)
        assert claimed(connection) == "a"


def test_who_claimed_it_before_somebody_else_did_renews_and_records_nothing(
    database: Database,
) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        assert claimed(connection) == "a"
        assert claimed(connection, later(connection, CLAIM)) == "a"
        late, now = results.EndClaim(new, 1), START + CLAIM
        results.renew(connection, late, now=now + CLAIM, claim_for=CLAIM)
        assert not results.record(connection, after_attempt(new, counted(new.results), now), 1)
        assert claimed(connection, later(connection, CLAIM) * 2) == "a"
        assert results.record(connection, after_attempt(new, counted(new.results), now), 3)


def test_a_clock_that_was_stepped_back_parks_nothing(database: Database) -> None:
    with database.write() as connection:
        ended(connection, "a", at=timedelta(hours=3))
        assert results.next_due(connection, ["prod"], START) == START
        assert claimed(connection) == "a"
        assert claimed(connection) is None
        assert claimed(connection, later(connection, -MINUTE)) == "a"


def test_an_account_that_is_not_asked_for_waits(database: Database) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        assert results.claim(connection, ["other"], now=START, claim_for=CLAIM) is None
        assert results.waiting(connection, ["other"]) == []
        assert results.waiting(connection, ["prod"]) == [new]


def test_a_failed_attempt_is_due_again_later(database: Database) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        assert claimed(connection) == "a"
        assert results.record(connection, after_attempt(new, new.results, START), 1)
        assert claimed(connection) is None
        assert claimed(connection, timedelta(seconds=5)) == "a"


def test_an_attempt_on_what_was_replaced_meanwhile_is_dropped(database: Database) -> None:
    with database.write() as connection:
        old = ended(connection, "a")
        new = ended(connection, "a", at=MINUTE)
        assert not results.record(connection, after_attempt(old, counted(old.results), START), 0)
        assert results.load(connection, "prod", "a") == new.results
        assert results.record(connection, after_attempt(new, counted(new.results), START), 0)
        assert not results.record(connection, after_attempt(new, new.results, START), 0)


def test_the_backlog_is_what_waits(database: Database) -> None:
    with database.write() as connection:
        assert results.backlogs(connection) == {}
        first = ended(connection, "a")
        ended(connection, "b", at=MINUTE)
        done = ended(connection, "c")
        results.record(connection, after_attempt(first, first.results, START), 0)
        results.record(connection, after_attempt(done, counted(done.results), START), 0)
        found = results.backlogs(connection)
    assert found == {"prod": ResultBacklog(pending=2, failing=1, oldest_at=START)}


def test_what_is_known_goes_with_its_job(database: Database) -> None:
    with database.write() as connection:
        ended(connection, "a")
        history.delete_jobs(connection, unlisted_before=START + 9 * MINUTE, limit=9)
        assert results.load(connection, "prod", "a") is None


@pytest.mark.parametrize("state", list(ResultsState))
def test_every_state_can_be_stored(database: Database, state: ResultsState) -> None:
    with database.write() as connection:
        new = ended(connection, "a")
        results.save(connection, replace(new.results, state=state), START)
        stored = results.load(connection, "prod", "a")
    assert stored is not None
    assert stored.state is state
