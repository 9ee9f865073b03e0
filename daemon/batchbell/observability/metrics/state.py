"""The metrics of a state, as it is at one scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import CounterMetricFamily

from batchbell.observability.metrics.gauge import gauge
from batchbell.observability.metrics.of_replicas import of_replicas

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.core import Metric

    from batchbell.core.gauges import Condition, Gauges


def state(gauges: Gauges | None, condition: Condition, *, now: datetime) -> Iterator[Metric]:
    """Yield the values of this scrape; without `gauges` the database can't be read."""
    yield from _of_the_daemon(condition)
    yield gauge(
        "batchbell_database_readable",
        "1 if the gauges could be read from the database.",
        [((), float(gauges is not None))],
    )
    if gauges is not None:
        yield from _of_the_database(gauges, now)


def _of_the_daemon(condition: Condition) -> Iterator[Metric]:
    yield gauge(
        "batchbell_healthy", "1 while /healthz is green.", [((), float(condition.is_healthy))]
    )
    yield gauge(
        "batchbell_work_overdue_seconds",
        "How long a sign of life of this work is overdue; 0 if it is not.",
        [((work,), seconds) for work, seconds in condition.overdue_seconds.items()],
        labels=("work",),
    )
    errors = CounterMetricFamily(
        "batchbell_database_errors", "Transactions of the daemon's work that failed."
    )
    errors.add_metric([], condition.database_errors)
    yield errors
    written_at, skew = condition.written_at, condition.skew
    yield gauge(
        "batchbell_last_database_write_timestamp_seconds",
        "When the daemon's work last wrote to the database, Unix time by the API's clock.",
        [] if written_at is None else [((), written_at.timestamp())],
    )
    yield gauge(
        "batchbell_clock_skew_seconds",
        "How far the wall clock is ahead of the API's time.",
        [] if skew is None else [((), skew.total_seconds())],
    )


def _of_the_database(gauges: Gauges, now: datetime) -> Iterator[Metric]:
    yield gauge(
        "batchbell_jobs",
        "Jobs of the snapshot.",
        [((each.account, each.status, each.model), each.jobs) for each in gauges.jobs],
        labels=("account", "status", "model"),
    )
    yield gauge(
        "batchbell_jobs_at_risk",
        "Running jobs whose forecast is past their deadline.",
        [((account,), jobs) for account, jobs in gauges.at_risk.items()],
        labels=("account",),
    )
    yield gauge(
        "batchbell_last_good_poll_timestamp_seconds",
        "When the last good poll was, Unix time by the API's clock.",
        [((name,), at.timestamp()) for name, at in gauges.last_good_poll_at.items()],
        labels=("account",),
    )
    for what, severities in (("account", gauges.accounts), ("channel", gauges.channels)):
        yield gauge(
            f"batchbell_{what}_severity",
            f"How the {what} stands: 0 info, 1 success, 2 warning, 3 failure.",
            [((name,), severity) for name, severity in severities.items()],
            labels=(what,),
        )
    backlogs = gauges.backlogs.items()
    yield gauge(
        "batchbell_notifications_pending",
        "Messages that wait.",
        [((name,), each.pending) for name, each in backlogs],
        labels=("channel",),
    )
    yield gauge(
        "batchbell_notifications_oldest_age_seconds",
        "How long the oldest message has waited; 0 if none waits.",
        [((name,), _age(each.oldest_at, now)) for name, each in backlogs],
        labels=("channel",),
    )
    yield gauge(
        "batchbell_notifications_dead",
        "Messages that were given up and not retried.",
        [((name,), each.dead) for name, each in backlogs],
        labels=("channel",),
    )
    results = gauges.results.items()
    yield gauge(
        "batchbell_results_pending",
        "Ended jobs whose result files are still to be read.",
        [((account,), each.pending) for account, each in results],
        labels=("account",),
    )
    yield gauge(
        "batchbell_results_oldest_age_seconds",
        "How long the first of them has waited; 0 if none waits.",
        [((account,), _age(each.oldest_at, now)) for account, each in results],
        labels=("account",),
    )
    yield gauge(
        "batchbell_database_size_bytes",
        "Size of the database's files.",
        [((file,), size) for file, size in gauges.database_bytes.items()],
        labels=("file",),
    )
    yield from of_replicas(gauges)


def _age(oldest_at: datetime | None, now: datetime) -> float:
    return max((now - oldest_at).total_seconds(), 0.0) if oldest_at else 0.0
