"""One look at everything: the jobs, the accounts and the channels, as of one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from batchbell.core.mute import muted_until
from batchbell.core.standing.accounts import left_alone_since
from batchbell.core.standing.jobs import job_order
from batchbell.messages.prospect_decision import Act
from batchbell.messages.standing_advice import act_on
from batchbell.store import acks, files, mutes
from batchbell.store.kept_results import kept_results
from batchbell.store.tables import accounts, attempts, events, results
from batchbell.store.views import jobs
from batchbell.store.views.accounts import account_views
from batchbell.store.views.channels import channel_views
from batchbell.store.views.forecasts import outlooks
from batchbell.store.views.open_ends import open_ends
from batchbell.store.views.replicas import replica_views
from batchbell.store.views.results import results_in_brief

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from batchbell.core.job import BatchJob
    from batchbell.core.mute import Mute
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.core.results.job_results import JobResults
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.kept_results import KeptResults
    from batchbell.store.remembered_trends import RememberedTrends
    from batchbell.store.views.accounts import AccountView
    from batchbell.store.views.channels import ChannelView
    from batchbell.store.views.replicas import ReplicaView

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
    #: What came back of ended jobs, by account and id; those that nobody counts are missing.
    results: Mapping[tuple[str, str], JobResults]

    def outlook(self, item: AccountJob) -> Forecast | NoForecast | None:
        """When a job will be done; None if it does not run."""
        return self.outlooks.get(item.key)

    def can_wait(self, item: AccountJob) -> bool:
        """Whether a job is not one to cancel now: what names jobs puts those first.

        Only one of which a forecast was tried is asked for that: the most urgent are.
        """
        outlook = self.outlook(item)
        if outlook is None:
            return True
        return act_on(item.record, outlook, self.now) is not Act.CANCEL_NOW

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
class Status(SeenJobs):
    """What `status` shows, and the page's API answers; what needs attention first."""

    #: Whether jobs that ended long ago are among them.
    everything: bool
    #: How many of those are left out.
    hidden: int
    #: Jobs whose failure needs a look, as account and id; they come first.
    open_failures: frozenset[tuple[str, str]]
    #: Those that ended otherwise, and something is left to do.
    open_parts: frozenset[tuple[str, str]]
    #: Every id there is, sorted: shortened ids must stay unique.
    job_ids: Sequence[str]
    accounts: Sequence[AccountView]
    channels: Sequence[ChannelView]
    #: The last poll if nobody polls any more; None while somebody does, or nobody ever did.
    left_alone_since: datetime | None
    #: How much of jobs' results is kept on the disk.
    kept: KeptResults
    #: The daemons that share the database; none where one runs.
    replicas: Sequence[ReplicaView] = ()
    #: Those that ended longer ago, within some days, and ask for something still.
    older_ends: frozenset[tuple[str, str]] = frozenset()
    #: How many of those are to act on, and left out.
    older_to_act_on: int = 0


def seen_jobs(
    connection: Connection,
    found: Sequence[AccountJob],
    now: datetime,
    remembered: RememberedTrends | None = None,
    *,
    with_causes: bool = False,
) -> SeenJobs:
    """Read what is known of these jobs; `now` is on the API's clock, the rest as for `outlooks`.

    `with_causes` has why requests failed, which what to do with a job is said by.
    """
    return SeenJobs(
        now=now,
        jobs=found,
        mutes=mutes.load(connection, now),
        acks=acks.load_all(connection),
        outlooks=outlooks(connection, found, now, remembered),
        input_files=files.names_of(connection, _files_of(found)),
        results=results_in_brief(connection, _by_key(found), with_causes=with_causes),
    )


def _by_key(items: Iterable[AccountJob]) -> Iterator[tuple[tuple[str, str], BatchJob]]:
    return ((item.key, item.record.job) for item in items)


def _files_of(items: Iterable[AccountJob]) -> Iterator[tuple[str, str | None]]:
    return ((item.account, item.record.job.input_file_id) for item in items)


def look(
    connection: Connection,
    now: datetime,
    *,
    everything: bool,
    daemon_runs: bool,
    with_ids: bool = False,
    most_jobs: int | None = None,
    most_forecasts: int | None = None,
) -> Status:
    """Read it all; `everything` includes jobs that ended long ago.

    Only the first `most_jobs` are kept and the first `most_forecasts` forecast, None: all. `now` is
    on the API's clock.
    """
    found = jobs.of_interest(connection, ended_since=None if everything else now - RECENT)
    ends = open_ends(connection, now)
    unseen = frozenset(ends.failures)

    def order(item: AccountJob) -> tuple[bool, bool, bool, int, float, str]:
        return job_order(item.record, now, is_open_failure=item.key in unseen)

    kept = sorted(found, key=order)[:most_jobs]
    seen = replace(
        without_jobs(connection, now, daemon_runs=daemon_runs),
        jobs=kept,
        everything=everything,
        open_failures=unseen,
        open_parts=frozenset(ends.parts),
        hidden=0 if everything else jobs.job_count(connection) - len(kept),
        job_ids=jobs.job_ids(connection) if with_ids else (),
        outlooks=outlooks(connection, kept[:most_forecasts], now),
        input_files=files.names_of(connection, _files_of(kept)),
        results=results_in_brief(connection, _by_key(kept), with_causes=True),
    )
    return replace(seen, jobs=sorted(kept, key=seen.can_wait))


def without_jobs(connection: Connection, now: datetime, *, daemon_runs: bool) -> Status:
    """Read all but the jobs; `now` is on the API's clock."""
    seen = account_views(connection, now, daemon_runs=daemon_runs)
    alone_since = left_alone_since((each.state for each in seen), now)
    return Status(
        now=now,
        jobs=(),
        everything=True,
        open_failures=frozenset(),
        open_parts=frozenset(),
        hidden=0,
        job_ids=(),
        accounts=seen,
        channels=channel_views(connection),
        kept=kept_results(connection),
        replicas=replica_views(connection),
        left_alone_since=None if daemon_runs else alone_since,
        mutes=mutes.load(connection, now),
        acks=acks.load_all(connection),
        outlooks={},
        input_files={},
        results={},
    )


def version(connection: Connection) -> str:
    """Return a text that is another one after every poll, event, delivery attempt and verdict."""
    query = select(
        select(func.max(accounts.c.last_poll_at)).scalar_subquery().label("polled_at"),
        select(func.max(events.c.id)).scalar_subquery().label("event"),
        select(func.max(attempts.c.id)).scalar_subquery().label("attempt"),
        select(func.max(results.c.counted_at)).scalar_subquery().label("counted_at"),
    )
    row = connection.execute(query).one()
    polled, counted = _milliseconds(row.polled_at), _milliseconds(row.counted_at)
    return f"{polled}-{row.event or 0}-{row.attempt or 0}-{counted}"


def _milliseconds(at: datetime | None) -> int:
    return 0 if at is None else int(at.timestamp() * 1000)
