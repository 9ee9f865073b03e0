"""Which jobs a channel was told of before that are still to be cancelled."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, or_

from batchbell.core.event import ABOUT_PROSPECTS
from batchbell.messages.deeds import Deed
from batchbell.messages.still_to_cancel import NOTHING, StillToCancel, ToldBefore
from batchbell.messages.subject import job_name
from batchbell.store.job_conditions import RUNNING
from batchbell.store.job_rows import job_rows, read_jobs
from batchbell.store.tables import accounts, batch_jobs, events, notification_events, notifications
from batchbell.store.types import Instant
from batchbell.store.views.asked import asked_of
from batchbell.store.views.status import seen_jobs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Select

    from batchbell.core.provider import ProviderWords
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs

#: So many are judged at most, those with the nearest deadlines ahead: each takes a forecast.
_JUDGED = 100


def told_before(
    connection: Connection,
    channel: str,
    provider: ProviderWords,
    now: datetime,
    *,
    besides: Collection[tuple[str, str]],
) -> StillToCancel:
    """Return those that a channel's sent messages warn of, also those whose deadline is over.

    They come by their deadlines. `besides` are left out, as are muted jobs, and those of accounts
    that were not polled well lately: who knows whether they still run.
    """
    most = _JUDGED + len(besides) + 1
    known = {"channel": channel, "now": now, "most": most}
    warned = read_jobs(connection, _warned_of(), known)
    found = [item for item in warned if item.key not in besides]
    if not found:
        return NOTHING
    seen = seen_jobs(connection, found[:_JUDGED], now)
    by_deadline = sorted(_to_cancel(seen, provider), key=lambda each: each.due)
    return StillToCancel(tuple(by_deadline), may_be_more=len(found) > _JUDGED)


def _to_cancel(seen: SeenJobs, provider: ProviderWords) -> Iterator[ToldBefore]:
    asked = asked_of(seen, (), provider)
    for item in seen.jobs:
        due, is_muted = item.record.job.job_deadline, seen.muted_until(item) is not None
        if due is not None and not is_muted and asked.get(item.key) is Deed.CANCEL_NOW:
            yield ToldBefore(_name(item, seen), due, item.record.job.id, item.account)


def _name(item: AccountJob, seen: SeenJobs) -> str:
    job = item.record.job
    return job_name(seen.input_file(item), job.model_id or "", job.id)


@cache
def _warned_of() -> Select[Any]:
    """Return the query: what runs is found by an index, and of that what bears a warning's mark.

    Of each of those its own few events say whether the channel has one of them.
    """
    told = exists().where(
        events.c.account == batch_jobs.c.account,
        events.c.job == batch_jobs.c.id,
        events.c.kind.in_(sorted(ABOUT_PROSPECTS)),
        notification_events.c.event_id == events.c.id,
        notification_events.c.channel == bindparam("channel"),
        notifications.c.id == notification_events.c.notification_id,
        notifications.c.state == "sent",
    )
    marked = or_(
        batch_jobs.c.told_risk,
        batch_jobs.c.told_step.is_not(None),
        batch_jobs.c.stalled_since.is_not(None),
    )
    is_watched = exists().where(
        accounts.c.name == batch_jobs.c.account,
        accounts.c.blind_after >= bindparam("now", type_=Instant),
    )
    has_deadline = batch_jobs.c.job_deadline.is_not(None)
    query = job_rows().where(RUNNING, has_deadline, marked, is_watched, told)
    # Of what is over its deadline little is still to be cancelled: it takes no other's place.
    is_over = batch_jobs.c.job_deadline <= bindparam("now", type_=Instant)
    by_deadline = (batch_jobs.c.job_deadline, batch_jobs.c.account, batch_jobs.c.id)
    return query.order_by(is_over, *by_deadline).limit(bindparam("most"))
