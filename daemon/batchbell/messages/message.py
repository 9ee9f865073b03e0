"""What a channel is told about one event, or about several in one digest, as structured data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.messages.fact import Fact, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.core.event import Event, EventKind, Severity

#: Longest title, characters: what a phone's lock screen and a mail list show.
TITLE_LIMIT = 120


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
