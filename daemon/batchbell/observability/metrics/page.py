"""The page of all metrics. Alone, with what it shows of the state, imports the library."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from batchbell import __version__
from batchbell.observability.metrics.series import Counter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from batchbell.observability.metrics.series import Histogram


def page(
    counted: Iterable[Counter | Histogram], state: Iterable[Metric], *, accept: str
) -> tuple[bytes, str]:
    """Return the page and its content type, as `accept` asks for."""
    registry = CollectorRegistry()
    registry.register(_Shown([_build(), *map(_family, counted), *state]))
    ProcessCollector(registry=registry)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Shown(Collector):
    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Yield what was given."""
        yield from self._families


def _build() -> Metric:
    return InfoMetricFamily("batchbell_build", "The running version.", {"version": __version__})


def _family(counted: Counter | Histogram) -> Metric:
    return _counter(counted) if isinstance(counted, Counter) else _histogram(counted)


def _counter(counter: Counter) -> Metric:
    family = CounterMetricFamily(counter.name, counter.text, labels=counter.labels)
    for values, each in counter.series.items():
        family.add_metric(values, each.total, created=each.since)
    return family


def _histogram(histogram: Histogram) -> Metric:
    family = HistogramMetricFamily(histogram.name, histogram.text, labels=histogram.labels)
    for values, spread in histogram.series.items():
        up_to = [(_bound(bound), float(n)) for bound, n in histogram.up_to(spread)]
        family.add_metric(values, up_to, spread.sum)
        labels = dict(zip(histogram.labels, values, strict=True))
        family.add_sample(f"{histogram.name}_created", labels, spread.since)
    return family


def _bound(bound: float) -> str:
    return "+Inf" if isinf(bound) else str(bound)
