"""Cohorts: jobs that stall together say something that none of them says alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind
from batchbell.core.facts import CohortFacts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from batchbell.core.event import Event
    from batchbell.core.snapshot import JobRecord

#: Fewer stalls in one decision are no cohort.
FEWEST = 2


def with_cohorts(
    events: Sequence[Event], running: Iterable[JobRecord], *, provider: str
) -> tuple[Event, ...]:
    """Return a decision's events, its stalls with their cohort if they are no coincidence.

    That is when several jobs stall in this decision and thereby all running jobs of the account,
    or of their model, have. `running` are the account's running jobs after the decision.
    `provider` is its name in the sentence.
    """
    stalled = {event.job_id for event in events if event.kind is EventKind.STALLED}
    if len(stalled) < FEWEST:
        return tuple(events)
    account = events[0].account
    watched = [job for job in running if not job.has_vanished]
    cohorts = _cohorts(account, watched, stalled, provider)
    return tuple(_with_cohort(event, cohorts) for event in events)


def _with_cohort(event: Event, cohorts: Mapping[str | None, CohortFacts | None]) -> Event:
    if event.kind is not EventKind.STALLED or event.job is None:
        return event
    cohort = cohorts.get(event.job.model_id)
    return replace(event, facts=replace(event.facts, cohort=cohort))


def _cohorts(
    account: str, running: Sequence[JobRecord], stalled: Collection[str], provider: str
) -> Mapping[str | None, CohortFacts | None]:
    """Return the cohort of the stalled jobs of each model; the account's is the wider."""
    by_model: dict[str | None, list[JobRecord]] = {}
    for record in running:
        by_model.setdefault(record.job.model_id, []).append(record)
    of_models: dict[str | None, CohortFacts | None] = {
        model: _cohort(jobs, stalled, provider, model=model)
        for model, jobs in by_model.items()
        if model
    }
    if len(of_models) == len(by_model) == 1:
        return of_models
    of_account = _cohort(running, stalled, provider, account=account)
    return of_models if of_account is None else dict.fromkeys(by_model, of_account)


def _cohort(
    jobs: Sequence[JobRecord],
    stalled: Collection[str],
    provider: str,
    *,
    model: str = "",
    account: str = "",
) -> CohortFacts | None:
    since = [record.stalled_since for record in jobs if record.stalled_since is not None]
    if len(since) < len(jobs) or sum(record.job.id in stalled for record in jobs) < FEWEST:
        return None
    return CohortFacts(
        jobs=len(jobs), since=max(since), model=model, account=account, provider=provider
    )
