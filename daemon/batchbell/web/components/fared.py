"""How far a message came on its channels, in a line: what fails, then how many know of it."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.messages.plain_text import local_times_near
from batchbell.web.components.delivery_entry import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.web.components.delivery_entry import DeliveryEntry

#: So many channels are named; of more the fold has the names.
_NAMED = 2


class Fared(NamedTuple):
    """Channels on which a message came as far, or that nobody has to look at."""

    severity: Severity
    #: `pager waiting`, `tickets given up`; `5 told` and `7 held until 04:02-07:00 UTC`.
    pieces: Sequence[str]
    #: Whether that is said elsewhere, of the channel: here it stands back.
    is_known: bool = False


def fared(
    entries: Sequence[DeliveryEntry],
    now: datetime,
    *,
    in_end: Sequence[str] = (),
    not_for: Sequence[str] = (),
) -> list[Fared]:
    """Return what fails, the worst first, and in one what went well or has its time later.

    `in_end` and `not_for` are channels without a message of their own: told with a job's end, and
    not to be told at all.
    """
    failing: dict[tuple[Severity, str, bool], list[str]] = {}
    for each in entries:
        if _fails(each):
            key = (each.severity, _how(each), each.waits_for_channel)
            failing.setdefault(key, []).append(each.channel)
    found = [
        Fared(severity, (f"{_who(names)} {how}",), is_known=is_known)
        for (severity, how, is_known), names in failing.items()
    ]
    found.sort(key=lambda each: -each.severity)
    calm = [*_calm([each for each in entries if not _fails(each)], in_end, now)]
    if not_for:
        is_of_others = bool(entries or in_end)
        calm.append(f"not for {_who(not_for, ' others')}" if is_of_others else "told to nobody")
    is_told = bool(in_end) or any(each.severity is Severity.SUCCESS for each in entries)
    if calm:
        found.append(Fared(Severity.SUCCESS if is_told else Severity.INFO, calm))
    return found


def _fails(entry: DeliveryEntry) -> bool:
    return entry.severity >= Severity.WARNING


def _how(entry: DeliveryEntry) -> str:
    """Return how far it came; that its channel fails is said elsewhere."""
    how = WAITING if entry.waits_for_channel else entry.word
    return f"reminder {how}" if entry.is_reminder else how


def _calm(entries: Sequence[DeliveryEntry], in_end: Sequence[str], now: datetime) -> Iterator[str]:
    told = [each for each in entries if each.severity is Severity.SUCCESS]
    waiting = [each for each in entries if each.severity is Severity.INFO]
    several = (
        ([each.channel for each in told if not each.is_reminder], "told"),
        ([each.channel for each in waiting], _when(waiting, now)),
        ([each.channel for each in told if each.is_reminder], "reminded"),
        (in_end, "with its end"),
    )
    yield from (f"{_who(names)} {how}" for names, how in several if names)


def _when(waiting: Sequence[DeliveryEntry], now: datetime) -> str:
    """Return `held until 07:00 UTC`, of several times `held until 04:02-07:00 UTC`.

    What one of them waits for may not be known: then all just wait.
    """
    due = sorted({each.held.until for each in waiting if each.held is not None})
    if not due or any(each.held is None for each in waiting):
        return WAITING
    first, last = local_times_near(now, due[0], due[-1], zone=UTC)
    return f"held until {last}" if len(due) == 1 else f"held until {first}-{last}"


def _who(names: Sequence[str], noun: str = "") -> str:
    """Return `5`, or `hook, team`."""
    few = dict.fromkeys(names)
    return ", ".join(few) if len(few) <= _NAMED else f"{len(few)}{noun}"
