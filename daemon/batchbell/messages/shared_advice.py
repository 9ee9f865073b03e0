"""What several entries of a digest ask for, said once: below their heading."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import Severity
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.plain_text import within
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.messages.entry import Entry

#: Of so many the one that asks for something else is no exception.
_FEW = 3
_IT = re.compile(r"\bit\b")
#: What a reason begins with that speaks of the job.
_THEY = re.compile(r"^it\b")
#: What says little alone, and what is said then.
_WAIT, _ONLY_WAIT = "Wait", "Nothing to do yet: wait."
#: Between two of them; a file's name may have a dot and a space, but no sentence goes on small.
_BETWEEN = re.compile(r"(?<=\.) (?=[A-Z0-9])")

#: How late a job will be, before what else becomes of it, and with no more than what that means.
_LATE = re.compile(r"it will be (about [^,]+) late, and ")
_TOO_LATE = re.compile(
    r"it needs (about [^,.]+) more than it has(?:, and will probably expire unfinished)?\.?"
)


class _Parts(NamedTuple):
    """An advice: `Cancel it now and submit the rest`, `it stands still`, and sentences behind."""

    deed: str
    reason: str
    others: tuple[str, ...]


def sentences(text: str) -> list[str]:
    """Return the sentences of an advice."""
    return _BETWEEN.split(text)


def shared(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries so that what those ask for that ask for alike is said once.

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
    others = [entry for entry in told if _parts(entry.remedy).deed != deed]
    if count <= 1 or not _may_be_named(others, told):
        yield from entries
        return
    alike = [found for entry in told if (found := _parts(entry.remedy)).deed == deed]
    is_reason_one = len({found.reason for found in alike}) == 1
    common = [each for each in alike[0].others if all(each in found.others for found in alike)]
    first = next(entry for entry in told if _parts(entry.remedy).deed == deed)
    for_all = " ".join([_asked_of_each(first, with_reason=is_reason_one), *common])
    for exception in others:
        # What stands above all of them does not hold for this one.
        for_all = f"All but {_name(exception)}: {within(for_all)}"
    for place, entry in enumerate(entries):
        own = entry.remedy
        if entry in told and (found := _parts(own)).deed == deed:
            reasons = [] if is_reason_one else [_begun(_unsaid(found.reason, entry.headline))]
            own = " ".join(filter(None, (*reasons, *(x for x in found.others if x not in common))))
        yield replace(entry, own_advice=own, for_all="" if place else for_all)


def _may_be_named(others: Sequence[Entry], told: Sequence[Entry]) -> bool:
    """Whether all ask for the same, or all of several but one, whose name no other one has."""
    names = Counter(map(_name, told))
    is_one_of_many = len(others) == 1 and len(told) > _FEW
    return not others or (is_one_of_many and names[_name(others[0])] == 1)


def _name(entry: Entry) -> str:
    return name_within(entry.event, TITLE_LIMIT)


def _asked_of_each(entry: Entry, *, with_reason: bool) -> str:
    """Return what is asked for of each: `Cancel each now and submit its rest`."""
    of_one = _parts(entry.remedy)
    deed, reason, _ = _parts(entry.of_each) if entry.of_each else _of_each(of_one)
    if of_one.deed == _WAIT and not (with_reason and reason):
        return _ONLY_WAIT
    return f"{deed}: {reason}" if with_reason and reason else f"{deed}."


def _of_each(of_one: _Parts) -> _Parts:
    """Return an advice about one as it is said of each of several, by its words alone."""
    each = _IT.sub("each", of_one.deed, count=1)
    deed = each if each == of_one.deed else each.replace("the rest", "its rest")
    return of_one._replace(deed=deed, reason=_THEY.sub("each", of_one.reason))


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
    missed = _TOO_LATE.fullmatch(reason)
    if missed is not None and headline.endswith(f" by {missed[1]}"):
        return ""
    late = _LATE.match(reason)
    said = late is not None and headline.endswith(f" by {late[1]}")
    return f"it {reason[late.end() :]}" if late is not None and said else reason


def _begun(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
