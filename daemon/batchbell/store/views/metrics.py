"""The numbers that metrics show: counted by the database, a few rows each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, func, literal_column, select

from batchbell.core.account_health import AccountHealth, AccountState
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.gauges import (
    Backlog,
    Gauges,
    JobCount,
    ReplicaGauge,
    ResultBacklog,
    closed_labels,
)
from batchbell.core.standing.accounts import account_standing
from batchbell.core.standing.channels import channel_standing
from batchbell.store import accounts, channels, job_conditions, results
from batchbell.store.tables import batch_jobs
from batchbell.store.views.channels import backlogs
from batchbell.store.views.replicas import replica_views

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection


def read_gauges(
    connection: Connection,
    sizes: Mapping[str, int],
    *,
    watched: Collection[str],
    receiving: Collection[str],
    now: datetime,
) -> Gauges:
    """Return the state of these accounts and channels, as well as the database's `sizes`."""
    states = {state.health.account: state for state in accounts.load_all(connection)}
    healths = {health.channel: health for health in channels.load_configured(connection)}
    waiting, uncounted = backlogs(connection), results.backlogs(connection)
    return Gauges(
        jobs=_jobs(connection, watched),
        at_risk=_at_risk(connection, watched, now),
        last_good_poll_at={
            name: state.last_good_poll_at
            for name, state in states.items()
            if name in watched and state.last_good_poll_at is not None
        },
        accounts={
            name: account_standing(states.get(name) or _blank(name), now).severity
            for name in watched
        },
        channels={
            name: channel_standing(
                healths.get(name) or ChannelHealth(channel=name), waiting.get(name, Backlog())
            ).severity
            for name in receiving
        },
        backlogs={name: waiting.get(name, Backlog()) for name in receiving},
        results={name: uncounted.get(name, ResultBacklog()) for name in watched},
        replicas=[
            ReplicaGauge(
                name=view.replica.name,
                version=view.replica.version,
                is_alive=view.is_alive,
                silent_for=view.silent_for,
                accounts=view.accounts,
                channels=view.channels,
                differs=view.differs,
            )
            for view in replica_views(connection)
        ],
        database_bytes=sizes,
    )


def _jobs(connection: Connection, watched: Collection[str]) -> tuple[JobCount, ...]:
    status = job_conditions.STATE.label("status")
    model = func.coalesce(batch_jobs.c.model_id, literal_column("''", Text)).label("model")
    query = (
        select(batch_jobs.c.account, status, model, func.count().label("jobs"))
        .where(batch_jobs.c.account.in_(watched))
        .group_by(batch_jobs.c.account, status, model)
    )
    return closed_labels(
        JobCount(account=row.account, status=row.status, model=row.model, jobs=row.jobs)
        for row in connection.execute(query)
    )


def _at_risk(connection: Connection, watched: Collection[str], now: datetime) -> dict[str, int]:
    query = (
        select(batch_jobs.c.account, func.count().label("jobs"))
        .where(batch_jobs.c.account.in_(watched), job_conditions.at_risk(now))
        .group_by(batch_jobs.c.account)
    )
    found = {row.account: row.jobs for row in connection.execute(query)}
    return {account: found.get(account, 0) for account in watched}


def _blank(name: str) -> AccountState:
    return AccountState(health=AccountHealth(account=name))
