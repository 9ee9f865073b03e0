"""What is counted as it happens, and shown to who asks for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import EventKind
from batchbell.observability.metrics.results import ResultCounters
from batchbell.observability.metrics.series import Counter, Histogram

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
        self._lock = threading.Lock()
        self._polls = Counter(
            name="batchbell_polls",
            text="Polls, by how they ended.",
            labels=("account", "outcome"),
        )
        self._poll_seconds = Histogram(
            name="batchbell_poll_duration_seconds",
            text="How long polls took, recording included.",
            labels=("account",),
            bounds=_POLL_SECONDS,
        )
        self._events = Counter(name="batchbell_events", text="Events recorded.", labels=("kind",))
        self._sends = Counter(
            name="batchbell_delivery_attempts",
            text="Attempts to send, by how they ended.",
            labels=("channel", "outcome"),
        )
        self._results = ResultCounters()
        for kind in EventKind:
            self._events.begin(kind.value)
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
                self._poll_seconds.begin(account)
                for outcome in POLL_OUTCOMES:
                    self._polls.begin(account, outcome)
            for channel in channels:
                for outcome in SEND_OUTCOMES:
                    self._sends.begin(channel, outcome)

    def polled(self, account: str, outcome: str, seconds: float) -> None:
        """Count a poll; one of an account that was removed meanwhile is not."""
        with self._lock:
            if account in self._accounts:
                self._polls.add(1, account, outcome)
                self._poll_seconds.observe(seconds, account)

    def happened(self, events: Iterable[Event]) -> None:
        """Count events that were recorded."""
        with self._lock:
            for event in events:
                self._events.add(1, event.kind.value)

    def attempted(self, channel: str, outcome: Outcome) -> None:
        """Count an attempt to send."""
        how = _how(outcome)
        with self._lock:
            if channel in self._channels:
                self._sends.add(1, channel, how)

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
        # Lazily: 30 ms and 2 MB that only those take who are asked.
        from batchbell.observability.metrics.page import page  # noqa: PLC0415
        from batchbell.observability.metrics.state import state  # noqa: PLC0415

        with self._lock:
            counted = (self._polls, self._poll_seconds, self._events, self._sends, *self._results)
            return page(counted, state(gauges, condition, now=now), accept=accept)


def _how(outcome: Outcome) -> str:
    if outcome.delivered:
        return "delivered"
    if outcome.fault is Fault.MESSAGE:
        return "message_at_fault"
    return "refused" if outcome.permanent else "failed"
