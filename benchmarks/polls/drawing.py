"""Cost against the number of jobs, both logarithmic, as an SVG; with how fast each grows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.polls.__main__ import Cost

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 920, 520, 70, 250, 24, 50
#: Height of a line of text.
LINE = 15
#: Okabe and Ito's colours: told apart by everybody.
COLOURS = ("#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#D55E00")


def drawing(
    found: Mapping[int, Mapping[str, Cost]], ours: Sequence[str], others: Sequence[str]
) -> str:
    """Return the picture: our cases in colour, the baselines in grey."""
    sizes = sorted(found)
    costs = [cost.median * 1e3 for each in found.values() for cost in each.values()]
    low, high = math.floor(math.log10(min(costs))), math.ceil(math.log10(max(costs)))

    def x(jobs: float) -> float:
        first, last = math.log10(sizes[0]), math.log10(sizes[-1])
        share = (math.log10(jobs) - first) / ((last - first) or 1)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(milliseconds: float) -> float:
        share = (math.log10(milliseconds) - low) / (high - low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def lines() -> Iterator[str]:
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            'font-family="system-ui, sans-serif" font-size="13">'
        )
        yield "<title>Processor time of a poll against the number of jobs</title>"
        yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        for power in range(low, high + 1):
            at = y(10**power)
            yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            yield f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{_ms(power)}</text>'
        for jobs in sizes:
            yield (
                f'<text x="{x(jobs):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">'
                f"{jobs:,}</text>"
            )
        yield f'<text x="{x(sizes[0]):.1f}" y="{HEIGHT - 8}">jobs the API lists</text>'
        taken: list[float] = []
        for number, name in enumerate((*ours, *others)):
            known = [size for size in sizes if name in found[size]]
            points = [(size, found[size][name].median * 1e3) for size in known]
            if not points:
                continue
            is_ours = number < len(ours)
            colour = COLOURS[number % len(COLOURS)] if is_ours else "#888"
            path = " ".join(f"{x(size):.1f},{y(cost):.1f}" for size, cost in points)
            dash = "" if is_ours else ' stroke-dasharray="5 4"'
            yield (
                f'<polyline points="{path}" fill="none" stroke="{colour}" '
                f'stroke-width="{2.5 if is_ours else 1.5}"{dash}/>'
            )
            at = _free(y(points[-1][1]) + 4, taken)
            yield (
                f'<text x="{WIDTH - RIGHT + 10}" y="{at:.1f}" fill="{colour}">{name}, '
                f"N^{_exponent(points):.2f}</text>"
            )
        yield "</svg>"

    return "\n".join(lines()) + "\n"


def _exponent(points: Sequence[tuple[int, float]]) -> float:
    """Return how fast a cost grows between the two largest sizes: 1 is in proportion."""
    (few, less), (many, more) = points[-2:] if len(points) > 1 else (points[0], points[0])
    return math.log(more / less) / math.log(many / few) if many != few else 0.0


def _free(at: float, taken: list[float]) -> float:
    while any(abs(at - other) < LINE for other in taken):
        at += 3
    taken.append(at)
    return at


def _ms(power: int) -> str:
    seconds = 10.0 ** (power - 3)
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1e3:g} ms"
