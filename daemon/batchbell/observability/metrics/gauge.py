"""A family of gauges, as a scrape finds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric


def gauge(
    name: str,
    text: str,
    values: Iterable[tuple[tuple[str, ...], float]],
    *,
    labels: tuple[str, ...] = (),
) -> Metric:
    """Return it; `values` has the values of its labels, each with its own."""
    family = GaugeMetricFamily(name, text, labels=labels)
    for values_of_labels, value in values:
        family.add_metric(list(values_of_labels), float(value))
    return family
