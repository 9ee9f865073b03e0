"""How far a message came on its channels, in a line: what fails, then how many know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.web.components.delivery_entry import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.web.components.delivery_entry import DeliveryEntry

#: So many channels are named; of more the fold has the names, and until when each is held.
_NAMED = 2


class Fared(NamedTuple):
    """Channels on which a message came as far, or that nobody has to look at."""

    severity: Severity
    #: `tickets given up`; `5 told`, `7 held` and `1 waiting`.
    pieces: Sequence[str]
    #: Whether that is said elsewhere, of the channel: here it stands back.
    is_known: bool = False


def fared(
    entries: Sequence[DeliveryEntry],
    *,
    in_end: Sequence[str] = (),
    is_for_others: bool = False,
) -> list[Fared]:
    """Return what fails, the worst first, and in one how many know of it, or will.

    `in_end` are channels that were told with a job's end; `is_for_others` says whether it was not
    to be told to some. What waits for a failing channel is counted with the others: that it fails
    is said of the channel.
    """
    failing: dict[tuple[Severity, str], list[str]] = {}
    for each in filter(_fails, entries):
        failing.setdefault((each.severity, _how(each)), []).append(each.channel)
    found = [Fared(severity, (_named(names, how),)) for (severity, how), names in failing.items()]
    found.sort(key=lambda each: -each.severity)
    others = [each for each in entries if not _fails(each)]
    calm = {how: names for how, names in _by_how_far(others, in_end) if names}
    if calm:
        found.append(_in_a_line(calm, others))
    elif is_for_others and not found:
        found.append(Fared(Severity.INFO, ("told to nobody",)))
    return found


def _fails(entry: DeliveryEntry) -> bool:
    return entry.lacks_it and not entry.waits_for_channel


def _how(entry: DeliveryEntry) -> str:
    return f"reminder {entry.word}" if entry.is_reminder else entry.word


def _by_how_far(
    entries: Sequence[DeliveryEntry], in_end: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield how far it came, and on which channels; a channel once of each."""
    told = [each for each in entries if each.severity is Severity.SUCCESS]
    several = (
        ("told", [each.channel for each in told if not each.is_reminder]),
        ("held", [each.channel for each in entries if each.held is not None]),
        (WAITING, [each.channel for each in entries if each not in told and each.held is None]),
        ("reminded", [each.channel for each in told if each.is_reminder]),
        ("with its end", in_end),
    )
    yield from ((how, [*dict.fromkeys(names)]) for how, names in several)


def _in_a_line(calm: dict[str, list[str]], entries: Sequence[DeliveryEntry]) -> Fared:
    are_few = sum(map(len, calm.values())) <= _NAMED
    pieces = [
        _named(names, how) if are_few else f"{len(names)} {how}" for how, names in calm.items()
    ]
    if calm.keys() == {WAITING}:
        worst = max(each.severity for each in entries)
        return Fared(worst, pieces, is_known=worst >= Severity.WARNING)
    return Fared(Severity.SUCCESS if calm.keys() - {"held", WAITING} else Severity.INFO, pieces)


def _named(names: Sequence[str], how: str) -> str:
    """Return `5 told`, or `hook, team told`."""
    who = ", ".join(names) if len(names) <= _NAMED else str(len(names))
    return f"{who} {how}"
