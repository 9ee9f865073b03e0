"""An end's files are read once, its message says what they hold; nothing is lost or late."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.core.file_names import NAME_WAIT
from batchbell.core.results.collecting import CLAIM, CollectionTerms
from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import ResultsState
from batchbell.core.routing import EVENTS_PER_MESSAGE
from batchbell.core.verdict_news import VERDICTS_WITHIN
from batchbell.errors import (
    ApiError,
    DatabaseError,
    KeepError,
    RateLimitedError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UsageError,
)
from batchbell.store import results
from batchbell.usecases.cancel import cancel
from tests.claims import let_claims_age
from tests.fakes import MINUTE, eventually
from tests.statements import watched_driver
from tests.timeout import TIMEOUT_SECONDS
from tests.usecases.collecting import (
    ACCOUNT,
    GONE,
    TERMS,
    CollectingWorld,
    ended,
    lines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from batchbell.store.database import Database
    from batchbell.store.sqlite.database import SqliteDatabase
    from batchbell.usecases.collection_queue import ClaimedEnd
    from batchbell.usecases.count_results import CountedJob

SECOND = timedelta(seconds=1)
DOWN = UnavailableError("503", status_code=503)
#: In the hour in which many jobs end.
POLLS = 20


@pytest.fixture
async def world(database: Database) -> CollectingWorld:
    watching = CollectingWorld(database)
    await watching.baseline()
    return watching


async def until_settled(world: CollectingWorld, number: int = 1) -> JobResults:
    """Let time pass until nothing more is read of a job."""
    while world.known(number).state is ResultsState.WAITING:
        due = await world.collect()
        world.send_all()
        if due is not None:
            world.clock.advance(due - world.clock.now())
    return world.known(number)


async def test_the_message_about_an_end_goes_with_its_verdict(world: CollectingWorld) -> None:
    world.api.has(asked=10, answered=9)
    await world.end(ended())
    assert world.send() == []
    assert await world.collect() is None
    assert world.send() == [("batch.completed", "job-1", "partial")]
    assert world.send() == []
    known = world.known()
    assert (known.state, known.verdict) == (ResultsState.COUNTED, Verdict.PARTIAL)
    assert known.counts is not None
    assert (known.counts.requests, known.counts.missing) == (10, 1)
    assert world.observer.signs == [
        "job-1 model counted ['batch.incomplete', 'batch.results']",
    ]


async def test_files_are_read_once(world: CollectingWorld) -> None:
    world.api.has()
    await world.end(ended())
    await world.collect()
    for _ in range(3):
        world.clock.advance(MINUTE)
        await world.poller.poll()
        await world.collect()
    assert world.api.read == ["in-1", "out-1"]


async def test_what_ended_before_the_first_look_is_not_read(database: Database) -> None:
    world = CollectingWorld(database)
    world.api.jobs = [ended()]
    await world.baseline()
    world.api.jobs = [replace(ended(), error_file_id="later")]
    await world.poller.poll()
    assert await world.collect() is None
    assert world.api.read == []


async def test_an_end_without_result_files_is_told_at_once(world: CollectingWorld) -> None:
    await world.end(ended(status="FAILED", output_file_id=None))
    assert world.send() == [("batch.failed", "job-1", "")]
    assert await world.collect() is None


async def test_a_completed_job_without_output_is_read_after_its_second_listing(
    world: CollectingWorld,
) -> None:
    world.api.files["err"] = lines({"custom_id": "r0", "error": {"code": "429"}})
    world.api.has(asked=1)
    await world.end(ended(output_file_id=None, error_file_id="err"))
    assert await world.collect() is None
    assert world.api.read == []
    await world.poller.poll()
    await world.collect()
    assert world.send() == [("batch.completed_empty", "job-1", "empty")]


async def test_nothing_is_read_and_nothing_waits_where_that_is_turned_off(
    world: CollectingWorld,
) -> None:
    world.terms = None
    await world.end(ended())
    assert world.send() == [("batch.completed", "job-1", "")]
    assert await world.collect() is None
    assert world.api.read == []


async def test_without_a_wait_the_verdict_comes_by_itself(world: CollectingWorld) -> None:
    world.terms = CollectionTerms(wait=timedelta(), give_up_after=timedelta(hours=1))
    world.api.has(answered=9)
    await world.end(ended())
    assert world.send() == [("batch.completed", "job-1", "")]
    await world.collect()
    world.clock.advance(VERDICTS_WITHIN)
    assert world.send() == [("batch.incomplete", "job-1", "partial")]


async def test_the_message_goes_at_the_first_failed_attempt_and_the_verdict_later(
    world: CollectingWorld,
) -> None:
    world.api.has(answered=9)
    whole = world.api.files["out-1"]
    world.api.files["out-1"] = DOWN
    await world.end(ended())
    assert await world.collect() == world.clock.now() + 5 * SECOND
    assert world.send() == [("batch.completed", "job-1", "")]
    world.api.files["out-1"] = whole
    world.clock.advance(4 * SECOND)
    await world.collect()
    assert world.known().state is ResultsState.WAITING
    world.clock.advance(SECOND)
    await world.collect()
    world.clock.advance(VERDICTS_WITHIN)
    assert world.send() == [("batch.incomplete", "job-1", "partial")]
    assert world.heard == [
        [("batch.completed", "job-1", "")],
        [("batch.incomplete", "job-1", "partial")],
    ]


async def test_the_message_goes_when_the_wait_is_over_whatever_becomes_of_its_files(
    world: CollectingWorld,
) -> None:
    await world.end(ended())
    world.clock.advance(MINUTE - SECOND)
    assert world.send() == []
    world.clock.advance(SECOND)
    assert world.send() == [("batch.completed", "job-1", "")]


async def test_what_does_not_wait_for_a_verdict_is_told_before(world: CollectingWorld) -> None:
    await world.end(ended(1), ended(2, "FAILED", output_file_id=None))
    assert world.send() == [("batch.failed", "job-2", "")]
    assert world.send() == []


@pytest.mark.unmeasured
async def test_a_file_that_never_comes_is_told_once_when_it_is_given_up(
    world: CollectingWorld,
) -> None:
    world.api.has()
    world.api.files["out-1"] = GONE
    await world.end(ended())
    began = world.clock.now()
    known = await until_settled(world)
    assert world.clock.now() - began == TERMS.give_up_after
    assert (known.state, known.verdict) == (ResultsState.LOST, Verdict.UNKNOWN)
    assert "the output file can't be had" in known.reason
    assert world.api.read.count("out-1") < 110
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        await world.poller.poll()
        assert await world.collect() is None
        world.send_all()
    assert [kind for message in world.heard for kind, _, _ in message] == [
        "batch.completed",
        "batch.results_lost",
    ]


async def test_a_file_that_comes_after_a_while_is_counted(world: CollectingWorld) -> None:
    world.api.has()
    whole = world.api.files["out-1"]
    world.api.files["out-1"] = GONE
    await world.end(ended())
    for _ in range(12):
        due = await world.collect()
        assert due is not None
        world.clock.advance(due - world.clock.now())
    world.api.files["out-1"] = whole
    known = await until_settled(world)
    assert (known.state, known.verdict) == (ResultsState.COUNTED, Verdict.COMPLETE)
    assert world.log().count(("batch.results_lost", "job-1")) == 0


async def test_the_input_is_tried_until_the_wait_ends_and_then_it_is_counted_without(
    world: CollectingWorld,
) -> None:
    world.api.has()
    world.api.files["in-1"] = GONE
    await world.end(ended())
    began = world.clock.now()
    known = await until_settled(world)
    assert world.clock.now() - began == MINUTE
    # what can't be compared yet is not read again and again
    assert world.api.read == ["in-1"] * 5 + ["out-1"]
    assert (known.state, known.verdict) == (ResultsState.COUNTED, Verdict.UNKNOWN)
    assert known.counts is not None
    assert known.counts.succeeded == 10
    assert (known.counts.requests, known.counts.missing, known.counts.foreign) == (None,) * 3
    assert known.reason == "there is no input to compare with"


async def test_no_answers_are_lost_for_an_input_however_long_messages_wait(
    world: CollectingWorld,
) -> None:
    world.terms = CollectionTerms(wait=MINUTE, give_up_after=10 * SECOND)
    world.api.has()
    world.api.files["in-1"] = GONE
    await world.end(ended())
    known = await until_settled(world)
    assert known.state is ResultsState.COUNTED
    assert known.counts is not None
    assert known.counts.succeeded == 10


async def test_a_file_too_large_leaves_the_verdict_unknown_at_once(world: CollectingWorld) -> None:
    world.api.has()
    world.api.files["out-1"] = TooLargeError("more than that")
    await world.end(ended())
    await world.collect()
    known = world.known()
    assert (known.state, known.verdict) == (ResultsState.COUNTED, Verdict.UNKNOWN)
    assert "the output file is larger than 1,000,000 bytes" in known.reason
    assert world.send() == [("batch.completed", "job-1", "unknown")]


@pytest.mark.parametrize("file_id", ["..", "file-***-1"])
async def test_files_whose_id_is_not_plain_are_skipped_and_that_is_said(
    world: CollectingWorld, file_id: str
) -> None:
    world.api.has()
    world.api.files[".."] = UsageError("no id")
    await world.end(ended(output_file_id=file_id))
    assert await world.collect() is None
    known = world.known()
    assert known.state is ResultsState.SKIPPED
    assert known.reason == "the output file is not read, as its id can't be asked for"
    assert world.send() == [("batch.completed", "job-1", "")]
    assert "file-***-1" not in world.api.read


async def test_one_file_that_can_not_be_asked_for_leaves_the_verdict_unknown(
    world: CollectingWorld,
) -> None:
    world.api.has()
    await world.end(ended(error_file_id="file-***"))
    await world.collect()
    known = world.known()
    assert (known.state, known.verdict) == (ResultsState.COUNTED, Verdict.UNKNOWN)
    assert known.counts is not None
    assert (known.counts.succeeded, known.counts.missing) == (10, None)


async def test_a_later_file_is_counted_anew_and_replaces_what_was_known(
    world: CollectingWorld,
) -> None:
    world.api.has(asked=3, answered=2)
    await world.end(ended())
    await world.collect()
    world.send_all()
    world.api.files["err-1"] = lines({"custom_id": "r2", "error": {"code": "500"}})
    world.clock.advance(MINUTE)
    await world.end(ended(error_file_id="err-1"))
    assert world.known().state is ResultsState.WAITING
    await world.collect()
    counts = world.known().counts
    assert counts is not None
    assert (counts.succeeded, counts.failed, counts.missing) == (2, 1, 0)
    world.send_all()
    assert Counter(world.log())["batch.completed", "job-1"] == 1


async def test_a_file_that_comes_after_an_empty_end_was_told_is_counted(
    world: CollectingWorld,
) -> None:
    world.api.has()
    await world.end(ended(output_file_id=None))
    await world.poller.poll()
    assert world.send() == [("batch.completed_empty", "job-1", "")]
    await world.end(ended())
    await world.collect()
    assert world.known().verdict is Verdict.COMPLETE


async def test_another_end_is_counted_anew(world: CollectingWorld) -> None:
    world.api.has()
    await world.end(ended(status="EXPIRED"))
    await world.collect()
    world.send_all()
    world.clock.advance(MINUTE)
    await world.end(ended(status="COMPLETED"))
    await world.collect()
    assert world.known().status == "COMPLETED"
    assert world.send() == [("batch.completed", "job-1", "complete")]
    assert world.api.read == ["in-1", "out-1"] * 2


async def test_what_is_replaced_while_it_is_read_is_not_recorded(world: CollectingWorld) -> None:
    world.api.has()
    world.api.files["err-1"] = lines({"custom_id": "r9", "error": {"code": "500"}})
    await world.end(ended())

    async def slow(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        counted = await world.reader.as_usual(claimed, now)
        world.reader.instead = None
        world.clock.advance(MINUTE)
        await world.end(ended(error_file_id="err-1"))
        return counted

    world.reader.instead = slow
    await world.collect()
    known = world.known()
    assert [file.id for file in known.files] == ["in-1", "out-1", "err-1"]
    assert known.counts is not None
    assert known.counts.duplicated == 1
    assert len(world.observer.signs) == 1


async def test_the_end_in_the_answer_of_a_cancel_is_read_too(world: CollectingWorld) -> None:
    running = ended(status="IN_PROGRESS", output_file_id=None)
    await world.end(running)
    world.send_all()
    world.api.has(answered=4)

    class Cancels:
        elsewhere = ""

        async def cancel_batch(self, batch_job_id: str) -> BatchJob:
            assert batch_job_id == running.id
            return ended(status="CANCELLED")

    await cancel(
        running.id,
        account=ACCOUNT,
        client=Cancels(),
        database=world.database,
        clock=world.clock,
        filters=world.filters,
        collecting=TERMS,
    )
    assert world.send() == []
    await world.collect()
    assert world.send() == [("batch.cancelled", "job-1", "partial")]


async def test_the_answer_of_a_cancel_waits_for_nothing_where_nothing_is_read(
    world: CollectingWorld,
) -> None:
    await world.end(ended(status="IN_PROGRESS", output_file_id=None))
    world.send_all()

    class Cancels:
        elsewhere = ""

        async def cancel_batch(self, _batch_job_id: str) -> BatchJob:
            return ended(status="CANCELLED")

    await cancel(
        "job-1",
        account=ACCOUNT,
        client=Cancels(),
        database=world.database,
        clock=world.clock,
        filters=world.filters,
    )
    assert world.send() == [("batch.cancelled", "job-1", "")]


@pytest.mark.parametrize(
    ("error", "rest"),
    [
        (RateLimitedError("429", retry_after_seconds=90), 90 * SECOND),
        (RateLimitedError("429"), 5 * SECOND),
        (UnauthorizedError("401", status_code=401), 5 * SECOND),
    ],
)
async def test_an_api_that_wants_fewer_calls_or_another_key_is_left_alone(
    world: CollectingWorld, error: ApiError, rest: timedelta
) -> None:
    for number in (1, 2):
        world.api.has(number)
    world.api.files["in-1"] = error
    await world.end(ended(1), ended(2))
    assert await world.collect() == world.clock.now() + rest
    assert world.api.read == ["in-1"]
    world.clock.advance(rest)
    await world.collect()
    assert "out-2" in world.api.read
    assert world.known(2).state is ResultsState.COUNTED


async def test_a_file_that_this_key_may_not_read_does_not_hold_up_the_others(
    world: CollectingWorld,
) -> None:
    for number in (1, 2):
        world.api.has(number)
    world.api.files["in-1"] = UnauthorizedError("403", status_code=403)
    await world.end(ended(1), ended(2))
    await world.collect()
    assert world.known(2).state is ResultsState.COUNTED


async def test_accounts_that_are_turned_off_wait_no_longer(world: CollectingWorld) -> None:
    world.api.files["in-1"] = DOWN
    await world.end(ended())
    world.reader.off.add(ACCOUNT)
    assert await world.collect() is None
    assert world.send() == [("batch.completed", "job-1", "")]
    known = world.known()
    assert (known.state, world.api.read) == (ResultsState.SKIPPED, [])
    assert known.reason == "its account's result files are not read any more"
    assert world.observer.signs == ["freed"]
    await world.collect()
    assert world.observer.signs == ["freed"]


async def test_an_account_that_nobody_watches_any_more_is_left_alone(
    world: CollectingWorld,
) -> None:
    await world.end(ended())
    world.reader.watched.clear()
    assert await world.collect() is None
    assert world.known().state is ResultsState.WAITING
    assert world.api.read == []


@pytest.mark.unmeasured
async def test_what_can_not_be_kept_is_never_lost_for_that(world: CollectingWorld) -> None:
    world.api.has()
    await world.end(ended())

    async def full(_claimed: ClaimedEnd, _now: datetime) -> CountedJob:
        raise KeepError("it can't be kept in /x: No space left on device")

    world.reader.instead = full
    gave_up = world.clock.now() + TERMS.give_up_after
    while world.clock.now() <= gave_up:
        due = await world.collect()
        assert due is not None
        world.clock.advance(due - world.clock.now())
    assert world.known().reason.endswith("No space left on device")
    assert world.observer.signs[0].startswith("job-1 not kept: ")
    world.reader.instead = None
    await world.collect()
    assert world.known().state is ResultsState.COUNTED
    world.send_all()
    assert [kind for message in world.heard for kind, _, _ in message] == ["batch.completed"]


async def test_what_breaks_on_one_job_s_files_does_not_end_the_collection(
    world: CollectingWorld, caplog: pytest.LogCaptureFixture
) -> None:
    world.api.has(2)
    world.api.files["in-1"] = ValueError("the answer said: rosebud")
    await world.end(ended(1), ended(2))
    await world.collect()
    assert world.known(1).reason == "reading its files broke off (ValueError)"
    assert world.known(2).state is ResultsState.COUNTED
    assert "rosebud" not in caplog.text


async def test_while_the_database_fails_what_was_counted_is_held_and_nothing_read_twice(
    world: CollectingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.api.has()
    await world.end(ended())
    record = results.record
    failures: list[object] = []

    def broken(*arguments: object) -> bool:
        if len(failures) < 3:
            failures.append(arguments)
            raise DatabaseError("disk is full")
        return record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(results, "record", broken)
    await world.collect()
    assert world.observer.signs[:3] == ["failed: disk is full"] * 3
    assert world.api.read == ["in-1", "out-1"]
    assert world.send() == [("batch.completed", "job-1", "complete")]


@contextmanager
def running(world: CollectingWorld) -> Iterator[asyncio.Task[None]]:
    task = asyncio.create_task(world.collector.run())
    yield task
    task.cancel()


async def test_a_worker_goes_on_after_a_failure_and_ends_when_it_is_stopped(
    world: CollectingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.api.has()
    await world.end(ended())
    real, wrong = results.next_due, [DatabaseError("locked"), RuntimeError("a mistake")]

    def broken(*arguments: Any, **named: Any) -> object:
        if wrong:
            raise wrong.pop()
        return real(*arguments, **named)

    monkeypatch.setattr(results, "next_due", broken)
    with running(world) as task:
        world.collector.wake()
        await eventually(lambda: world.known().state is ResultsState.COUNTED)
        world.collector.stop()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    assert "failed: locked" in world.observer.signs


async def test_a_stop_breaks_off_what_is_read_and_that_counts_for_nothing(
    world: CollectingWorld,
) -> None:
    world.api.has()
    await world.end(ended())
    begun = asyncio.Event()

    async def hangs(_claimed: ClaimedEnd, _now: datetime) -> CountedJob:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.reader.instead = hangs
    with running(world) as task:
        await begun.wait()
        world.collector.stop()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    with world.database.write() as connection:
        (waiting,) = results.waiting(connection, [ACCOUNT])
        results.void_claims(connection)
    assert waiting.attempts == 0
    world.start()
    await world.collect()
    assert world.known().state is ResultsState.COUNTED


async def test_a_claim_is_kept_while_a_file_takes_its_time(world: CollectingWorld) -> None:
    world.api.has()
    await world.end(ended())
    world.collector._queue.claim_for = timedelta(seconds=0.03)

    def kept_until() -> int:
        with world.database.read() as connection:
            query = "SELECT locked_until FROM results"
            until: int = connection.exec_driver_sql(query).scalar_one()
        return until

    async def slow(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        before = kept_until()
        world.clock.advance(CLAIM)
        await eventually(lambda: kept_until() > before)
        return await world.reader.as_usual(claimed, now)

    world.reader.instead = slow
    await world.collect()
    assert world.api.read == ["in-1", "out-1"]
    assert len(world.observer.signs) == 1


async def test_what_is_read_here_is_not_read_twice_even_if_its_claim_runs_out(
    world: CollectingWorld,
) -> None:
    world.api.has()
    await world.end(ended())
    other = world.another_collector(beside=world.collector)

    async def slow(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        world.reader.instead = None
        world.clock.advance(2 * CLAIM)
        with world.database.write() as connection:
            let_claims_age(connection, 2 * CLAIM)
        assert await other.collect_due() is None
        return await world.reader.as_usual(claimed, now)

    world.reader.instead = slow
    await world.collect()
    assert world.api.read == ["in-1", "out-1"]


async def test_two_workers_never_read_the_same_end(world: CollectingWorld) -> None:
    for number in range(20):
        world.api.has(number)
    await world.end(*(ended(number) for number in range(20)))
    other = world.another_collector()
    await asyncio.gather(world.collector.collect_due(), other.collect_due())
    assert Counter(world.api.read).most_common(1)[0][1] == 1
    assert len(world.api.read) == 40


@pytest.mark.long
# Other tests go the same ways once, and measure them.
@pytest.mark.unmeasured
@pytest.mark.timeout(900)
async def test_the_ends_of_one_poll_are_told_in_few_messages_within_the_wait(
    world: CollectingWorld, ends: int
) -> None:
    """Five hundred of them with `--ends 500`."""
    for number in range(ends):
        world.api.has(number, asked=2, answered=2 - number % 2)
    # some are never to be had, and their messages wait for nothing else
    for number in range(0, ends, 50):
        world.api.files[f"out-{number}"] = GONE
    await world.end(*(ended(number) for number in range(ends)))
    began = world.clock.now()
    due = await world.collect()
    while due is not None and due < began + MINUTE:
        world.clock.advance(max(due - world.clock.now(), timedelta()))
        world.send_all()
        due = await world.collect()
    world.clock.advance(began + MINUTE - world.clock.now())
    world.send_all()
    told = [message for message in world.heard if message[0][0] == "batch.completed"]
    assert len(told) == ends / EVENTS_PER_MESSAGE
    assert len({job for message in told for _, job, _ in message}) == ends


@pytest.mark.long
@pytest.mark.unmeasured
# On a busy machine it waits for its end, not for a span.
@pytest.mark.timeout(900)
# On a server it takes minutes on a busy machine, and shows nothing else.
@pytest.mark.sqlite
async def test_the_ends_of_many_jobs_in_an_hour_hold_up_no_poll(
    world: CollectingWorld, ends: int
) -> None:
    """While files are read, as slowly as they may come, a poll needs no more than without.

    A thousand of them with `--ends 1000`.
    """
    world.api.has()
    release = asyncio.Event()

    async def slow(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        await release.wait()
        return await world.reader.as_usual(claimed, now)

    world.reader.instead = slow
    with running(world):
        for number in range(0, ends, ends // POLLS):
            these = range(number, number + ends // POLLS)
            for each in these:
                world.api.has(each, asked=1, answered=1)
            world.clock.advance(60 * MINUTE / POLLS)
            # each of these polls ends though every file hangs
            await asyncio.wait_for(world.end(*map(ended, these)), 60)
        assert all(file in {"in-0", "in-1"} for file in world.api.read)
        release.set()
        with world.database.read() as connection:
            assert results.backlogs(connection)[ACCOUNT].pending == ends
        await eventually(lambda: len(world.observer.signs) == ends, seconds=700)
    world.clock.advance(NAME_WAIT)
    world.send_all()
    told = [job for message in world.heard for _, job, _ in message]
    assert len(told) == len(set(told)) == ends


async def test_a_claim_that_can_not_be_renewed_is_said_and_the_file_read_on(
    world: CollectingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.api.has()
    await world.end(ended())
    world.collector._queue.claim_for = timedelta(seconds=0.03)

    def broken(*_arguments: object, **_named: object) -> None:
        raise DatabaseError("locked")

    async def slow(claimed: ClaimedEnd, now: datetime) -> CountedJob:
        await eventually(lambda: "failed: locked" in world.observer.signs)
        return await world.reader.as_usual(claimed, now)

    monkeypatch.setattr(results, "renew", broken)
    world.reader.instead = slow
    await world.collect()
    assert world.known().state is ResultsState.COUNTED


async def test_a_database_that_fails_while_a_client_is_made_is_no_fault_of_the_files(
    world: CollectingWorld,
) -> None:
    world.api.has()
    await world.end(ended())

    async def no_client(_claimed: ClaimedEnd, _now: datetime) -> CountedJob:
        raise DatabaseError("locked")

    world.reader.instead = no_client
    with pytest.raises(DatabaseError):
        await world.collect()
    world.reader.instead = None
    world.clock.advance(CLAIM)
    with world.database.write() as connection:
        let_claims_age(connection, CLAIM)
    await world.collect()
    assert world.known().state is ResultsState.COUNTED
    assert world.api.read == ["in-1", "out-1"]


async def test_a_stop_does_not_wait_for_a_database_that_fails(
    world: CollectingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.api.has()
    await world.end(ended())

    def broken(*_arguments: object) -> bool:
        raise DatabaseError("disk is full")

    monkeypatch.setattr(results, "record", broken)
    with running(world) as task:
        await eventually(lambda: len(world.observer.signs) > 2)
        world.collector.stop()
        await asyncio.wait_for(task, TIMEOUT_SECONDS)
    assert world.known().state is ResultsState.WAITING


async def test_who_is_cut_off_is_cut_off(world: CollectingWorld) -> None:
    await world.end(ended())
    begun = asyncio.Event()

    async def hangs(_claimed: ClaimedEnd, _now: datetime) -> CountedJob:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    world.reader.instead = hangs
    task = asyncio.create_task(world.collector.run())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_is_stopped_before_it_reads_reads_nothing(
    world: CollectingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.api.has()
    await world.end(ended())
    monkeypatch.setattr(world.observer, "alive", world.collector.stop)
    assert await world.collect() is None
    assert world.api.read == []


@pytest.mark.sqlite
async def test_a_look_at_an_empty_queue_is_one_question(
    world: CollectingWorld, database: SqliteDatabase
) -> None:
    with watched_driver(database) as driver:
        assert await world.collect() is None
    assert [each.split()[0] for each in driver.calls] == ["BEGIN", "SELECT", "COMMIT"]
