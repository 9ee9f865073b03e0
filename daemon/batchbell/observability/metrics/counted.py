"""What is counted as it happens, and the page of all metrics."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from prometheus_client.exposition import choose_encoder

from batchbell import __version__
from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import EventKind
from batchbell.observability.metrics.results import ResultCounters
from batchbell.observability.metrics.state import State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.core.event import Event
    from batchbell.core.gauges import Condition, Gauges
    from batchbell.core.results.job_results import JobResults

#: How a poll ended, the closed set of the label `outcome`.
POLL_OUTCOMES = ("good", "unauthorized", "rate_limited", "unavailable", "malformed", "refused")
#: How an attempt to send ended.
SEND_OUTCOMES = ("delivered", "failed", "refused", "message_at_fault")
#: Of a poll, seconds: a small account answers in a tenth, a hundred thousand jobs take ten.
_POLL_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Counts what happens; may be used from any thread."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        self._lock = threading.Lock()
        Info("batchbell_build", "The running version.", registry=self._registry).info(
            {"version": __version__}
        )
        self._polls = Counter(
            "batchbell_polls", "Polls, by how they ended.", ["account", "outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._poll_seconds = Histogram(
            "batchbell_poll_duration_seconds", "How long polls took, recording included.",
            ["account"], registry=self._registry, buckets=_POLL_SECONDS,
        )  # fmt: skip
        self._events = Counter(
            "batchbell_events", "Events recorded.", ["kind"], registry=self._registry
        )
        self._sends = Counter(
            "batchbell_delivery_attempts", "Attempts to send, by how they ended.",
            ["channel", "outcome"], registry=self._registry,
        )  # fmt: skip
        self._results = ResultCounters(self._registry)
        self._state = State()
        self._registry.register(self._state)
        ProcessCollector(registry=self._registry)
        for kind in EventKind:
            self._events.labels(kind.value)
        self._accounts: set[str] = set()
        self._channels: set[str] = set()

    def watch(self, accounts: Collection[str], channels: Collection[str]) -> None:
        """Take up the series of what is configured, at zero; forget those of what no longer is."""
        with self._lock:
            for account in self._accounts - set(accounts):
                for outcome in POLL_OUTCOMES:
                    self._polls.remove(account, outcome)
                self._poll_seconds.remove(account)
            self._results.watch(accounts, gone=self._accounts - set(accounts))
            for channel in self._channels - set(channels):
                for outcome in SEND_OUTCOMES:
                    self._sends.remove(channel, outcome)
            self._accounts, self._channels = set(accounts), set(channels)
            for account in accounts:
                self._poll_seconds.labels(account)
                for outcome in POLL_OUTCOMES:
                    self._polls.labels(account, outcome)
            for channel in channels:
                for outcome in SEND_OUTCOMES:
                    self._sends.labels(channel, outcome)

    def polled(self, account: str, outcome: str, seconds: float) -> None:
        """Count a poll; one of an account that was removed meanwhile is not."""
        with self._lock:
            if account in self._accounts:
                self._polls.labels(account, outcome).inc()
                self._poll_seconds.labels(account).observe(seconds)

    def happened(self, events: Iterable[Event]) -> None:
        """Count events that were recorded."""
        for event in events:
            self._events.labels(event.kind.value).inc()

    def attempted(self, channel: str, outcome: Outcome) -> None:
        """Count an attempt to send."""
        how = _how(outcome)
        with self._lock:
            if channel in self._channels:
                self._sends.labels(channel, how).inc()

    def collected(self, results: JobResults, model: str | None) -> None:
        """Count an attempt to read a job's files; `model` is the job's, None if it has none."""
        with self._lock:
            if results.account in self._accounts:
                self._results.attempted(results, model)

    def expose(
        self, gauges: Gauges | None, condition: Condition, *, now: datetime, accept: str
    ) -> tuple[bytes, str]:
        """Return the page and its content type, as `accept` asks for.

        `gauges` is None if the database could not be read: the other metrics are shown all the
        same, and `batchbell_database_readable` is 0.
        """
        encode, content_type = choose_encoder(accept)
        with self._lock:
            self._state.show(gauges, condition, now=now)
            return encode(self._registry), content_type


def _how(outcome: Outcome) -> str:
    if outcome.delivered:
        return "delivered"
    if outcome.fault is Fault.MESSAGE:
        return "message_at_fault"
    return "refused" if outcome.permanent else "failed"
