"""What a channel is told about one event, or about several in one digest, as structured data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.fact import REFERENCE_GROUPS, REFERENCES, Fact, Role
from batchbell.messages.plain_text import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from batchbell.core.event import Event, EventKind

#: Longest title, characters: what a phone's lock screen and a mail list show.
TITLE_LIMIT = 120
#: Longest headline of a digest's entry that is shown, characters.
HEAD_LIMIT = 300
#: What a headline may say word by word.
_MAY_BE_SAID = frozenset({Role.ERROR, Role.PROGRESS})


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
    def shown(self) -> tuple[Fact, ...]:
        """The facts that a message gives, in the same order; not what its headline says."""
        return self._shown(TITLE_LIMIT)

    @property
    def digest_facts(self) -> tuple[Fact, ...]:
        """The facts that go into a digest, in the same order."""
        shown = self._shown(HEAD_LIMIT)
        return tuple(fact for fact in shown if fact.is_brief and not self._is_usual(fact))

    @property
    def remedy(self) -> str:
        """What to do about it, as a sentence; '' if there is nothing to do."""
        return next((fact.text for fact in self.facts if fact.role is Role.REMEDY), "")

    def _shown(self, limit: int) -> tuple[Fact, ...]:
        # A longer headline is cut.
        said = cut(self.headline, limit)
        return tuple(
            fact
            for fact in self.facts
            if fact.is_shown and not (fact.role in _MAY_BE_SAID and fact.text in said)
        )

    def _is_usual(self, fact: Fact) -> bool:
        """Whether it is what is done about every success."""
        return fact.role is Role.REMEDY and self.severity <= Severity.SUCCESS


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
        parts = (_lines(message.entries[0].shown), _lines(message.closing))
        return "\n\n".join([message.lead, *("\n".join(part) for part in parts if part)]) + "\n"
    blocks = [message.lead]
    for entry in message.entries:
        told = entry.digest_facts if digest_facts is None else digest_facts(entry)
        rows = (" · ".join(_lines(row)) for row in digest_rows(told))
        blocks.append("\n  ".join([entry.headline, *rows]))
    blocks.append("\n".join(_lines(message.closing)))
    return "\n\n".join(blocks) + "\n"


def digest_rows(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return what a digest's entry says in a line each: what to do, and all else."""
    told = list(facts)
    remedies = [fact for fact in told if fact.role is Role.REMEDY]
    return [row for row in (remedies, [fact for fact in told if fact not in remedies]) if row]


def parted(facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Return what is said, or to be copied, and what the job is known by."""
    known = [fact for fact in facts if fact.role in REFERENCES]
    return [fact for fact in facts if fact not in known], known


def reference_rows(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Return what a job is known by in rows: what is worked on, when, and ids."""
    rows = ([fact for fact in facts if fact.role in group] for group in REFERENCE_GROUPS)
    return [row for row in rows if row]


def _lines(facts: Iterable[Fact]) -> list[str]:
    return [f"{fact.label}: {fact.text}" for fact in facts]
