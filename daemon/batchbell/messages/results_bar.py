"""What came back of a job as one bar: the parts that are ok, that failed, and that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.results.counts import Counts

#: A part that there is anything of can be seen, percents of the width.
_NARROWEST = 1.0
_WHOLE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """One part of the bar; places are percents of its width."""

    name: str
    #: What it is called: "answered" instead of "ok" where answers are empty or cut.
    label: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsBar:
    """The bar, from the left."""

    #: Without those that there is nothing of.
    parts: Sequence[BarPart]
    #: Of the answers those of little use, as "18 empty"; one can be among both.
    degraded: Sequence[str]
    #: The same for those who can't see it.
    words: str


def results_bar(counts: Counts | ResultsFacts) -> ResultsBar | None:
    """Return the bar of a job's requests; None if there are none, or not all is known."""
    if not counts.requests or counts.missing is None:
        return None
    ok, failed = counts.succeeded or 0, counts.failed or 0
    numbers = {"ok": ok, "failed": failed, "missing": counts.missing}
    degraded = [f"{n:,} {w}" for n, w in ((counts.empty, "empty"), (counts.truncated, "cut")) if n]
    labels = {"ok": "answered"} if degraded else {}
    widths = _widths([number for number in numbers.values() if number])
    parts: list[BarPart] = []
    start = 0.0
    for (name, number), width in zip(_shown(numbers), widths, strict=True):
        place = round(start, 2)
        label = labels.get(name, name)
        parts.append(BarPart(name=name, label=label, count=number, start=place, width=width))
        start += width
    told = [f"{number:,} {labels.get(name, name)}" for name, number in numbers.items()]
    words = f"Of {counts.requests:,} requests: {', '.join([*told, *degraded])}"
    return ResultsBar(parts=parts, degraded=degraded, words=words)


def _shown(numbers: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, number) for name, number in numbers.items() if number]


def _widths(numbers: Sequence[int]) -> list[float]:
    """Return how wide each part is: in proportion, as far as none vanishes."""
    together = sum(numbers)
    fair = [max(_WHOLE * number / together, _NARROWEST) for number in numbers]
    # what the narrow ones got too much the widest gives
    widest = fair.index(max(fair))
    fair[widest] -= sum(fair) - _WHOLE
    return [round(width, 2) for width in fair]
