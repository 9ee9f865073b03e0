"""What a digest is called: what is to be done by when, what happened, how many follow."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import ABOUT_PROSPECTS
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.event_words import is_reminder
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.kind_words import label_of, words_of
from batchbell.messages.plain_text import (
    ELLIPSIS,
    cut,
    local_time_near,
    one_line,
)
from batchbell.messages.remedy import COUNTED, Asks
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.remedy import Remedy
    from batchbell.messages.view import View

#: So many names a title has at most.
_NAMES = 3
#: What has a time by when it is to be done.
_DATED = frozenset({Asks.CANCEL, Asks.WATCH})
#: What goes by the word for what happened: ends, and jobs that are gone or of no known status.
_BY_WORD = frozenset({Asks.REPAIR, Asks.SUBMIT, Asks.FETCH, Asks.LOOK, Asks.DECIDE})
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

    @property
    def goes_by_word(self) -> bool:
        """Whether a title says what happened to the job, as `FAILED` or `VANISHED`."""
        return self.helps.asks in _BY_WORD and bool(self.event.job_id)

    @property
    def called(self) -> str:
        """What it goes by in a title: its word, `FAILED`, as alone, else what is counted."""
        return label_of(self.event) if self.goes_by_word else self.counted


def title_of(told: Sequence[Titled], view: View) -> str:
    """Return `2 to cancel now: legal-review (due 03:38 CET), other; EXPIRED: web-crawl; 1 more`.

    That is for a list of mails. Names go before how many ask for what else, what goes by a word is
    named before others, and the account of all of them where there is room.
    """
    account = _accounts_behind(told, APART) if len(_accounts(told)) == 1 else ""
    for words in _ever_shorter(told, view):
        for title in (words + account, words):
            if len(title) <= TITLE_LIMIT:
                return title
    return cut(words, TITLE_LIMIT)


def lead_of(told: Sequence[Titled], view: View) -> str:
    """Return the same with all words, counts and accounts, however long."""
    _, *others = _called_alike(told)
    worded = [_named(group, view, _NAMES) for group in others if group[0].goes_by_word]
    counts = ", ".join(_count(group) for group in others if not group[0].goes_by_word)
    parts = [_begun(told, view, _NAMES), *worded, *([counts] if counts else [])]
    return "; ".join(parts) + _accounts_behind(told, APART)


def counts_of(told: Sequence[Titled]) -> str:
    """Return `17 events of account prod: 7 to cancel now, 2 completed`, as they stand."""
    counts = ", ".join(f"{count} {what}" for what, count in _counted_alike(told).items())
    of = _accounts_behind(told, " of ")
    before = ", told before and not acknowledged" if _are_reminders(told) else ""
    return f"{len(told)} events{of}{before}: {counts}"


def scope_of(told: Sequence[Titled]) -> str:
    """Return `Account prod`, if that is the one of all of them and not the usual one; else ''."""
    names = _accounts(told)
    return f"Account {names[0]}" if len(names) == 1 else ""


def _ever_shorter(told: Sequence[Titled], view: View) -> Iterator[str]:
    """Yield titles with ever fewer names, then ever fewer words, then ever fewer counts."""
    _, *others = _called_alike(told)
    worded = [group for group in others if group[0].goes_by_word]
    for names in range(min(_NAMES, len(told)), 0, -1):
        yield _begun(told, view, names) + _rest(others, worded, view, names=names)
    for named in range(len(worded) - 1, -1, -1):
        yield _begun(told, view, 1) + _rest(others, worded[:named], view)
    deeds = sum(map(_is_deed, others))
    for kept in range(deeds - 1, -1, -1):
        yield _begun(told, view, 1) + _rest(others, (), view, kept)


def _is_deed(group: Sequence[Titled]) -> bool:
    return group[0].helps.asks < Asks.WATCH


def _rest(
    others: Sequence[Sequence[Titled]],
    named: Sequence[Sequence[Titled]],
    view: View,
    kept: int | None = None,
    *,
    names: int = 1,
) -> str:
    """Return `; EXPIRED: web-crawl; 3 to repair, 5 more`: so many deeds are counted apart."""
    left = [group for group in others if group not in named]
    apart = [group for group in left if _is_deed(group)][:kept]
    more = sum(map(len, left)) - sum(map(len, apart))
    counts = ", ".join([*map(_count, apart), *([f"{more} more"] if more else [])])
    worded = [_named(group, view, names) for group in named]
    return "".join(f"; {part}" for part in (*worded, counts) if part)


def _count(group: Sequence[Titled]) -> str:
    return f"{len(group)} {group[0].called}"


def _begun(told: Sequence[Titled], view: View, most: int) -> str:
    """Return `Reminder: 7 to cancel now: legal-review (due 03:38 CET), other …`."""
    again = "Reminder: " if _are_reminders(told) else ""
    group, *_ = _called_alike(told)
    return f"{again}{_count(group)}: {_names(group, view, most)}"


def _named(group: Sequence[Titled], view: View, most: int) -> str:
    """Return `2 FAILED: nightly-eval, faq`, or of one alone `FAILED: nightly-eval`."""
    what = _count(group) if len(group) > 1 else group[0].called
    return f"{what}: {_names(group, view, most)}"


def _names(group: Sequence[Titled], view: View, most: int) -> str:
    first, *others = group[:most]
    names = [_name(first) + _by_when(first, view), *map(_name, others)]
    left_out = f" {ELLIPSIS}" if len(group) > most else ""
    return f"{', '.join(names)}{left_out}"


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


def _called_alike(told: Sequence[Titled]) -> list[list[Titled]]:
    """Return those together that a title calls alike, in the order in which they stand."""
    groups = defaultdict(list)
    for each in told:
        groups[each.called].append(each)
    return [*groups.values()]


def _counted_alike(told: Sequence[Titled]) -> Counter[str]:
    """Return how many are counted alike, in the order in which they stand."""
    return Counter(each.counted for each in told)


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
