"""One look at everything: the jobs, the accounts and the channels, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.cli.reading import corrected_now, reading
from batchbell.cli.screen.mute_words import muted_until_of
from batchbell.core.attention import attention_order, ended_at
from batchbell.core.blindness import SHOWN_FOR, Blind, blind
from batchbell.store import accounts, acks, channels, gaps, mutes, overview
from batchbell.store.lock import daemon_runs
from batchbell.store.outlooks import outlooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.forecasting.forecast import Forecast, NoForecast
    from batchbell.core.mute import Mute
    from batchbell.store.accounts import AccountState
    from batchbell.store.database import Database
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.overview import Backlog

#: Jobs that ended longer ago are only counted, unless all are asked for.
RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What `status` shows."""

    #: On the API's clock.
    now: datetime
    #: What needs attention first.
    jobs: Sequence[AccountJob]
    #: Whether jobs that ended long ago are among them.
    everything: bool
    #: How many of those are left out.
    hidden: int
    #: Every id there is, sorted: shortened ids must stay unique.
    job_ids: Sequence[str]
    accounts: Sequence[AccountState]
    #: When an account was not seen lately, oldest first.
    gaps: Mapping[str, Sequence[Blind]]
    #: The gaps that last still.
    blind: Mapping[str, Blind]
    channels: Sequence[ChannelHealth]
    backlogs: Mapping[str, Backlog]
    #: The mutes in force, the one that ends first first.
    mutes: Sequence[Mute]
    #: When a job's latest failure was acknowledged, by account and id.
    acks: Mapping[tuple[str, str], datetime]
    #: When running jobs will be done, by account and id; of those alone that are shown.
    outlooks: Mapping[tuple[str, str], Forecast | NoForecast]

    def outlook(self, item: AccountJob) -> Forecast | NoForecast | None:
        """When a job will be done; None if it does not run."""
        return self.outlooks.get((item.account, item.record.job.id))

    def muted_until(self, item: AccountJob) -> datetime | None:
        """Until when a job is muted; None if it is not."""
        return muted_until_of(item, self.mutes, self.now)


def look(
    database: Database,
    *,
    everything: bool,
    with_ids: bool = False,
    most_forecasts: int | None = None,
) -> Overview:
    """Read the overview in one transaction; `everything` includes jobs that ended long ago.

    Only the first `most_forecasts` jobs are forecast, None: all. Raises `DatabaseError`.
    """
    with reading(database) as connection:
        states = accounts.load_all(connection)
        now = corrected_now(states)
        since = None if everything else now - RECENT
        found = overview.jobs_of_interest(connection, ended_since=since)
        jobs = [item for item in found if everything or not _ended_before(item, now - RECENT)]
        jobs.sort(key=lambda item: attention_order(item.record, now))
        return Overview(
            now=now,
            jobs=jobs,
            everything=everything,
            hidden=0 if everything else overview.job_count(connection) - len(jobs),
            job_ids=overview.job_ids(connection) if with_ids else (),
            accounts=states,
            gaps=gaps.lately(connection, until_after=now - SHOWN_FOR),
            blind=dict(_blind_now(states, now, running=daemon_runs(database.path))),
            channels=channels.load_configured(connection),
            backlogs=overview.backlogs(connection),
            mutes=mutes.load(connection, now),
            acks=acks.load_all(connection),
            outlooks=outlooks(connection, jobs[:most_forecasts], now),
        )


def _blind_now(
    states: Sequence[AccountState], now: datetime, *, running: bool
) -> Iterator[tuple[str, Blind]]:
    for state in states:
        good, due = state.last_good_poll_at, state.blind_after
        if good is None or due is None:
            continue
        gap = blind(
            good,
            now,
            patience=due - good,
            running_since=None if running else now,
            polled_before=state.last_poll_at,
            failing_since=state.health.failing_since,
            trouble=state.health.trouble or "",
        )
        if gap is not None:
            yield state.health.account, gap


def _ended_before(item: AccountJob, moment: datetime) -> bool:
    ended = ended_at(item.record)
    return ended is not None and ended < moment
