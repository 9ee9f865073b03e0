"""What is seen of a message on a locked phone: a short title, and two or three lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from batchbell.core.event import COMPLETIONS, EventKind
from batchbell.messages.digest_title import counts_all
from batchbell.messages.entry import TITLE_LIMIT, Card
from batchbell.messages.event_words import corrects, due, error_text
from batchbell.messages.headline import NAME_CHARS, NOT_COUNTED, named, told_again, what_happened
from batchbell.messages.lost_words import lost_jobs
from batchbell.messages.plain_text import clock_near, cut, cut_middle, within
from batchbell.messages.remedy import Asks
from batchbell.messages.still_to_cancel import count_of_still_to_cancel, number_with
from batchbell.messages.subject import name_within

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from batchbell.core.event import Event
    from batchbell.messages.entry import Entry
    from batchbell.messages.still_to_cancel import StillToCancel, ToldBefore
    from batchbell.messages.view import View

#: What a locked phone shows of a title, characters.
_CARD_CHARS = 40
#: What a title begins with that has little room: that it is to be done now goes without saying.
_CANCEL = "cancel "
#: Since when a job stands still: for how long it does is said before.
_SINCE = re.compile(r" \(since [^()]*\)")


def card_of(event: Event, asks: Asks, view: View) -> Card:
    """Return the card about an event that asks for something.

    What decides stands where no phone cuts it: `contract-clauses: 118 failed` has its kind and how
    many came back below, `Due 03:38: cancel legal-review` what happened. A long name is cut,
    but not that.
    """
    label, detail = what_happened(event, view)
    if event.facts.stall.since is not None:
        detail = _SINCE.sub("", detail)
    if not event.job_id or event.kind.startswith("channel."):
        below = ": ".join(filter(None, (lost_jobs(event), detail)))
        return Card(cut(named(event, view, TITLE_LIMIT), TITLE_LIMIT), below)
    again = told_again(event, view).lower()
    if asks is Asks.CANCEL:
        when = _due(event, view)
        below = _joined(label, again, _without_due(event, detail, view) if when else detail)
        return Card(_deed(when, lambda lead: _name(event, lead)), below)
    if event.facts.results.is_awaited and detail == NOT_COUNTED:
        return Card(_titled(event, _joined(label, again, "not counted")), "")
    short = _in_short(event)
    below = _joined(_kind(event, label), detail) if short else _sentence(event, detail)
    return Card(_titled(event, _joined(short or label, again)), below)


def card_of_told_before(job: ToldBefore, now: datetime, zone: tzinfo) -> Card:
    """Return the card of a job that was told before and is still to be cancelled."""
    when = _when(job.due, now, zone)
    title = _deed(when, lambda lead: cut_middle(job.name, max(_CARD_CHARS - len(lead), NAME_CHARS)))
    return Card(title, "")


def others_to_cancel(
    entries: Sequence[Entry],
    leads: ToldBefore | None,
    still: StillToCancel,
    now: datetime,
    zone: tzinfo,
) -> tuple[str, ...]:
    """Return what is to be cancelled besides what the digest's title says that about: lines.

    What was told before is among them; the next deadline comes first, and what is overdue last.
    """
    new = [entry for entry in entries if entry.asks is Asks.CANCEL]
    if leads is None and entries[0] not in new:
        return ()
    dated = [
        *((_deadline(entry.event), entry.card.title) for entry in (new if leads else new[1:])),
        *(
            (job.due, card_of_told_before(job, now, zone).title)
            for job in still.jobs
            if job != leads
        ),
    ]
    dated.sort(key=lambda each: (each[0] is None or each[0] <= now, each[0] or now))
    return tuple(within(title) for _, title in dated)


def count_to_cancel(entries: Sequence[Entry], view: View) -> str:
    """Return `7 to cancel, 3 other`, else what was told before; '' if none is new."""
    new = sum(entry.asks is Asks.CANCEL for entry in entries)
    if not new or not view.still.jobs:
        return ""
    others = f", {len(entries) - new} other" if len(entries) > new else ""
    words = f"{number_with(view.still, new)} to cancel{others}"
    if not counts_all(view):
        words = count_of_still_to_cancel(view.still)
    return f"{words[0].upper()}{words[1:]}"


def _in_short(event: Event) -> str:
    """Return what decides about an end whose kind has too long a name for a title, else ''."""
    results = event.facts.results
    if event.kind not in COMPLETIONS or corrects(event):
        return ""
    if results.is_nothing:
        return "nothing succeeded"
    if event.kind is not EventKind.COMPLETED_WITH_ERRORS or not results.failed:
        return ""
    missing = f"{results.missing:,} missing" if results.missing else ""
    return _joined(f"{results.failed:,} failed", missing)


def _kind(event: Event, label: str) -> str:
    """Return the kind, of a job without any success no more than its status: the title has it."""
    status = event.job.status if event.job is not None else None
    return status or label if event.facts.results.is_nothing else label


def _joined(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _sentence(event: Event, detail: str) -> str:
    """Return the detail with a capital letter, but for what is quoted."""
    status = event.job.status if event.job is not None else None
    is_quoted = detail.startswith(tuple(filter(None, (error_text(event), status))))
    return detail if is_quoted else detail[:1].upper() + detail[1:]


def _titled(event: Event, happened: str) -> str:
    end = f": {happened}"
    return cut(f"{_name(event, end)}{end}", TITLE_LIMIT)


def _name(event: Event, others: str) -> str:
    """Return its job's name beside all else that a title says."""
    return name_within(event, max(_CARD_CHARS - len(others), NAME_CHARS))


def _due(event: Event, view: View) -> str:
    """Return `due 03:38` or `was due 02:20`; '' if that is days off or unknown."""
    deadline = _deadline(event)
    return "" if deadline is None else _when(deadline, view.now or event.seen_at, view.zone)


def _deadline(event: Event) -> datetime | None:
    return event.job.job_deadline if event.job is not None else None


def _when(deadline: datetime, now: datetime, zone: tzinfo) -> str:
    at = clock_near(deadline, now, zone=zone)
    return f"{'due' if deadline > now else 'was due'} {at}" if at else ""


def _deed(when: str, name: Callable[[str], str]) -> str:
    """Return `Due 03:38: cancel legal-review`: a phone cuts what stands last, never the hour."""
    lead = f"{when}: {_CANCEL}" if when else _CANCEL
    return f"{lead[0].upper()}{lead[1:]}{name(lead)}"


def _without_due(event: Event, detail: str, view: View) -> str:
    """Return what happened to a job without when it is due, which its title says."""
    at = due(event, view)
    said = detail.removeprefix(f"{at}, ").replace(f", {at},", ",")
    return said.replace(f" its {at.removeprefix('due ')} deadline", " its deadline")
