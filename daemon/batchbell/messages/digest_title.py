"""What a digest is called: what is to be done by when, what happened, how many follow."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import ABOUT_PROSPECTS
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.event_words import is_reminder
from batchbell.messages.job_details import USUAL_ACCOUNT
from batchbell.messages.kind_words import label_of, words_of
from batchbell.messages.plain_text import cut, local_times_near, one_line
from batchbell.messages.remedy import COUNTED, HEADINGS, Asks
from batchbell.messages.still_to_cancel import (
    count_of_still_to_cancel,
    first_of_still_to_cancel,
    name_and_due,
    number_with,
)
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.remedy import Remedy
    from batchbell.messages.still_to_cancel import StillToCancel, ToldBefore
    from batchbell.messages.view import View

#: So many names a title has at most.
_NAMES = 3
#: What has a time by when it is to be done.
_DATED = frozenset({Asks.CANCEL, Asks.WATCH})
#: What goes by the word for what happened: ends, and jobs that are gone or of no known status.
_BY_WORD = frozenset({Asks.REPAIR, Asks.SUBMIT, Asks.FETCH, Asks.LOOK, Asks.DECIDE})
#: What one alone goes by: what to do with it.
_BY_DEED = frozenset({Asks.CANCEL, Asks.WATCH, Asks.SEEN})
#: What those begin with that count what is new with what was told before.
_CANCEL_NOW = HEADINGS[Asks.CANCEL]
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
        """What it goes by with others: its word, `FAILED`, as alone, else what is counted."""
        return label_of(self.event) if self.goes_by_word else self.counted

    @property
    def alone(self) -> str:
        """What it goes by if no other goes by the same: `Cancel now`, else its word."""
        asks = self.helps.asks
        return HEADINGS[asks] if asks in _BY_DEED else label_of(self.event)


class DigestTitle(NamedTuple):
    """What a digest is called where it is listed, and where it is read."""

    #: `2 to cancel now: legal-review (due 03:38 CET), other; EXPIRED: web-crawl; 1 more`: names go
    #: before how many ask for what else, what goes by a word is named before others, and the
    #: account of all of them stands there where there is room.
    listed: str
    #: The same, however long, and whatever accounts they are of.
    lead: str
    #: `17 events of accounts a, b; more: 4 to watch, 2 completed`: what it has no room for.
    counts: str
    #: `still to cancel: 6, first legal-review (due 03:38 CET)`: what was told before, of what is
    #: due after something new only the number; a title ends with it if it can.
    still: str
    #: What of that is due before all that is new and to be cancelled; a title begins with that.
    leads: ToldBefore | None


class _Words(NamedTuple):
    """A title without accounts, and what it only says that there is more of."""

    text: str
    more: Sequence[Titled]


def title_of(told: Sequence[Titled], view: View) -> DigestTitle:
    """Return what several events are called together."""
    now = _now(told[0], view)
    leads, still = _leads(told, view), first_of_still_to_cancel(view.still, now, view.zone)
    # What was told before may be of other accounts.
    behind = (
        ""
        if len(_accounts(told)) == 1 and not scope_of(told, view.still)
        else (_accounts_behind(told, APART))
    )
    account = behind if len(_accounts(told)) == 1 else ""
    new = [each for each in told if each.helps.asks is Asks.CANCEL and counts_all(view)]
    if leads is not None:
        first = f"{still[:1].upper()}{still[1:]}"
        if new:
            due_next = name_and_due(leads, now, view.zone)
            first = f"{_CANCEL_NOW}: {due_next}, {number_with(view.still, len(new) - 1)} more"
        words = _behind(first, [each for each in told if each not in new], view)
    else:
        still = still if _due_to_cancel(told) is None else count_of_still_to_cancel(view.still)
        # What begins with those to be cancelled counts all of them there.
        behind_them = "" if told[0] in new or not still else f"; {still}"
        words = _first_that_fits(told, view, behind_them)
    whole = words.text + account
    has_room = len(whole) <= TITLE_LIMIT
    of = "" if has_room and account else _accounts_behind(told, " of ")
    return DigestTitle(
        listed=whole if has_room else cut(words.text, TITLE_LIMIT),
        lead=words.text + behind,
        counts=_counts(told, of, words.more),
        still=still,
        leads=leads,
    )


def counts_all(view: View) -> bool:
    """Whether what is new and what was told before are one number: no other message has more."""
    return bool(view.still.jobs) and not view.left and not view.continues


def _first_that_fits(told: Sequence[Titled], view: View, behind: str) -> _Words:
    """Return the longest words that fit with what stands behind them, else without it."""
    words = _Words("", ())
    for end in dict.fromkeys((behind, "")):
        for words in _ever_shorter(told, view):
            if len(words.text) + len(end) <= TITLE_LIMIT:
                return words._replace(text=words.text + end)
    return words


def _behind(first: str, told: Sequence[Titled], view: View) -> _Words:
    """Return words with what they begin with, of all else at least how much there is."""
    if not told:
        return _Words(first, ())
    front = f"{first}; "
    room = TITLE_LIMIT - len(front)
    words = next((each for each in _ever_shorter(told, view) if len(each.text) <= room), None)
    if words is None:
        alike, *others = _called_alike(told)
        left = [each for group in others for each in group]
        counts = [*_counted_alike(alike), *([f"{len(left)} more"] if left else [])]
        words = _Words(", ".join(counts), left)
    return words._replace(text=front + words.text)


def _due_to_cancel(told: Iterable[Titled]) -> datetime | None:
    """Return by when the first of those that are to be cancelled now is due; None without any."""
    dues = (
        each.event.job.job_deadline
        for each in told
        if each.helps.asks is Asks.CANCEL and each.event.job and each.event.job.job_deadline
    )
    return min(dues, default=None)


def _leads(told: Sequence[Titled], view: View) -> ToldBefore | None:
    """Return what of the jobs told before is due before all those that are to be cancelled now."""
    new, before = _due_to_cancel(told), view.still.due_next(_now(told[0], view))
    return before if new and before and before.due < new else None


def _counts(told: Sequence[Titled], of: str, more: Sequence[Titled]) -> str:
    before = ", told before and not acknowledged" if _are_reminders(told) else ""
    kinds = _counted_alike(more)
    counts = f"; more: {', '.join(kinds)}" if len(kinds) > 1 else ""
    return f"{len(told)} events{of}{before}{counts}"


def scope_of(told: Sequence[Titled], still: StillToCancel) -> str:
    """Return `Account prod`, if that is the one of all of them and not the usual one; else ''.

    What is still to be cancelled may be of other accounts.
    """
    names = _accounts(told)
    is_only = len(names) == 1 and all(job.account in {"", names[0]} for job in still.jobs)
    return f"Account {names[0]}" if is_only else ""


def _ever_shorter(told: Sequence[Titled], view: View) -> Iterator[_Words]:
    """Yield titles with ever fewer names, then ever fewer words, then ever fewer counts."""
    first, *others = _called_alike(told)
    worded = [group for group in others if group[0].goes_by_word]
    again = "Reminder: " if _are_reminders(told) else ""

    def titled(most: int, named: Sequence[Sequence[Titled]], kept: int | None) -> _Words:
        left = [each for group in others if group not in named for each in group]
        deeds = list(dict.fromkeys(each.counted for each in left if each.helps.asks.is_deed))[:kept]
        apart = [each for each in left if each.counted in deeds]
        more = [each for each in left if each.counted not in deeds]
        others_are = _counted_alike(more)
        if len(others_are) > 1:
            others_are = [f"{len(more)} more"]
        counts = ", ".join([*_counted_alike(apart), *others_are])
        parts = [_named(group, view, most) for group in (first, *named)]
        return _Words(again + "; ".join(filter(None, (*parts, counts))), more)

    for most in range(min(_NAMES, len(told)), 0, -1):
        yield titled(most, worded, None)
    for named in range(len(worded) - 1, -1, -1):
        yield titled(1, worded[:named], None)
    deeds = len({each.counted for group in others for each in group if each.helps.asks.is_deed})
    for kept in range(deeds - 1, -1, -1):
        yield titled(1, (), kept)


def _named(group: Sequence[Titled], view: View, most: int) -> str:
    """Return `2 FAILED: nightly-eval, faq`, or of one alone `FAILED: nightly-eval`.

    Of more than it names it is `7 to cancel now, first legal-review (due 03:38 CET)`.
    Where others are still to be cancelled it is `Cancel now: legal-review (due 03:38 CET), 6 more`.
    """
    if group[0].helps.asks is Asks.CANCEL and counts_all(view):
        named = group[:most]
        left = number_with(view.still, len(group) - len(named))
        return f"{_CANCEL_NOW}: {_names(named, view, most)}, {left} more"
    what = group[0].alone if len(group) == 1 else f"{len(group)} {group[0].called}"
    between = ": " if len(group) <= most else ", first "
    return f"{what}{between}{_names(group, view, most)}"


def _names(group: Sequence[Titled], view: View, most: int) -> str:
    """Return `legal-review (due 03:38), invoice-extraction (04:02 CET)`, of what has a time."""
    named = group[:most]
    return ", ".join(map("".join, zip(map(_name, named), _by_when(named, view), strict=True)))


def _name(told: Titled) -> str:
    return name_within(told.event, TITLE_LIMIT)


def _by_when(named: Sequence[Titled], view: View) -> list[str]:
    """Return by when each is due; the last time has the zone, and the first says what they are."""
    now = _now(named[0], view)
    dues = [each for each in map(_deadline, named) if each is not None]
    times = iter(local_times_near(now, *dues, zone=view.zone) if dues else ())
    told, before = [], ""
    for deadline in map(_deadline, named):
        word = "" if deadline is None else "due " if deadline > now else "was due "
        told.append(f" ({word if word != before else ''}{next(times)})" if word else "")
        before = word or before
    return told


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


def _counted_alike(told: Iterable[Titled]) -> list[str]:
    """Return how many are counted alike, as `2 completed`, in the order in which they stand."""
    counts = Counter(each.counted for each in told)
    return [f"{count} {what}" for what, count in counts.items()]


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
