"""One look at everything: the jobs, the accounts and the channels, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.attention import attention_order, ended_at
from batchbell.core.coverage import SHOWN_FOR, Blind, blind
from batchbell.core.mute import muted_until
from batchbell.store import accounts, acks, channels, files, gaps, mutes
from batchbell.store.views import overview
from batchbell.store.views.forecasts import outlooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.account_health import AccountState
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.forecast.forecast import Forecast, NoForecast
    from batchbell.core.mute import Mute
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.overview import Backlog

#: Jobs that ended longer ago are only counted, unless all are asked for.
RECENT = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenJobs:
    """Some jobs with all that is known of them besides the snapshot."""

    #: On the API's clock.
    now: datetime
    jobs: Sequence[AccountJob]
    #: The mutes in force, the one that ends first first.
    mutes: Sequence[Mute]
    #: When a job's latest failure was acknowledged, by account and id.
    acks: Mapping[tuple[str, str], datetime]
    #: When running jobs will be done, by account and id.
    outlooks: Mapping[tuple[str, str], Forecast | NoForecast]
    #: The names of input files, by account and the file's id.
    input_files: Mapping[tuple[str, str], str]

    def outlook(self, item: AccountJob) -> Forecast | NoForecast | None:
        """When a job will be done; None if it does not run."""
        return self.outlooks.get(item.key)

    def muted_until(self, item: AccountJob) -> datetime | None:
        """Until when a job is muted; None if it is not."""
        job = item.record.job
        return muted_until(
            self.mutes, self.now, account=item.account, job_id=job.id, model=job.model_id
        )

    def input_file(self, item: AccountJob) -> str:
        """Return the name of a job's input file; '' while it is not known."""
        return self.input_files.get((item.account, item.record.job.input_file_id or ""), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview(SeenJobs):
    """What `status` shows, and the page's API answers; what needs attention first."""

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


def seen_jobs(connection: Connection, jobs: Sequence[AccountJob], now: datetime) -> SeenJobs:
    """Read what is known of these jobs; `now` is on the API's clock."""
    return SeenJobs(
        now=now,
        jobs=jobs,
        mutes=mutes.load(connection, now),
        acks=acks.load_all(connection),
        outlooks=outlooks(connection, jobs, now),
        input_files=files.names_of(connection, jobs),
    )


def look(
    connection: Connection,
    now: datetime,
    *,
    everything: bool,
    daemon_runs: bool,
    with_ids: bool = False,
    with_files: bool = False,
    most_jobs: int | None = None,
    most_forecasts: int | None = None,
) -> Overview:
    """Read the overview; `everything` includes jobs that ended long ago.

    Only the first `most_jobs` are kept and the first `most_forecasts` forecast, None: all. `now` is
    on the API's clock.
    """
    states = accounts.load_all(connection)
    since = None if everything else now - RECENT
    found = overview.jobs_of_interest(connection, ended_since=since)
    found = [item for item in found if everything or not _ended_before(item, now - RECENT)]
    jobs = sorted(found, key=lambda item: attention_order(item.record, now))[:most_jobs]
    return Overview(
        now=now,
        jobs=jobs,
        everything=everything,
        hidden=0 if everything else overview.job_count(connection) - len(jobs),
        job_ids=overview.job_ids(connection) if with_ids else (),
        accounts=states,
        gaps=gaps.lately(connection, until_after=now - SHOWN_FOR),
        blind=blind_now(states, now, daemon_runs=daemon_runs),
        channels=channels.load_configured(connection),
        backlogs=overview.backlogs(connection),
        mutes=mutes.load(connection, now),
        acks=acks.load_all(connection),
        outlooks=outlooks(connection, jobs[:most_forecasts], now),
        input_files=files.names_of(connection, jobs) if with_files else {},
    )


def blind_now(
    states: Iterable[AccountState], now: datetime, *, daemon_runs: bool
) -> dict[str, Blind]:
    """Return the gaps in polling that last still, by account."""
    return dict(_blind_now(states, now, running=daemon_runs))


def _blind_now(
    states: Iterable[AccountState], now: datetime, *, running: bool
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
