"""What a digest is called: what is to be done, to which jobs and by when, and how many follow."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import ABOUT_PROSPECTS
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.event_words import is_reminder
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.kind_words import words_of
from batchbell.messages.plain_text import (
    ELLIPSIS,
    cut,
    local_time_near,
    one_line,
)
from batchbell.messages.remedy import COUNTED, Asks
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.remedy import Remedy
    from batchbell.messages.view import View

#: So many names a title has at most.
_NAMES = 3
#: What has a time by when it is to be done.
_DATED = frozenset({Asks.CANCEL, Asks.WATCH})
#: Between what a title says and what holds for all of it.
APART = " \N{MIDDLE DOT} "


class Titled(NamedTuple):
    """One event of a digest, as it is told, and what helps."""

    event: Event
    helps: Remedy

    @property
    def counted(self) -> str:
        """What it is behind a count: `to cancel now`, else what happened."""
        return COUNTED.get(self.helps.asks) or words_of(self.event).counted


def title_of(told: Sequence[Titled], view: View) -> str:
    """Return `2 to cancel now: legal-review (due 03:38 CET), invoice-extraction; 1 more`.

    That is for a list of mails. Names go before how many ask for what else, and the account of all
    of them is named where there is room.
    """
    account = _accounts_behind(told, APART) if len(_accounts(told)) == 1 else ""
    for words in _ever_shorter(told, view):
        for title in (words + account, words):
            if len(title) <= TITLE_LIMIT:
                return title
    return cut(words, TITLE_LIMIT)


def lead_of(told: Sequence[Titled], view: View) -> str:
    """Return the same with all counts and accounts, however long."""
    _, *others = _grouped(told).items()
    counts = ", ".join(f"{len(group)} {what}" for what, group in others)
    rest = f"; {counts}" if counts else ""
    return _begun(told, view, _NAMES) + rest + _accounts_behind(told, APART)


def counts_of(told: Sequence[Titled]) -> str:
    """Return `17 events of account prod: 7 to cancel now, 2 completed`, as they stand."""
    counts = ", ".join(f"{len(group)} {what}" for what, group in _grouped(told).items())
    of = _accounts_behind(told, " of ")
    before = ", told before and not acknowledged" if _are_reminders(told) else ""
    return f"{len(told)} events{of}{before}: {counts}"


def _ever_shorter(told: Sequence[Titled], view: View) -> Iterator[str]:
    """Yield titles with ever fewer names, then with ever fewer counts."""
    _, *others = _grouped(told).values()
    deeds = [f"{len(group)} {group[0].counted}" for group in others if _is_deed(group[0])]
    few = min(_NAMES, len(told))
    for names in range(few, 0, -1):
        yield _begun(told, view, names) + _rest(deeds, others, len(deeds))
    for kept in range(len(deeds) - 1, -1, -1):
        yield _begun(told, view, 1) + _rest(deeds, others, kept)


def _is_deed(told: Titled) -> bool:
    return told.helps.asks < Asks.WATCH


def _rest(deeds: Sequence[str], others: Sequence[Sequence[Titled]], kept: int) -> str:
    """Return `; 3 to repair, 5 more`: so many of what else is to be done is counted apart."""
    apart = [group for group in others if _is_deed(group[0])][:kept]
    more = sum(map(len, others)) - sum(map(len, apart))
    counts = [*deeds[:kept], *([f"{more} more"] if more else [])]
    return f"; {', '.join(counts)}" if counts else ""


def _begun(told: Sequence[Titled], view: View, most: int) -> str:
    """Return `Reminder: 7 to cancel now: legal-review (due 03:38 CET), other …`."""
    what, group = next(iter(_grouped(told).items()))
    first, *others = group[:most]
    names = [_name(first) + _by_when(first, view), *map(_name, others)]
    left_out = f" {ELLIPSIS}" if len(group) > most else ""
    again = "Reminder: " if _are_reminders(told) else ""
    return f"{again}{len(group)} {what}: {', '.join(names)}{left_out}"


def _name(told: Titled) -> str:
    return name_within(told.event, TITLE_LIMIT)


def _by_when(told: Titled, view: View) -> str:
    deadline = _deadline(told)
    if deadline is None:
        return ""
    now = _now(told, view)
    due = "due" if deadline > now else "was due"
    return f" ({due} {local_time_near(deadline, now, zone=view.zone)})"


def _deadline(told: Titled) -> datetime | None:
    job = told.event.job
    is_dated = told.event.kind in ABOUT_PROSPECTS and told.helps.asks in _DATED
    return job.job_deadline if job is not None and is_dated else None


def _now(told: Titled, view: View) -> datetime:
    return view.now or told.event.seen_at


def _grouped(told: Sequence[Titled]) -> Mapping[str, list[Titled]]:
    """Return those together that are counted alike, in the order in which they stand."""
    groups = defaultdict(list)
    for each in told:
        groups[each.counted].append(each)
    return groups


def _are_reminders(told: Sequence[Titled]) -> bool:
    return all(is_reminder(each.event) for each in told)


def _accounts(told: Sequence[Titled]) -> list[str]:
    """Return the accounts by their names; none if it is the usual one alone."""
    names = sorted({each.event.account for each in told if each.event.account})
    return [] if names == [USUAL_ACCOUNT] else [one_line(name, TITLE_LIMIT) for name in names]


def _accounts_behind(told: Sequence[Titled], between: str) -> str:
    """Return ` of account prod`, or ` · accounts prod, test`; '' of the usual one."""
    names = _accounts(told)
    return f"{between}account{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else ""
