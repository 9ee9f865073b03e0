"""What `status` begins with on a terminal: what there is, and what is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.health_lines import silence
from batchbell.cli.terminal.signs import STYLES, sign
from batchbell.cli.terminal.status_words import clocks, summaries, summary
from batchbell.cli.terminal.urgent_lines import UrgentLine, deeds_in_one, urgent_lines
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.messages.deeds import Deed
    from batchbell.store.views.status import Status

_NAME = "batchbell"


def first_lines(status: Status, width: int, *, with_clock: bool) -> list[Text]:
    """Return what there is, `with_clock` in one line with the time at its right end."""
    for clock in clocks(status) if with_clock else ():
        room = width - text_width(clock) - len(GAP)
        leads = (f"{_NAME}  {total}".rstrip() for total in summaries(status))
        lead = next((each for each in leads if text_width(each) <= room), None)
        if lead is not None:
            line = Text(f"{pad(lead, width - text_width(clock))}{clock}")
            line.stylize("bold", 0, len(_NAME))
            line.stylize("dim", len(line) - len(clock))
            return [line]
    whole = f"{_NAME}  {summary(status)}".rstrip()
    lines = [Text(line) for line in broken(whole, width, below=len(_NAME) + 2)]
    lines[0].stylize("bold", 0, len(_NAME))
    return lines


def heading(
    status: Status, asked: Mapping[tuple[str, str], Deed], width: int, *, in_short: bool = False
) -> list[Text]:
    """Return what is asked for, a line a deed; `in_short` all deeds together."""
    lines: list[Text] = []
    if silence(status):
        lines += signed(UrgentLine(Severity.WARNING, silence(status), "", ""), width)
    urgent = urgent_lines(status, asked, width)
    for line in deeds_in_one(urgent, width) if in_short else urgent:
        lines += signed(line, width)
    return lines


def signed(line: UrgentLine, width: int, *, gap: str = " ") -> list[Text]:
    """Return its lines: behind the sign and a gap what is to be done, the brightest of all."""
    lead = f"{sign(line.severity)}{gap}{line.lead}"
    between = ": " if line.asks and line.rest else " "
    whole = f"{lead}{between}{line.rest}".rstrip()
    style = "bold" if line.severity is Severity.INFO else f"bold {STYLES[line.severity]}"
    found = [Text(part) for part in broken(whole, width, below=1 + len(gap))]
    found[0].stylize(style, 0, len(lead))
    return found
