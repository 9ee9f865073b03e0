"""Metrics for Prometheus: what is counted, and how it is written. Alone imports its library.

Names and labels are a contract, listed in docs/metrics.md. Counters begin anew with the process;
gauges are read from the database at every scrape.
"""

from batchbell.observability.metrics.counted import POLL_OUTCOMES, SEND_OUTCOMES, Metrics
from batchbell.observability.metrics.results import RESULT_OUTCOMES

__all__ = ["POLL_OUTCOMES", "RESULT_OUTCOMES", "SEND_OUTCOMES", "Metrics"]
