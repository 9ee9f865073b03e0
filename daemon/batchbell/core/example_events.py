"""A believable event of every kind: for previews, tests of channels, and checks of templates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from batchbell.core.event import Event, EventKind
from batchbell.core.facts import (
    NO_FACTS,
    BaselineFacts,
    CauseFacts,
    DeadlineFacts,
    Facts,
    LostFacts,
    OutageFacts,
    OutlookFacts,
    ReminderFacts,
    ResultsFacts,
    StallFacts,
    UnseenFacts,
)
from batchbell.core.gap import Gap
from batchbell.core.job import BatchJob
from batchbell.core.provider import JobState
from batchbell.core.results.counts import Verdict

ACCOUNT = "default"
#: Obviously nobody's.
JOB_ID = "3f2a9c1e-7b4d-4f0a-9c55-0123456789ab"
#: Where the samples' key comes from.
KEY_PLACE = "accounts.default.api_key"
_HOUR = timedelta(hours=1)
_STATUS = {
    EventKind.CREATED: JobState.VALIDATING,
    EventKind.VALIDATING: JobState.VALIDATING,
    EventKind.CANCELING: JobState.CANCELING,
    EventKind.COMPLETED: JobState.COMPLETED,
    EventKind.COMPLETED_WITH_ERRORS: JobState.COMPLETED,
    EventKind.COMPLETED_EMPTY: JobState.COMPLETED,
    EventKind.FAILED: JobState.FAILED,
    EventKind.EXPIRED: JobState.EXPIRED,
    EventKind.CANCELLED: JobState.CANCELLED,
    EventKind.STATUS_UNKNOWN: "PAUSED",
    EventKind.RESULTS: JobState.COMPLETED,
    EventKind.INCOMPLETE: JobState.COMPLETED,
    EventKind.RESULTS_LOST: JobState.COMPLETED,
}
_PROGRESS = {
    EventKind.CREATED: 0.0,
    EventKind.VALIDATING: 0.0,
    EventKind.IN_PROGRESS: 0.0,
    EventKind.FAILED: 0.0,
    EventKind.COMPLETED: 1.0,
    EventKind.COMPLETED_WITH_ERRORS: 1.0,
    EventKind.COMPLETED_EMPTY: 1.0,
    EventKind.RESULTS: 1.0,
    EventKind.INCOMPLETE: 1.0,
    EventKind.RESULTS_LOST: 1.0,
}
#: Where nobody's API is. Source: RFC 2606, section 3.
EXAMPLE_HOST = "api.example.com"
_TIME_LEFT = timedelta(minutes=58)
_AGES = {
    EventKind.DEADLINE_APPROACHING: 24 * _HOUR - _TIME_LEFT,
    EventKind.AT_RISK: 24 * _HOUR - _TIME_LEFT,
    EventKind.DEADLINE_MISSED: 24 * _HOUR,
    EventKind.EXPIRED: 27 * _HOUR,
}
_RESULTS = {EventKind.RESULTS, EventKind.INCOMPLETE, EventKind.RESULTS_LOST}
_OUTPUT = {
    EventKind.COMPLETED,
    EventKind.COMPLETED_WITH_ERRORS,
    EventKind.EXPIRED,
    *_RESULTS,
}
_ERRORS = {EventKind.COMPLETED_WITH_ERRORS, EventKind.COMPLETED_EMPTY, EventKind.RESULTS}
_COMPLETED = {EventKind.COMPLETED, *_ERRORS, *_RESULTS}


def sample(kind: EventKind, now: datetime, *, host: str = EXAMPLE_HOST) -> Event:
    """Return an event of this kind that has just been seen; `host` is of the provider's API."""
    is_job = kind.startswith("batch.")
    event = Event(
        kind=kind,
        account="" if kind.startswith("channel.") else ACCOUNT,
        job_id=JOB_ID if is_job else "",
        qualifier="sample",
        happened_at=now - timedelta(seconds=20),
        seen_at=now,
        job=_job(kind, now) if is_job else None,
        facts=_facts(kind, now, host),
    )
    if kind is EventKind.EXPIRED:
        # News that came late says since when nobody looked.
        gap = Gap(since=now - 3 * _HOUR, until=now, reason="daemon down")
        facts = replace(event.facts, gap=gap)
        return replace(event, happened_at=gap.since, facts=facts)
    return event


def sample_digest(count: int, now: datetime) -> list[Event]:
    """Return events of several jobs, of the kinds a digest is mostly about."""
    kinds = (
        EventKind.FAILED,
        EventKind.COMPLETED,
        EventKind.COMPLETED_WITH_ERRORS,
        EventKind.STALLED,
        EventKind.EXPIRED,
    )
    return [_another(sample(kinds[n % len(kinds)], now), n) for n in range(count)]


def sample_counted(kind: EventKind, now: datetime) -> Event:
    """Return an end with the verdict on its results: all came back of a completed job only."""
    event = sample(kind, now)
    if kind is EventKind.COMPLETED:
        results = replace(_results(failed=0, missing=0), verdict=Verdict.COMPLETE)
    elif kind is EventKind.COMPLETED_WITH_ERRORS:
        results = _results(failed=40, missing=10)
    else:
        results = _results(failed=0, missing=317)
    return replace(event, facts=replace(event.facts, results=results))


def sample_reminder(now: datetime) -> Event:
    """Return a failure that is repeated."""
    event = sample(EventKind.FAILED, now - 4 * _HOUR)
    reminder = ReminderFacts(number=2, first_told=now - 4 * _HOUR)
    return replace(event, facts=replace(event.facts, reminder=reminder))


def _another(event: Event, number: int) -> Event:
    if event.job is None or not number:
        return event
    job_id = f"{event.job_id[:-4]}{number:04x}"
    name = event.input_file.replace(".jsonl", f"-{number:02}.jsonl")
    return replace(
        event,
        job_id=job_id,
        job=replace(event.job, id=job_id),
        facts=replace(event.facts, input_file=name),
    )


def _job(kind: EventKind, now: datetime) -> BatchJob:
    created = now - _AGES.get(kind, 5 * _HOUR)
    return BatchJob(
        id=JOB_ID,
        status=_STATUS.get(kind, JobState.IN_PROGRESS),
        progress=_PROGRESS.get(kind, 0.683),
        user_id="user_example",
        input_file_id="file-example-input",
        file_size_bytes=4_812_331,
        created_at=created,
        completed_at=now - timedelta(seconds=20) if kind in _COMPLETED else None,
        job_deadline=created + 24 * _HOUR,
        endpoint="/v1/chat/completions",
        model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        output_file_id="file-example-output" if kind in _OUTPUT else None,
        error_file_id="file-example-errors" if kind in _ERRORS else None,
        error="line 3: invalid JSON" if kind is EventKind.FAILED else None,
    )


def _facts(kind: EventKind, now: datetime, host: str) -> Facts:
    name = "nightly-eval.jsonl" if kind.startswith("batch.") else ""
    return replace(_of_kind(kind, now, host), input_file=name)


def _of_kind(kind: EventKind, now: datetime, host: str) -> Facts:  # noqa: C901, PLR0911, PLR0912 - one branch for each group
    match kind:
        case EventKind.DEADLINE_APPROACHING:
            return replace(_forecast(now), deadline=_close(now, step=_HOUR))
        case EventKind.AT_RISK:
            # Receivers of the event document must bear a null: its schema allows it.
            return replace(_forecast(now), deadline=_close(now), others={"step": None})
        case EventKind.PROGRESS:
            return Facts(threshold=50)
        case EventKind.STALLED:
            # Its job is due 19 hours later: it is waited for until it has stood still for four.
            at = now + 2 * _HOUR
            still = StallFacts(since=now - 2 * _HOUR, waits_until=at)
            return Facts(deadline=DeadlineFacts(next_ring=at), stall=still)
        case EventKind.RESUMED:
            return Facts(stall=StallFacts(since=now - 2 * _HOUR))
        case EventKind.VANISHED:
            return Facts(missed_polls=10)
        case EventKind.RESULTS:
            return Facts(results=_results(failed=40, missing=10))
        case EventKind.INCOMPLETE:
            return Facts(results=_results(failed=0, missing=50))
        case EventKind.RESULTS_LOST:
            reason = "the output file was not found (404) for 24h"
            return Facts(results=ResultsFacts(verdict=Verdict.UNKNOWN, reason=reason))
        case EventKind.ACCOUNT_WATCHING:
            return Facts(baseline=BaselineFacts(jobs=120, running=4, ended_untold=2))
        case EventKind.ACCOUNT_UNREACHABLE | EventKind.ACCOUNT_RECOVERED:
            error = f"{host} is unavailable (503)"
            outage = OutageFacts(error=error, since=now - _HOUR, failures=60)
            is_over = kind is EventKind.ACCOUNT_RECOVERED
            return Facts(outage=outage, unseen=None if is_over else _unseen(now, _HOUR))
        case EventKind.ACCOUNT_UNAUTHORIZED:
            error = f"{host} refused the API key (401)"
            outage = OutageFacts(error=error, since=now, failures=1, key_place=KEY_PLACE)
            return Facts(outage=outage, unseen=_unseen(now, timedelta(minutes=1)))
        case EventKind.CHANNEL_FAILING | EventKind.CHANNEL_RECOVERED:
            outage = OutageFacts(error="HTTP 404 Not Found", since=now - _HOUR)
            if kind is EventKind.CHANNEL_FAILING:
                outage = replace(outage, given_up=True, waiting=3, told_nowhere_else=0)
            return Facts(channel="team", outage=outage)
        case EventKind.CHANNEL_MESSAGE_LOST:
            return Facts(
                channel="team",
                outage=OutageFacts(
                    error="HTTP 400 Bad Request", given_up=True, told_nowhere_else=0
                ),
                lost=LostFacts(
                    number=7,
                    jobs=(JOB_ID,),
                    names=("nightly-eval.jsonl",),
                    kinds=(EventKind.FAILED.value,),
                    helps="Repair line 3 of nightly-eval.jsonl and submit it again.",
                    told_by=("mail",),
                    took_others_at=now - timedelta(minutes=3),
                ),
            )
        case _:
            return NO_FACTS


def _results(*, failed: int, missing: int) -> ResultsFacts:
    limited = CauseFacts(count=32, code="rate_limit_exceeded", message="Too many requests")
    too_long = CauseFacts(count=8, code="context_length_exceeded", message="Input is too long")
    return ResultsFacts(
        verdict=Verdict.PARTIAL,
        requests=1_000,
        succeeded=1_000 - failed - missing,
        failed=failed,
        missing=missing,
        truncated=5,
        prompt_tokens=412_000,
        completion_tokens=188_000,
        total_tokens=600_000,
        cost="0.53",
        causes=(too_long, limited) if failed else (),
        causes_to_repair=1 if failed else None,
        resend_helps=limited.count if failed else None,
        need_repair=too_long.count if failed else None,
    )


def _unseen(now: datetime, since: timedelta) -> UnseenFacts:
    return UnseenFacts(
        jobs=7,
        since=now - since,
        next_deadline=now + _TIME_LEFT,
        next_job=JOB_ID,
        next_file_id="file-1",
        next_file="nightly-eval.jsonl",
    )


def _close(now: datetime, step: timedelta | None = None) -> DeadlineFacts:
    return DeadlineFacts(
        step=step,
        next_ring=now + _TIME_LEFT - timedelta(minutes=15),
        time_left=_TIME_LEFT,
        poll_age=timedelta(seconds=12),
    )


def _forecast(now: datetime) -> Facts:
    finish = now + 2 * _HOUR
    return Facts(
        outlook=OutlookFacts(
            finish=finish, earliest=finish - _HOUR / 2, latest=finish + _HOUR, rate=0.16
        )
    )
