"""What came back of a job as one bar: the parts that are ok, that failed, and that are missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.messages.plain_text import percent
from batchbell.messages.results_words import of_use

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.facts import ResultsFacts
    from batchbell.core.results.counts import Counts

#: A part that there is anything of can be seen, percents of the width.
_NARROWEST = 1.0
_WHOLE = 100.0
_SQUARES_IN_ALL = 10
#: Behind the numbers of empty and of cut answers: they need not add up.
_BOTH = "some may be both"
_SHARES = {0.0: "none", 1.0: "all"}
_SQUARES = {
    "ok": "\N{LARGE GREEN SQUARE}",
    "degraded": "\N{LARGE YELLOW SQUARE}",
    "failed": "\N{LARGE RED SQUARE}",
    "missing": "\N{WHITE LARGE SQUARE}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BarPart:
    """One part of the bar; places are percents of its width."""

    name: str
    #: What it is called: "whole" instead of "ok" where answers are empty or cut; of those "cut", or
    #: "cut, 18 empty, some may be both".
    label: str
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsBar:
    """The bar, from the left."""

    #: Without those that there is nothing of; together they are all requests. Answers of little use
    #: stand behind the others.
    parts: Sequence[BarPart]
    #: The same for those who can't see it.
    words: str


def results_bar(counts: Counts | ResultsFacts) -> ResultsBar | None:
    """Return the bar of a job's requests; None if there are none, or not all is known."""
    if not counts.requests or counts.missing is None:
        return None
    drawn = _drawn(counts)
    widths = _widths([number for number in drawn.values() if number])
    labels = {"ok": of_use(counts)[1], "degraded": _rest_of(_degraded(counts))}
    parts: list[BarPart] = []
    start = 0.0
    for (name, number), width in zip(_shown(drawn), widths, strict=True):
        label = labels.get(name, name)
        place = round(start, 2)
        parts.append(BarPart(name=name, label=label, count=number, start=place, width=width))
        start += width
    # That nothing failed is worth a word, that nothing is cut is not.
    told = [
        f"{number:,} {labels.get(name, name)}"
        for name, number in drawn.items()
        if number or name != "degraded"
    ]
    return ResultsBar(parts=parts, words=f"Of {counts.requests:,} requests: {', '.join(told)}")


def squares(counts: Counts | ResultsFacts) -> str:
    """Return the bar as ten coloured squares with what they mean; '' if nothing is amiss.

    As `🟩🟩🟩🟩🟨🟥⬜⬜⬜⬜ 43.2% whole`.
    """
    drawn = _shown(_drawn(counts)) if results_bar(counts) else []
    if [name for name, _ in drawn] in ([], ["ok"]):
        return ""
    row = "".join(_SQUARES[name] * n for (name, _), n in zip(drawn, _tenths(drawn), strict=True))
    count, how = of_use(counts)
    share = count / (counts.requests or 1)
    return f"{row} {_SHARES.get(share) or percent(share)} {how}"


def _drawn(counts: Counts | ResultsFacts) -> dict[str, int]:
    """Return how many requests each part is wide, by its name, from the left."""
    ok = counts.succeeded or 0
    # One answer can be empty and cut: at least so many are of little use.
    degraded = min(max(_degraded(counts).values(), default=0), ok)
    return {
        "ok": ok - degraded,
        "degraded": degraded,
        "failed": counts.failed or 0,
        "missing": counts.missing or 0,
    }


def _degraded(counts: Counts | ResultsFacts) -> dict[str, int]:
    """Return how many answers are of little use, by how they are called."""
    found = {"empty": counts.empty or 0, "cut": counts.truncated or 0}
    return {what: count for what, count in found.items() if count}


def degraded_words(counts: Counts | ResultsFacts) -> str:
    """Return `91 are cut`, or `73 are cut, 18 empty`: what is wrong with answers that came."""
    (first, count), *others = sorted(_degraded(counts).items(), key=lambda each: -each[1])
    told = [f"{count:,} {'is' if count == 1 else 'are'} {first}"]
    return ", ".join([*told, *(f"{number:,} {what}" for what, number in others)])


def _rest_of(degraded: dict[str, int]) -> str:
    """Return what follows the number of most answers of little use.

    As "cut, 18 empty, some may be both".
    """
    ordered = sorted(degraded, key=lambda what: -degraded[what])
    told = [*ordered[:1], *(f"{degraded[what]:,} {what}" for what in ordered[1:])]
    return ", ".join([*told, *([_BOTH] if len(ordered) > 1 else [])])


def _shown(numbers: dict[str, int]) -> list[tuple[str, int]]:
    return [(name, number) for name, number in numbers.items() if number]


def _tenths(drawn: Sequence[tuple[str, int]]) -> list[int]:
    """Return how many of ten squares each part has: at least one, the widest what is left."""
    together = sum(number for _, number in drawn)
    fair = [max(round(_SQUARES_IN_ALL * number / together), 1) for _, number in drawn]
    fair[fair.index(max(fair))] -= sum(fair) - _SQUARES_IN_ALL
    return fair


def _widths(numbers: Sequence[int]) -> list[float]:
    """Return how wide each part is: in proportion, as far as none vanishes."""
    together = sum(numbers)
    fair = [max(_WHOLE * number / together, _NARROWEST) for number in numbers]
    # what the narrow ones got too much the widest gives
    widest = fair.index(max(fair))
    fair[widest] -= sum(fair) - _WHOLE
    return [round(width, 2) for width in fair]
