"""What a channel is told about one event, or about several in one digest, as structured data.

The facts a message understands, by kind of event. All may be missing; times are RFC 3339 text.

    ends, transitions       previous_status; corrects (the end told before)
    batch.progress          threshold (percent)
    batch.deadline_*        step ("1h"), time_left (seconds), poll_age (seconds), and a forecast's:
                            outlook (in words), forecast, earliest, latest (times), pace (in words)
    batch.at_risk           time_left, poll_age, and a forecast's
    batch.stalled           since (time); of those that stall together also cohort (in words),
                            cohort_jobs (how many), cohort_of ("on MODEL"), cohort_since (time)
    batch.resumed           since (time) or stalled_seconds
    batch.vanished          missed_polls
    account.unreachable,
    account.unauthorized    error, outage_since, failures
    account.recovered       error, outage_since, failures, blind_seconds
    account.watching        jobs, running, ended_untold
    channel.*               channel, error, outage_since
    of a reminder           reminder (its number), first_told (time), status_now (if it changed)
    of a job                input_file (the file's name), api (where its files are, if elsewhere)
    any                     blind_from, blind_until (times), blind_reason ("daemon down")
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.event import EventKind, Severity
from batchbell.core.plain_text import cut, one_line
from batchbell.messages.advice import advice
from batchbell.messages.details import details_of
from batchbell.messages.fact import Fact, Role
from batchbell.messages.fact_words import cohort
from batchbell.messages.headline import WORDS, headline, is_reminder
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: Longest title, characters: what a phone's lock screen and a mail list show.
TITLE_LIMIT = 120
_KIND_ORDER = {kind: position for position, kind in enumerate(EventKind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event of a message, in words; every text is one line without control characters."""

    #: What it is about.
    event: Event
    #: Label, subject and main detail: stands alone.
    headline: str
    #: In reading order.
    facts: tuple[Fact, ...]
    #: The command that shows more, '' if none.
    advice: str
    #: Address of the page that shows more, '' if the readers can't reach it.
    link: str = ""

    @property
    def kind(self) -> EventKind:
        """The event's kind."""
        return self.event.kind

    @property
    def severity(self) -> Severity:
        """How bad the event is."""
        return self.event.severity

    @property
    def digest_facts(self) -> tuple[Fact, ...]:
        """The facts that go into a digest, in the same order; not what the headline says."""
        return tuple(fact for fact in self.facts if fact.is_brief and not self._is_said(fact))

    def _is_said(self, fact: Fact) -> bool:
        return fact.role is Role.ERROR and fact.text in self.headline


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is told in one go; the same events always give the same message."""

    #: One line of at most `TITLE_LIMIT` characters that stands alone.
    title: str
    #: The first line of the body, so that it stands alone too: the title, or a digest's counts.
    lead: str
    #: One for each event, worst first; never empty.
    entries: tuple[Entry, ...]
    #: Address of the page that shows everything, '' if the readers can't reach it.
    overview: str = ""
    #: What has to be said about the message itself; '' if nothing.
    note: str = ""

    @property
    def severity(self) -> Severity:
        """The worst severity in it."""
        return max(entry.severity for entry in self.entries)

    @property
    def closing(self) -> tuple[Fact, ...]:
        """What to do next, of the worst event: the command, and the page if there is a link."""
        facts = (
            Fact("Look closer", self.entries[0].advice, Role.ADVICE),
            Fact("Status page", self.link, Role.LINK),
            Fact("Note", self.note, Role.NOTE),
        )
        return tuple(fact for fact in facts if fact.text)

    @property
    def link(self) -> str:
        """Address of the job on the status page, of a digest that of the page; '' if none."""
        return self.overview if self.is_digest else self.entries[0].link

    @property
    def is_digest(self) -> bool:
        """Whether it tells several events."""
        return len(self.entries) > 1


def build_message(events: Sequence[Event], view: View = PLAIN_VIEW) -> Message:
    """Put one or several events into words; their order does not matter.

    Raises ValueError without any event, and on nothing else.
    """
    if not events:
        raise ValueError("a message tells at least one event")
    ordered = sorted(events, key=_worst_first)
    entries = tuple(_entry(event, view) for event in ordered)
    overview = f"{view.page_url}/" if view.page_url else ""
    if len(entries) == 1:
        title = cut(entries[0].headline, TITLE_LIMIT)
        return Message(title=title, lead=title, entries=entries, overview=overview)
    counts = ", ".join(
        f"{count} {WORDS[kind].counted}" for kind, count in Counter(e.kind for e in entries).items()
    )
    count = f"{len(entries)} events{_of_accounts(events)}"
    about = "Batch jobs" if all(event.job_id for event in events) else "batchbell"
    if all(map(is_reminder, events)):
        about, count = "Reminder", f"{count}, told before and not acknowledged"
    return Message(
        title=cut(f"{about}: {counts}", TITLE_LIMIT),
        lead=f"{_cohorts(ordered, view)}{count}, worst first: {counts}.",
        entries=entries,
        overview=overview,
    )


def as_text(message: Message, digest_facts: Callable[[Entry], Sequence[Fact]] | None = None) -> str:
    """Return the body as plain text; it starts with the lead.

    `digest_facts` picks the facts that a digest gives of an entry, those of `Entry` if it is None.
    """
    if not message.is_digest:
        entry = message.entries[0]
        lines = [message.lead, "", *_lines(entry.facts)]
        closing = _lines(message.closing)
        return "\n".join([*lines, *([""] if closing else []), *closing]) + "\n"
    blocks = [message.lead]
    for entry in message.entries:
        told = entry.digest_facts if digest_facts is None else digest_facts(entry)
        facts = " · ".join(_lines(told))
        blocks.append(f"{entry.headline}\n  {facts}" if facts else entry.headline)
    blocks.append("\n".join(_lines(message.closing)))
    return "\n\n".join(blocks) + "\n"


def _lines(facts: Iterable[Fact]) -> list[str]:
    return [f"{fact.label}: {fact.text}" for fact in facts]


def _entry(event: Event, view: View) -> Entry:
    return Entry(
        event=event,
        headline=headline(event, view),
        facts=details_of(event, view),
        advice=advice(event),
        link=_link(event, view),
    )


def _link(event: Event, view: View) -> str:
    if not view.page_url:
        return ""
    return f"{view.page_url}/" + (job_page(event.account, event.job_id) if event.job else "")


def _worst_first(event: Event) -> tuple[int, int, datetime, tuple[str, str, str, str]]:
    return (-event.severity, _KIND_ORDER[event.kind], event.happened_at, event.key)


def _cohorts(events: Sequence[Event], view: View) -> str:
    """Return a sentence for all those that stall together, as the first thing to know."""
    sentences = dict.fromkeys(cohort(event, view) for event in events)
    return "".join(f"{text[0].upper()}{text[1:]}. " for text in sentences if text)


def _of_accounts(events: Sequence[Event]) -> str:
    names = sorted({one_line(event.account, TITLE_LIMIT) for event in events if event.account})
    if not names:
        return ""
    return f" of account{'s' if len(names) > 1 else ''} {', '.join(names)}"
