"""Announce results: write the verdict into the end it is about, and tell those who know only that.

In the transaction that records what came of a job's files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.announcement import plan_worse
from batchbell.core.awaiting import end_of, freed, with_results
from batchbell.core.event import VERDICT_KINDS
from batchbell.core.file_names import NAME_WAIT
from batchbell.core.reminders import to_repeat
from batchbell.core.routing import Route
from batchbell.core.verdict_news import VERDICTS_WITHIN, news_due_at, plan_news, verdict_news
from batchbell.store import acks, files, mutes, notifications, reminders
from batchbell.store import events as event_log
from batchbell.usecases.announce import as_they_are, queue_digest, release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from batchbell.core.event import Event
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.routing import Filter
    from batchbell.store.database import Transaction
    from batchbell.store.events import StoredEvent


def announce_results(
    transaction: Transaction,
    results: JobResults,
    filters: Sequence[Filter],
    now: datetime,
    *,
    within: timedelta = VERDICTS_WITHIN,
) -> list[Event]:
    """Announce what is known of an end's results for good; return the events that are new.

    The end is rewritten with it, so that every message about it that is still to be written says
    it; such a message may go now, and channels for which the end was not bad enough are told if it
    is by now. The others are told by events of their own, each once a job and status. Results of a
    later file replace what these say and tell nobody again, but by an event of a kind that was not
    told yet. What comes within the same span of the clock is told in one message; `within` is how
    long that is. Nothing is done for an end that the log does not have.
    """
    log = event_log.of_job(transaction, results.account, results.job_id)
    stored = _end(log, results.status)
    if stored is None:
        return []
    filters = as_they_are(transaction, filters)
    end = Route(event=with_results(stored.event, results), not_told=stored.not_told)
    _rewrite_end(transaction, stored.id, end, filters, now, within)
    news = verdict_news(end.event, results, now)
    recorded = {each.event.key: each for each in log}
    for event in news:
        if event.key in recorded:
            _rewrite(transaction, recorded[event.key], event)
    told = notifications.messages_about(transaction, stored.id)
    muted = mutes.load(transaction, now)
    decided = plan_news(news, filters, told=told, known=set(recorded), mutes=muted, now=now)
    ids = event_log.record(transaction, decided.routes)
    for digest in decided.digests:
        due = news_due_at(told.get(digest.channel), now, within)
        queue_digest(transaction, digest, ids, now=now, due_at=due)
    failed, repeated = to_repeat(decided.routes, filters)
    acks.forget(transaction, failed)
    reminders.watch(transaction, [(ids[key], channel) for key, channel in repeated])
    return [each.event for each in decided.routes]


def release_end(
    transaction: Transaction, known: JobResults, now: datetime, *, tried_until: datetime | None
) -> None:
    """Let messages about an end no longer wait for the verdict on what is `known` of its results.

    Its files are asked for again until `tried_until`, None if they are not. A message goes once all
    ends in it are free.
    """
    stored = _end(event_log.of_job(transaction, known.account, known.job_id), known.status)
    if stored is not None and stored.event.facts.results.is_awaited:
        reason = "" if tried_until is None else known.reason
        free = freed(stored.event, tried_until=tried_until, reason=reason)
        if free == stored.event:
            return
        _rewrite(transaction, stored, free)
        _release(transaction, stored.id, now)


def _end(log: Sequence[StoredEvent], status: str) -> StoredEvent | None:
    end = end_of((each.event for each in log), status)
    return next((each for each in log if each.event is end), None)


def _rewrite_end(
    transaction: Transaction,
    event_id: int,
    end: Route,
    filters: Sequence[Filter],
    now: datetime,
    within: timedelta,
) -> None:
    """Write the verdict into an end, let messages about it go, tell whom it is bad enough for."""
    decided = plan_worse(end, filters, mutes=mutes.load(transaction, now), now=now)
    event_log.rewrite(transaction, event_id, *decided.routes)
    _release(transaction, event_id, now)
    for digest in decided.digests:
        due = news_due_at(None, now, within)
        queue_digest(transaction, digest, {end.event.key: event_id}, now=now, due_at=due)


def _rewrite(transaction: Transaction, stored: StoredEvent, event: Event) -> None:
    route = Route(event=event, not_told=stored.not_told)
    event_log.rewrite(transaction, stored.id, route)


def _release(transaction: Transaction, event_id: int, now: datetime) -> None:
    """Let messages about an end go; not before a name that is being asked for may be there.

    News of verdicts that were to go with such a message go too.
    """

    def named_by(told: Sequence[Event]) -> datetime:
        unnamed = [
            ((event.account, event.job.input_file_id), event.seen_at + NAME_WAIT)
            for event in told
            if event.job is not None and not event.input_file
        ]
        noted = files.known(transaction, (file for file, _ in unnamed)).items()
        asked_for = {file for file, known in noted if not known.tries}
        return max([now, *(until for file, until in unnamed if file in asked_for)])

    free = release(transaction, [event_id], now, not_before=named_by)
    for channel, ends in free.items():
        release(transaction, _news_of(transaction, ends), now, channel=channel)


def _news_of(transaction: Transaction, ends: Sequence[Event]) -> list[int]:
    """Return the numbers of the events that tell the verdicts on these ends."""
    wanted = {(end.account, end.job_id, end.qualifier) for end in ends}
    jobs = ((end.account, end.job_id) for end in ends)
    return [
        number
        for (account, job_id, _, qualifier), number in event_log.ids_of(
            transaction, jobs, VERDICT_KINDS
        ).items()
        if (account, job_id, qualifier) in wanted
    ]
