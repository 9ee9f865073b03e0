"""How many channels know of an event, in a line: `told 8 of 13, 4 wait, 1 fails`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.told_words import GIVEN_UP, REMINDED, TOLD, WAITS
from batchbell.core.event import Severity
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.terminal.told_rows import ToldRow

#: What is said of one that was not told yet, and of several.
_OTHERS = {
    (TOLD, Severity.WARNING): ("too late", "too late"),
    (GIVEN_UP, Severity.FAILURE): ("given up", "given up"),
    (WAITS, Severity.INFO): ("waits", "wait"),
    (WAITS, Severity.WARNING): ("fails", "fail"),
    (WAITS, Severity.FAILURE): ("fails", "fail"),
}


def told_counts(rows: Sequence[ToldRow]) -> str:
    """Return the line about the channels that were to be told; '' if there were none."""
    found: Counter[tuple[str, Severity]] = Counter()
    for row in rows:
        found[row.state, row.severity] += len(row.channels)
    return ", ".join(_parts(found))


def _parts(found: Counter[tuple[str, Severity]]) -> Iterator[str]:
    told = found[TOLD, Severity.SUCCESS]
    wanted = told + sum(found[each] for each in _OTHERS)
    if wanted:
        text = f"told {told} of {wanted}"
        yield painted(text, Severity.SUCCESS) if told else text
    for (state, severity), words in _OTHERS.items():
        count = found[state, severity]
        if count:
            yield painted(f"{count} {words[count > 1]}", severity)
    reminded = sum(count for (state, _), count in found.items() if state == REMINDED)
    if reminded:
        yield f"{counted(reminded, 'channel')} reminded"
