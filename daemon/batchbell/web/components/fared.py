"""How far a message came on its channels, in a line: what fails, then how many know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.web.components.delivery_entry import WAITING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from batchbell.web.components.delivery_entry import DeliveryEntry

#: What is held until the deadline of its job is over.
TOO_LATE = "held past the deadline"
#: So many channels are named; of more the fold has the names, and until when each is held.
_NAMED = 2


class Fared(NamedTuple):
    """Channels on which a message came as far, or that nobody has to look at."""

    severity: Severity
    #: `tickets given up`; `5 told` and `2 reminded`; `7 held`; `1 waiting`.
    pieces: Sequence[str]
    #: Whether that is said elsewhere, of the channel: here it stands back.
    is_known: bool = False


def fared(
    entries: Sequence[DeliveryEntry],
    *,
    in_end: Sequence[str] = (),
    is_for_others: bool = False,
) -> list[Fared]:
    """Return what fails, the worst first, then how many know of it, will, and wait for a channel.

    `in_end` are channels that were told with a job's end; `is_for_others` says whether it was not
    to be told to some. What waits for a failing channel is only counted: that it fails is said of
    the channel.
    """
    failing: dict[tuple[Severity, str], list[str]] = {}
    for each in filter(_fails, entries):
        failing.setdefault((each.severity, _how(each)), []).append(each.channel)
    found = [Fared(severity, (_named(names, how),)) for (severity, how), names in failing.items()]
    found.sort(key=lambda each: -each.severity)
    found += _in_lines([each for each in entries if not _fails(each)], in_end)
    if is_for_others and not found:
        found.append(Fared(Severity.INFO, ("told to nobody",)))
    return found


def _fails(entry: DeliveryEntry) -> bool:
    return entry.lacks_it and not entry.waits_for_channel


def _how(entry: DeliveryEntry) -> str:
    return f"reminder {entry.word}" if entry.is_reminder else entry.word


def _in_lines(entries: Sequence[DeliveryEntry], in_end: Sequence[str]) -> Iterator[Fared]:
    """Yield what is equally well together: each has its own sign."""
    found = [each for each in _by_how_far(entries, in_end) if each.names]
    are_few = sum(len(each.names) for each in found) <= _NAMED
    lines: dict[tuple[Severity, bool], list[str]] = {}
    for severity, how, names, is_known in found:
        piece = _named(names, how) if are_few else f"{len(names)} {how}"
        lines.setdefault((severity, is_known), []).append(piece)
    for (severity, is_known), pieces in lines.items():
        yield Fared(severity, pieces, is_known=is_known)


class _Alike(NamedTuple):
    """Channels on which it came as far."""

    severity: Severity
    how: str
    names: Sequence[str]
    is_known: bool = False


def _by_how_far(entries: Sequence[DeliveryEntry], in_end: Sequence[str]) -> Iterator[_Alike]:
    """Yield how far it came, and on which channels; a channel once of each."""
    told = [each for each in entries if each.severity is Severity.SUCCESS]
    held = [each for each in entries if each.held is not None]
    waiting = [each for each in entries if each not in told and each not in held]
    yield _Alike(Severity.SUCCESS, "told", _names(each for each in told if not each.is_reminder))
    yield _Alike(Severity.SUCCESS, "reminded", _names(each for each in told if each.is_reminder))
    yield _Alike(Severity.SUCCESS, "with its end", in_end)
    yield _Alike(Severity.WARNING, TOO_LATE, _names(each for each in held if each.is_too_late))
    yield _Alike(Severity.INFO, "held", _names(each for each in held if not each.is_too_late))
    for severity in sorted({each.severity for each in waiting}):
        names = _names(each for each in waiting if each.severity is severity)
        yield _Alike(severity, WAITING, names, is_known=severity >= Severity.WARNING)


def _names(entries: Iterable[DeliveryEntry]) -> Sequence[str]:
    return [*dict.fromkeys(each.channel for each in entries)]


def _named(names: Sequence[str], how: str) -> str:
    """Return `5 told`, or `hook, team told`."""
    who = ", ".join(names) if len(names) <= _NAMED else str(len(names))
    return f"{who} {how}"
