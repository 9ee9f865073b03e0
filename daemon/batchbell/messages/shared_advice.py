"""What several entries of a digest ask for, said once: below their heading."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.messages.entry import Entry

#: More of them than that ask for alike what stands above all: the others are exceptions.
_MOST = 2 / 3
#: Between two of them; a file's name may have a dot and a space, but no sentence goes on small.
_BETWEEN = re.compile(r"(?<=\.) (?=[A-Z0-9])")

#: How late a job will be, before what else becomes of it.
_LATE = re.compile(r"it will be (about [^,]+) late, and ")


class _Parts(NamedTuple):
    """An advice: `Cancel it now and submit the rest`, `it stands still`, and sentences behind."""

    deed: str
    reason: str
    others: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """Return the sentences of an advice."""
    return _BETWEEN.split(text)


def shared(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries so that what most of those ask for that ask for alike is said once.

    The first of them has it, for above it, and each has what it alone says.
    """
    return [
        entry
        for _, group in groupby(entries, key=lambda each: each.asks)
        for entry in _section(list(group))
    ]


def _section(entries: Sequence[Entry]) -> Iterator[Entry]:
    told = [entry for entry in entries if _says_it(entry)]
    deeds = Counter(_parts(entry.remedy).deed for entry in told)
    deed, count = deeds.most_common(1)[0] if deeds else ("", 0)
    if count <= max(1, _MOST * len(told)):
        yield from entries
        return
    alike = [found for entry in told if (found := _parts(entry.remedy)).deed == deed]
    is_reason_one = len({found.reason for found in alike}) == 1
    first = f"{deed}: {alike[0].reason}" if is_reason_one and alike[0].reason else f"{deed}."
    common = [each for each in alike[0].others if all(each in found.others for found in alike)]
    for_all = " ".join([first, *common])
    if len(alike) < len(told):
        # What stands above all of them does not hold for each.
        for_all = f"For {len(alike)} of {len(told)}, {for_all[:1].lower()}{for_all[1:]}"
    for place, entry in enumerate(entries):
        own = entry.remedy
        if entry in told and (found := _parts(own)).deed == deed:
            reason = [] if is_reason_one else [_begun(_unsaid(found.reason, entry.headline))]
            own = " ".join(filter(None, (*reason, *(x for x in found.others if x not in common))))
        yield replace(entry, own_advice=own, for_all="" if place else for_all)


def _says_it(entry: Entry) -> bool:
    """Whether a digest says what to do about it: not of a success without a flaw."""
    return bool(entry.remedy) and not entry.is_line and entry.severity > Severity.SUCCESS


def _parts(advice: str) -> _Parts:
    first, *others = sentences(advice)
    deed, _, reason = first.partition(": ")
    if "(" in deed:
        # What stands in brackets is of one piece with it.
        deed, reason = first, ""
    return _Parts(deed.removesuffix("."), reason, tuple(others))


def _unsaid(reason: str, headline: str) -> str:
    """Return a reason without how late a job will be, where its headline ends with that."""
    late = _LATE.match(reason)
    said = late is not None and headline.endswith(f" by {late[1]}")
    return f"it {reason[late.end() :]}" if late is not None and said else reason


def _begun(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
