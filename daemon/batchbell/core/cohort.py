"""Cohorts: jobs that stall together say something that none of them says alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from batchbell.core.event import EventKind
from batchbell.core.forecast.words import cohort_words
from batchbell.core.plain_text import one_line
from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event, Fact
    from batchbell.core.snapshot import JobRecord

    #: The facts of a cohort, for the message: see `core/wording/message.py`.
    _Cohort: TypeAlias = Mapping[str, Fact]

#: Fewer stalls in one decision are no cohort.
FEWEST = 2
#: Longest name of a model or account in the sentence, characters.
_NAME_LIMIT = 80


def with_cohorts(
    events: Sequence[Event], running: Iterable[JobRecord], *, provider: str, now: datetime
) -> tuple[Event, ...]:
    """Return a decision's events, its stalls with the facts `cohort...` if they are no coincidence.

    That is when several jobs stall in this decision and thereby all running jobs of the account,
    or of their model, have. `running` are the account's running jobs after the decision.
    `provider` is its name in the sentence.
    """
    stalled = {event.job_id for event in events if event.kind is EventKind.STALLED}
    if len(stalled) < FEWEST:
        return tuple(events)
    account = events[0].account
    watched = [job for job in running if not job.has_vanished]
    facts = _facts(account, watched, stalled, provider, now)
    return tuple(_with_facts(event, facts) for event in events)


def _with_facts(event: Event, facts: Mapping[str | None, _Cohort | None]) -> Event:
    if event.kind is not EventKind.STALLED or event.job is None:
        return event
    cohort = facts.get(event.job.model_id)
    return event if cohort is None else replace(event, facts={**event.facts, **cohort})


def _facts(
    account: str,
    running: Sequence[JobRecord],
    stalled: Collection[str],
    provider: str,
    now: datetime,
) -> Mapping[str | None, _Cohort | None]:
    """Return what to say of the stalled jobs of each model; the account's cohort is the wider."""
    by_model: dict[str | None, list[JobRecord]] = {}
    for record in running:
        by_model.setdefault(record.job.model_id, []).append(record)
    of_models: dict[str | None, _Cohort | None] = {
        model: _cohort(jobs, stalled, f"on {one_line(model, _NAME_LIMIT)}", provider, now)
        for model, jobs in by_model.items()
        if model
    }
    if len(of_models) == len(by_model) == 1:
        return of_models
    of_account = _cohort(running, stalled, f"of account {account}", provider, now)
    return of_models if of_account is None else dict.fromkeys(by_model, of_account)


def _cohort(
    jobs: Sequence[JobRecord], stalled: Collection[str], where: str, provider: str, now: datetime
) -> _Cohort | None:
    since = [record.stalled_since for record in jobs if record.stalled_since is not None]
    if len(since) < len(jobs) or sum(record.job.id in stalled for record in jobs) < FEWEST:
        return None
    latest = max(since)
    return {
        "cohort": cohort_words(len(jobs), where, latest, provider=provider, now=now),
        "cohort_jobs": len(jobs),
        "cohort_of": where,
        "cohort_since": rfc3339(latest),
    }
