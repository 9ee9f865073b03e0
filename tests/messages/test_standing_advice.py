"""What helps with a job as it stands: its end, its oddity, its deadline, in this order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample
from batchbell.core.facts import DeadlineFacts, Facts
from batchbell.core.forecast.beginning import begun_by
from batchbell.core.forecast.patience import outpaced_at, waits_until
from batchbell.core.job import BatchJob
from batchbell.core.outlook import Forecast, NoForecast, Obstacle
from batchbell.core.snapshot import JobRecord
from batchbell.messages.advice import helps_with
from batchbell.messages.deeds import Deed, deed_of
from batchbell.messages.prospect_decision import CANCELLING, Act
from batchbell.messages.standing_advice import act_on, helps_in_short, what_helps
from batchbell.providers.together.words import WORDS
from tests.fakes import START

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.core.event import Event

HOUR = timedelta(hours=1)
JOB = BatchJob(id="job-1", status="IN_PROGRESS", progress=0.5, job_deadline=START + 3 * HOUR)
RECORD = JobRecord(
    job=JOB, first_seen_at=START, last_seen_at=START, status_since=START, progress_since=START
)
UNSURE = NoForecast(obstacle=Obstacle.TOO_FEW_SAMPLES)
WARNED = replace(sample(EventKind.DEADLINE_APPROACHING, START), facts=Facts())
KEPT = "What is done is kept and billed."
SOONER = "What is done is kept and billed either way; the rest starts now, not once it expires."
IF_NOT = f"If the job has not moved, cancel it and submit the rest. {KEPT}"
AGAIN = "Look again at 14:00 UTC (in 2h):"
IF_NOT_BY_THEN = f"If the job has not moved by then, cancel it and submit the rest. {KEPT}"
IF_IT_EXPIRES = "If it expires, what is done is kept and billed; submit the rest then."
MAY_EXPIRE_NOW = f"and may expire at any time. {KEPT}"
WILL_EXPIRE = f"Cancel it now and submit the rest: it will probably expire unfinished. {SOONER}"
LATE_BY_HOURS = (
    "Cancel it now and submit the rest: it needs about 2h more than it has, and will probably "
    f"expire unfinished. {SOONER}"
)
LET_IT_RUN = (
    "Let it run: it will be about {late} late, and deadlines are best effort. If it expires, what "
    "is done is kept and billed; submit the rest then."
)
ITS_END = ("Wait: all but its end is done.", False)
IN_TIME = "Nothing to do now: it should be done in time."
MAY_EXPIRE = (
    "Let it run: it may still be done in time. If not, what is done by then is kept and billed; "
    "submit the rest afterwards."
)


def forecast(finish: timedelta, latest: timedelta | None = None) -> Forecast:
    return Forecast(
        finish=START + finish,
        earliest=START,
        latest=START + (latest or finish),
        rate=0.1,
        made_at=START,
        known_for=HOUR,
    )


def due_in(left: timedelta) -> JobRecord:
    return replace(RECORD, job=replace(JOB, job_deadline=START + left))


def stalled_for(length: timedelta, record: JobRecord = RECORD) -> JobRecord:
    return replace(still_for(length, record), stalled_since=START - length)


def still_for(length: timedelta, record: JobRecord = RECORD) -> JobRecord:
    since = START - length
    return replace(record, status_since=since, progress_since=since, flat_for=length)


class Answer(NamedTuple):
    text: str
    cancels: bool


def helps(
    record: JobRecord, outlook: Forecast | NoForecast | None, told: Sequence[Event] = ()
) -> Answer:
    found = what_helps(record, outlook, told, WORDS, START)
    return Answer(found.text, cancels=found.act in CANCELLING)


def late_by(length: timedelta) -> Forecast:
    return replace(forecast(3 * HOUR + length), earliest=START + 3 * HOUR + length / 2)


def test_what_will_be_late_by_hours_is_cancelled() -> None:
    for told in ([], [WARNED]):
        assert helps(RECORD, late_by(2 * HOUR), told) == (LATE_BY_HOURS, True)


def test_what_surely_misses_its_deadline_is_not_said_to_expire_only_probably() -> None:
    surely = replace(late_by(2 * HOUR), earliest=START + 4 * HOUR + HOUR / 2)
    text, cancels = helps(RECORD, surely)
    assert text == (
        f"Cancel it now and submit the rest: it needs about 2h more than it has. {SOONER}"
    )
    assert cancels


@pytest.mark.parametrize(
    ("late", "parts"),
    [(21, ""), (22, "2 parts"), (46, "3 parts"), (400, "smaller parts")],
)
def test_a_rest_that_is_more_than_a_new_job_can_do_is_submitted_in_parts(
    late: int, parts: str
) -> None:
    text, _ = helps(RECORD, late_by(late * HOUR))
    said = f"At this pace the rest needs more than the 24h of a new job: submit it in {parts}. "
    assert text.endswith(f"{said if parts else ''}{SOONER}")
    assert ("submit it in" in text) == bool(parts)


def test_what_is_late_by_little_or_nearly_done_is_let_run() -> None:
    assert helps(RECORD, late_by(HOUR / 2)) == (LET_IT_RUN.format(late="30m"), False)
    nearly = replace(RECORD, job=replace(JOB, progress=0.951))
    assert helps(nearly, late_by(2 * HOUR)) == (LET_IT_RUN.format(late="2h"), False)


def test_what_only_has_to_end_is_waited_for() -> None:
    def done(record: JobRecord, progress: float) -> JobRecord:
        return replace(record, job=replace(record.job, progress=progress))

    for record in (still_for(HOUR, due_in(HOUR)), still_for(HOUR, due_in(-HOUR))):
        assert helps(done(record, 0.995), UNSURE) == ITS_END
        assert helps(done(record, 0.994), UNSURE).cancels
    assert helps(done(RECORD, 0.995), late_by(2 * HOUR)) == ITS_END
    assert helps(done(due_in(-HOUR), 0.995), UNSURE).text.startswith("Let it run: deadlines are")


def test_what_may_still_be_in_time_is_waited_for() -> None:
    text, cancels = helps(RECORD, forecast(4 * HOUR))
    assert text.startswith("Let it run: it may still be done in time. If not, what is done by then")
    assert not cancels


def test_a_job_at_risk_will_probably_expire_whatever_was_told_last() -> None:
    assert helps(replace(RECORD, at_risk=True), UNSURE, [WARNED]) == (WILL_EXPIRE, True)


def test_a_job_at_risk_says_why_it_will_probably_expire() -> None:
    unfinished = "Cancel it now and submit the rest: it will probably expire unfinished, as it"
    at_risk = replace(still_for(HOUR, due_in(5 * HOUR)), at_risk=True)
    stands = helps(at_risk, UNSURE, [WARNED])
    assert stands == (f"{unfinished} has not moved for 1h. {SOONER}", True)
    behind = replace(made_since(4 * HOUR, 3 * HOUR, 0.5), at_risk=True)
    needs = "needs 17\u00a0%/h and made 12\u00a0%/h on average"
    assert helps(behind, UNSURE, [WARNED]) == (f"{unfinished} {needs}. {SOONER}", True)


@pytest.mark.parametrize(
    ("record", "begins"),
    [
        (stalled_for(4 * HOUR), "Cancel it now and submit the rest: it stands still, so waiting"),
        (
            stalled_for(4 * HOUR, due_in(20 * HOUR)),
            "Cancel it now and submit the rest: no progress for 4h.",
        ),
        (still_for(HOUR, due_in(HOUR)), "Cancel it now and submit the rest: it stands still"),
        (still_for(HOUR, due_in(-HOUR)), "Cancel it now and submit the rest: no progress for 1h,"),
    ],
)
def test_what_stands_badly_can_be_cancelled(record: JobRecord, begins: str) -> None:
    text, cancels = helps(record, UNSURE)
    assert text.startswith(begins)
    assert cancels


def test_with_time_to_spare_nothing_is_to_do_once_a_deadline_is_spoken_of() -> None:
    assert helps(RECORD, forecast(HOUR), [WARNED]) == (IN_TIME, False)
    assert helps(due_in(HOUR), forecast(HOUR / 2)) == (IN_TIME, False)
    assert helps(RECORD, forecast(HOUR)) == ("", False)
    just = helps(RECORD, forecast(HOUR, latest=4 * HOUR), [WARNED])
    assert just.text.startswith(
        "Nothing to do now: it should just be done in time, but may be about 1h late. If not, "
    )


def test_without_a_sure_forecast_it_may_expire() -> None:
    for outlook in (UNSURE, None):
        assert helps(RECORD, outlook, [WARNED]) == (MAY_EXPIRE, False)
        assert helps(RECORD, outlook) == ("", False)
    unseen = replace(RECORD, job=replace(JOB, progress=None))
    assert helps(unseen, UNSURE, [WARNED]) == (MAY_EXPIRE, False)


def made_since(length: timedelta, left: timedelta, progress: float) -> JobRecord:
    """Return a job that was created so long ago, and first seen just now."""
    job = replace(JOB, progress=progress, created_at=START - length, job_deadline=START + left)
    return replace(RECORD, job=job)


def test_what_needs_a_pace_that_is_not_to_be_expected_is_cancelled() -> None:
    unfinished = "Cancel it now and submit the rest: it will probably expire unfinished, as"
    probably = f"{unfinished} it needs"
    # Nothing is known of its pace, and it would have to do the rest in minutes.
    minutes = replace(RECORD, job=replace(JOB, progress=0.11, job_deadline=START + HOUR / 4))
    assert helps(minutes, UNSURE) == (f"{unfinished} 89.0% are left to do in 15m. {SOONER}", True)
    twice = f"{probably} 25\u00a0%/h and made 12\u00a0%/h on average. {SOONER}"
    assert helps(made_since(4 * HOUR, 2 * HOUR, 0.5), UNSURE, [WARNED]) == (twice, True)
    assert helps(made_since(3 * HOUR, 2 * HOUR, 0.5), UNSURE, [WARNED]) == (MAY_EXPIRE, False)
    nearly = f"Let it run: 96.0% is done. {IF_IT_EXPIRES}"
    assert helps(made_since(24 * HOUR, HOUR / 4, 0.96), UNSURE) == (nearly, False)
    # Where nothing presses nobody has to decide yet.
    assert helps(made_since(4 * HOUR, 2 * HOUR, 0.5), UNSURE) == ("", False)


def test_what_has_not_begun_is_submitted_again_when_it_is_about_to_expire() -> None:
    new = replace(RECORD, job=replace(JOB, progress=0.0, job_deadline=START + HOUR / 4))
    assert helps(new, UNSURE).text == (
        "Cancel it now and submit it again: it will probably expire unfinished, as all of it "
        "is left to do in 15m. Nothing is done so far."
    )
    later = replace(new, job=replace(new.job, job_deadline=START + 3 * HOUR))
    assert helps(later, UNSURE, [WARNED]).text == (
        "Let it run: it may still be done in time. Nothing is done so far."
    )
    over = replace(new, job=replace(new.job, job_deadline=START - HOUR))
    assert helps(over, UNSURE) == (
        "Cancel it now and submit it again: nothing of it is done, and it may expire at any time.",
        True,
    )


@pytest.mark.parametrize(
    ("still", "left", "until"),
    [
        # Four hours of standing still are enough, asked for after two or three of them.
        (2, 20, "14:00 UTC (in 2h)"),
        (3, 19, "13:00 UTC (in 1h)"),
        # So is as long as will be left then.
        (1, 3, "13:00 UTC (in 1h)"),
        (1.5, 2.5, "12:30 UTC (in 30m)"),
    ],
)
def test_what_stands_still_is_given_time_until_a_moment_that_stays(
    still: float, left: float, until: str
) -> None:
    record = stalled_for(still * HOUR, due_in(left * HOUR))
    text, cancels = helps(record, UNSURE)
    assert text == f"Look again at {until}. {IF_NOT}"
    assert cancels


@pytest.mark.parametrize(
    ("step", "says", "act", "in_short"),
    [
        # Before patience ends, soon after it, and when it ends.
        (
            7,
            "Wait: the bell rings again at 13:30 UTC (in 1h 30m), 7h before its deadline.",
            Act.WAIT,
            "rings",
        ),
        (
            3,
            "Wait: the bell rings again at 17:30 UTC (in 5h 30m), 3h before its deadline. "
            + IF_NOT_BY_THEN,
            Act.CANCEL_LATER,
            "rings",
        ),
        (
            6.5,
            f"Wait: the bell rings again at 14:00 UTC (in 2h). {IF_NOT_BY_THEN}",
            Act.CANCEL_LATER,
            "again",
        ),
        # Too long after it, and at the deadline.
        (
            2,
            f"{AGAIN} no bell rings then, the next for its deadline is at 18:30 UTC. {IF_NOT}",
            Act.CANCEL_LATER,
            "again",
        ),
        (
            0,
            f"{AGAIN} no bell rings for its deadline before that is over. {IF_NOT}",
            Act.CANCEL_LATER,
            "again",
        ),
    ],
)
def test_what_stands_still_is_waited_for_until_the_bell_rings_if_it_does(
    step: float, says: str, act: Act, in_short: str
) -> None:
    record = stalled_for(2 * HOUR, due_in(8.5 * HOUR))
    since = record.stalled_since
    assert since is not None
    at = START + (8.5 - step) * HOUR
    record = replace(record, waited_until=waits_until(record.job, since, at))
    facts = Facts(deadline=DeadlineFacts(next_ring=at))
    stalled = replace(sample(EventKind.STALLED, START - HOUR), facts=facts, job=record.job)
    assert helps(record, UNSURE, [stalled]) == (says, act is Act.CANCEL_LATER)
    assert act_on(record, UNSURE, START) is act
    begins = {"rings": "Wait until it rings at ", "again": "Look again at "}[in_short]
    assert helps_in_short(record, UNSURE, None, WORDS, START).startswith(begins)


def outpaced_before(ring: datetime) -> JobRecord:
    """Return a job that stands still for two hours, and has to move within four."""
    record = due_in(8.5 * HOUR)
    job = replace(record.job, progress=0.8, created_at=START - 14 * HOUR)
    record = stalled_for(2 * HOUR, replace(record, job=job, first_seen_at=START - 2 * HOUR))
    since = record.stalled_since
    assert since is not None
    outpaced = outpaced_at(record.job, since, begun_by(record))
    return replace(record, waited_until=waits_until(record.job, since, ring, outpaced))


def test_where_its_pace_ends_the_waiting_before_the_bell_rings_both_are_said() -> None:
    at = START + 5.5 * HOUR
    record = outpaced_before(at)
    deadline = record.job.job_deadline
    facts = Facts(deadline=DeadlineFacts(next_ring=at))
    told = replace(
        sample(EventKind.DEADLINE_APPROACHING, START - HOUR), facts=facts, job=record.job
    )
    assert helps(record, UNSURE, [told]).text == (
        "Look again at 16:00 UTC (in 4h): no bell rings before 17:30 UTC, which is too late. If it "
        "has not moved by then, it can't make its deadline at its average pace: cancel it and "
        f"submit the rest. {KEPT}"
    )
    in_short = helps_in_short(record, UNSURE, None, WORDS, START)
    assert in_short == "Look again at 16:00 UTC (in 4h)"
    assert act_on(record, UNSURE, START) is Act.CANCEL_LATER
    assert deed_of(record, UNSURE, None, WORDS, START) is Deed.LOOK_AGAIN
    at_the_deadline = replace(told, facts=Facts(deadline=DeadlineFacts(next_ring=deadline)))
    assert "(in 4h): no bell rings before its deadline is over. If" in (
        helps(record, UNSURE, [at_the_deadline]).text
    )
    assert "(in 4h). If it has not moved by" in helps(record, UNSURE).text


def test_a_job_that_stood_still_for_longer_than_there_is_left_to_wait_is_cancelled() -> None:
    record = outpaced_before(START + 5.5 * HOUR)
    for more, deed in ((0.9, Deed.LOOK_AGAIN), (1.1, Deed.CANCEL_NOW)):
        assert deed_of(record, UNSURE, None, WORDS, START + more * HOUR) is deed
    late = what_helps(record, UNSURE, [], WORDS, START + 1.5 * HOUR)
    assert late.text == (
        "Cancel it now and submit the rest: no progress for 3h 30m, and from 16:00 UTC (in 2h 30m) "
        f"on its average pace is too slow for its deadline. {KEPT}"
    )


def test_who_waits_for_the_bell_waits_until_that_whatever_pace_would_be_needed_by_then() -> None:
    record = stalled_for(4 * HOUR, due_in(HOUR))
    waits = replace(record, waited_until=START + HOUR / 4)
    assert act_on(record, UNSURE, START) is Act.CANCEL_NOW
    assert act_on(waits, UNSURE, START) is Act.CANCEL_LATER
    # It has rung, and what that told is not read yet.
    assert act_on(replace(waits, waited_until=START), UNSURE, START) is Act.CANCEL_NOW


def test_what_may_be_in_time_is_let_run_until_the_bell_rings_again() -> None:
    record = due_in(5 * HOUR)
    deadline = record.job.job_deadline
    assert deadline is not None
    told = replace(
        sample(EventKind.DEADLINE_APPROACHING, START),
        facts=Facts(deadline=DeadlineFacts(next_ring=deadline - HOUR)),
        job=record.job,
    )
    # Of another deadline nobody knows when its bell rings.
    moved = replace(told, job=replace(record.job, job_deadline=deadline + HOUR))
    assert "rings" not in helps(record, UNSURE, [moved]).text
    for outlook, why in (
        (UNSURE, "it is too early to say when it will be done, but 5h to go"),
        (forecast(5.5 * HOUR), "it may still be done in time"),
        (
            forecast(4.5 * HOUR, 6 * HOUR),
            "it should just be done in time, but may be about 1h late",
        ),
    ):
        rings = "The bell rings again at 16:00 UTC (in 4h), 1h before its deadline."
        assert helps(record, outlook, [told]) == (f"Let it run: {why}. {rings}", False)
    # It has rung, or rings once the deadline is over.
    for at in (START, deadline):
        last = replace(told, facts=Facts(deadline=DeadlineFacts(next_ring=at)))
        text = "Let it run: it may still be done in time. If not, what is done by then is kept"
        assert helps(record, UNSURE, [told, last]).text.startswith(text)


def test_what_is_being_cancelled_is_not_to_be_cancelled() -> None:
    job = replace(JOB, status="CANCELING", job_deadline=START - HOUR)
    waits = (f"Wait: it is being cancelled. {KEPT}", False)
    assert helps(replace(RECORD, job=job), UNSURE) == waits
    assert helps(stalled_for(2 * HOUR, replace(RECORD, job=job)), UNSURE) == waits


def test_past_its_deadline_what_moves_is_let_run_unless_it_needs_hours() -> None:
    over = due_in(-2 * HOUR)
    runs_on = "Let it run: deadlines are best effort, and a bad end rings."
    assert helps(over, UNSURE) == (f"{runs_on} {IF_IT_EXPIRES}", False)
    needs_hours = f"Cancel it now and submit the rest: it will be about 5h late, {MAY_EXPIRE_NOW}"
    assert helps(over, forecast(3 * HOUR)) == (needs_hours, True)
    assert not helps(due_in(-HOUR / 4), forecast(HOUR / 2)).cancels


def test_without_a_deadline_the_last_event_asks() -> None:
    free = replace(RECORD, job=replace(JOB, job_deadline=None))
    assert helps(free, forecast(HOUR)) == ("", False)
    stalled = sample(EventKind.STALLED, START)
    assert helps(free, UNSURE, [stalled]).text.startswith("Wait: the bell rings again at ")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"missed_polls": 10, "announced": frozenset({"vanished"})}, EventKind.VANISHED),
        ({"job": replace(JOB, status="PAUSED")}, EventKind.STATUS_UNKNOWN),
    ],
)
def test_what_is_odd_asks_for_what_its_event_asks_for(
    changes: dict[str, Any], kind: EventKind
) -> None:
    record = replace(RECORD, at_risk=True, **changes)
    assert helps(record, UNSURE) == (helps_with(kind, WORDS), False)


def test_an_end_asks_by_its_own_event() -> None:
    ended = replace(RECORD, at_risk=True, job=replace(JOB, status="COMPLETED", output_file_id="o"))
    done = sample(EventKind.COMPLETED, START)
    assert helps(ended, None, [WARNED, done]) == ("Fetch its output.", False)


@pytest.mark.parametrize("due", [-HOUR, HOUR / 4, 5 * HOUR])
@pytest.mark.parametrize("progress", [0.0, 0.43, 0.97])
@pytest.mark.parametrize("still", [0, 0.5, 9])
@pytest.mark.parametrize(
    "outlook", [UNSURE, forecast(HOUR / 8), forecast(HOUR), forecast(9 * HOUR)]
)
def test_in_short_it_is_the_same_decision(
    due: timedelta, progress: float, still: float, outlook: Forecast | NoForecast
) -> None:
    record = still_for(still * HOUR, due_in(due))
    record = replace(record, job=replace(record.job, progress=progress))
    text, cancels = helps(record, outlook)
    act = act_on(record, outlook, START)
    assert (act is None) == (text == "")
    assert (act in {Act.CANCEL_NOW, Act.CANCEL_LATER}) == cancels
    assert (act is Act.CANCEL_NOW) == text.startswith("Cancel it now")
    in_short = helps_in_short(record, outlook, None, WORDS, START)
    if act is Act.CANCEL_LATER:
        # Until when is what its long form begins with.
        assert text.startswith(f"{in_short}. ")
        return
    said = {None: "", Act.CANCEL_NOW: "Cancel it now", Act.LET_RUN: "Let it run"}
    assert in_short == said[act]


@pytest.mark.parametrize(
    ("changes", "outlook"),
    [
        ({"status": "CANCELING"}, UNSURE),
        ({"job_deadline": None}, UNSURE),
        ({"job_deadline": START + 9 * HOUR}, forecast(HOUR)),
    ],
)
def test_where_nothing_is_to_be_decided_nothing_is_said_in_short(
    changes: dict[str, Any], outlook: Forecast | NoForecast
) -> None:
    record = replace(RECORD, job=replace(JOB, **changes))
    assert helps_in_short(record, outlook, None, WORDS, START) == ""


def test_of_an_end_it_is_said_in_short() -> None:
    failed = replace(JOB, status="FAILED", error="line 3: invalid JSON")
    in_short = helps_in_short(replace(RECORD, job=failed), None, None, WORDS, START)
    assert in_short == "Repair line 3, submit again"


def test_what_is_odd_is_said_in_short() -> None:
    odd = replace(RECORD, job=replace(JOB, status="NEW_WORD"))
    in_short = helps_in_short(odd, UNSURE, None, WORDS, START)
    assert in_short == "Look up its status"
