"""A job's past: its events, and their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS
from batchbell.core.mute import muted_until
from batchbell.core.standing.jobs import is_open_failure
from batchbell.messages.deeds import is_news
from batchbell.store import acks, channels, events, files, mutes, results
from batchbell.store.samples import latest_samples
from batchbell.store.views import event_deliveries
from batchbell.store.views.forecasts import outlooks
from batchbell.store.views.old_news import old_news
from batchbell.store.views.troubles import troubles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.mute import Mute
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.results.collecting import Collection
    from batchbell.core.results.job_results import JobResults
    from batchbell.store.events import StoredEvent
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.deliveries import Attempt, Delivery
    from batchbell.store.views.troubles import ChannelTrouble


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHistory:
    """A job, its events and their deliveries, as of one moment."""

    #: On the API's clock.
    now: datetime
    item: AccountJob
    #: Oldest first.
    events: Sequence[StoredEvent]
    #: By event id.
    deliveries: Mapping[int, Sequence[Delivery]]
    #: What repeats them, by event id, oldest first.
    reminders: Mapping[int, Sequence[Delivery]]
    #: By notification id, oldest first.
    attempts: Mapping[int, Sequence[Attempt]]
    #: The name of its input file; '' while it is not known.
    input_file: str
    #: How the configured channels do, by name.
    channels: Mapping[str, ChannelHealth]
    #: The channels that need a look, by name.
    troubles: Mapping[str, ChannelTrouble]
    #: The numbers of the deliveries that tell only what is over.
    old_news: AbstractSet[int]
    #: When its latest failure was acknowledged; None if it was not.
    acknowledged_at: datetime | None
    #: None if it is not muted.
    muted_until: datetime | None
    #: What mutes it.
    mutes: Sequence[Mute]
    #: When it will be done; None if it does not run.
    outlook: Forecast | NoForecast | None
    #: Its progress over time, a fraction 0 to 1, oldest first.
    samples: Sequence[tuple[datetime, float]]
    #: How what came back of it is found out; None if nobody counts that.
    collection: Collection | None

    @property
    def results(self) -> JobResults | None:
        """What came back of it; None if nobody counts that."""
        return None if self.collection is None else self.collection.results

    @property
    def asks_for_ack(self) -> bool:
        """Whether lists ask for something until somebody acknowledges how it ended.

        What ended before anybody watched has nothing to be acknowledged.
        """
        if self.is_open_failure:
            return True
        if self.acknowledged_at is not None or not self.item.record.job.finished:
            return False
        is_told = any(each.event.kind in ENDS for each in self.events)
        return is_told and is_news(self.item.record, self.results, self.now)

    @property
    def is_open_failure(self) -> bool:
        """Whether it has failed, and nobody has acknowledged that yet."""
        return is_open_failure(
            self.item.record.job,
            self.now,
            failed_at=self.item.record.status_since,
            is_acknowledged=self.acknowledged_at is not None,
            results=self.results,
        )


def job_history(connection: Connection, item: AccountJob, now: datetime) -> JobHistory:
    """Read a job's history; `now` is on the API's clock."""
    job = item.record.job
    key = (item.account, job.id)
    muting = [
        each
        for each in mutes.load(connection, now)
        if each.covers(account=item.account, job_id=job.id, model=job.model_id)
    ]
    deliveries = event_deliveries.of_job(connection, *key)
    given_up = {
        each.notification_id for each in chain(*deliveries.values()) if each.state == "dead"
    }
    return JobHistory(
        now=now,
        item=item,
        events=events.of_job(connection, *key),
        deliveries=deliveries,
        reminders=event_deliveries.reminders_of_job(connection, *key),
        attempts=event_deliveries.attempts_of_job(connection, *key),
        input_file=files.name_of(connection, item.account, job.input_file_id),
        channels={each.channel: each for each in channels.load_configured(connection)},
        troubles={each.name: each for each in troubles(connection)},
        old_news=old_news(connection, given_up, now),
        acknowledged_at=acks.of_job(connection, *key),
        muted_until=muted_until(
            muting, now, account=item.account, job_id=job.id, model=job.model_id
        ),
        mutes=muting,
        outlook=outlooks(connection, [item], now).get(key),
        samples=latest_samples(connection, *key),
        collection=next(
            (each for each in results.collections(connection, [key]) if each.results.is_of(job)),
            None,
        ),
    )
