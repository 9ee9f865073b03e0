"""The metrics of several daemons on one database: each of them shows all alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.observability.metrics.gauge import gauge

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from prometheus_client.core import Metric

    from batchbell.core.gauges import Gauges


def of_replicas(gauges: Gauges) -> Iterator[Metric]:
    """Yield them; none where one daemon has the database to itself."""
    if not gauges.replicas:
        return
    # One that was started anew may have the name of one that died: a series is had by one alone.
    known = {each.name: each for each in sorted(gauges.replicas, key=lambda one: one.is_alive)}
    living = [each for each in known.values() if each.is_alive]
    yield gauge("batchbell_replicas", "Daemons that share the database.", [((), len(living))])
    yield gauge(
        "batchbell_replicas_differing",
        "Those that run with another configuration than most.",
        [((), sum(each.differs for each in living))],
    )
    yield gauge(
        "batchbell_replica_info",
        "1 for each that lives.",
        [((each.name, each.version), 1) for each in living],
        labels=("replica", "version"),
    )
    yield gauge(
        "batchbell_replica_silent_seconds",
        "How long ago its last sign of life was, also of one that died within ten minutes.",
        [((each.name,), each.silent_for.total_seconds()) for each in known.values()],
        labels=("replica",),
    )
    yield gauge(
        "batchbell_replica_accounts",
        "How many accounts it polls.",
        [((each.name,), len(each.accounts)) for each in living],
        labels=("replica",),
    )
    yield gauge(
        "batchbell_replica_channels",
        "How many channels it delivers to.",
        [((each.name,), len(each.channels)) for each in living],
        labels=("replica",),
    )
    yield _held("account", gauges.accounts, [name for each in living for name in each.accounts])
    yield _held("channel", gauges.channels, [name for each in living for name in each.channels])


def _held(what: str, names: Iterable[str], held: Collection[str]) -> Metric:
    return gauge(
        f"batchbell_{what}_held",
        f"Whether a living daemon has the {what}.",
        [((name,), name in held) for name in names],
        labels=(what,),
    )
