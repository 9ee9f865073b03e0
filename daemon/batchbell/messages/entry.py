"""`Entry`: what a message says of one event, as structured data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import ABOUT_PROSPECTS, EventKind, Severity
from batchbell.messages.fact import DEEDS, REFERENCES, WAYS, Fact, Role
from batchbell.messages.fact_rows import in_order, numbered
from batchbell.messages.kind_words import words_of
from batchbell.messages.plain_text import cut
from batchbell.messages.remedy import Asks
from batchbell.messages.results_bar import squares

if TYPE_CHECKING:
    from batchbell.core.event import Event

#: Longest title, characters: what a phone's lock screen and a mail list show.
TITLE_LIMIT = 120
#: Longest headline of a digest's entry that is shown, characters.
HEAD_LIMIT = 300
#: What a link to a job is called.
OPEN_JOB = "Open job"
#: Entries of which a digest says no more than their headline and what their job is known by.
_IN_A_LINE = frozenset({Asks.SEEN, Asks.DONE})
#: What has its command in a digest, and be it the one that shows more.
_LOOKED_INTO = frozenset(Asks) - {Asks.CANCEL, Asks.WATCH, Asks.SEEN, Asks.DONE, Asks.KNOW}
#: What asks for more than one command: to fetch what came back, and to write what is sent again.
_SENT_AGAIN = frozenset({Asks.REPAIR, Asks.SUBMIT, Asks.FETCH, Asks.DECIDE})
#: What such a line leaves out.
_LEFT_OUT = WAYS | DEEDS | {Role.REMEDY, Role.PROGRESS, Role.TIME}
#: What a headline may say word by word.
_MAY_BE_SAID = frozenset({Role.ERROR, Role.PROGRESS})
#: What stands behind the causes.
_TO_LOOK_UP = DEEDS | REFERENCES
#: The kinds that are about how far a job is: a message of their own draws it.
_ABOUT_PROGRESS = frozenset(
    {
        EventKind.PROGRESS,
        EventKind.DEADLINE_APPROACHING,
        EventKind.AT_RISK,
        EventKind.DEADLINE_MISSED,
    }
)


class Card(NamedTuple):
    """A headline in two parts: together they say what it says, but the model."""

    #: Which job, and what to do by when, or what happened.
    title: str
    #: What it leaves out, to stand directly below it; '' for nothing.
    below: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of a message, in words; every text is one line without control characters."""

    #: What it is about.
    event: Event
    #: Label, subject and main detail: stands alone.
    headline: str
    #: The same for a locked phone.
    card: Card
    #: In reading order.
    facts: tuple[Fact, ...]
    #: The command that shows more, '' if none.
    advice: str
    #: Address of the page that shows more, '' if the readers can't reach it.
    link: str = ""
    #: What it asks of its readers.
    asks: Asks = Asks.KNOW
    #: Whether that can't wait until the morning.
    is_pressing: bool = False
    #: What stands above it in a digest: what it, and how many with it, ask for; '' for nothing.
    heading: str = ""
    #: What stands above that, at the left margin, and is about none of the entries.
    aside: tuple[Fact, ...] = ()
    #: What happened to its job before that it overtakes, the oldest first.
    before: tuple[Entry, ...] = ()
    #: What stands below that: what most of those below ask for alike; '' for nothing.
    for_all: str = ""
    #: What to do about it that a digest does not say above it; None if that is all there is to do.
    own_advice: str | None = None
    #: What to do about it, as it is said of each of several; '' if that follows from the words.
    of_each: str = ""

    @property
    def kind(self) -> EventKind:
        """The event's kind."""
        return self.event.kind

    @property
    def severity_of_event(self) -> Severity:
        """How bad the event is; nothing that somebody has acknowledged is bad any more."""
        return Severity.INFO if self.asks is Asks.SEEN else self.event.severity

    @property
    def severity(self) -> Severity:
        """The same as it looks: a job of which nobody knows what came back is no success."""
        results = self.event.facts.results
        is_open = self.kind is EventKind.COMPLETED and (results.is_awaited or results.is_lost)
        found = self.severity_of_event
        return Severity.WARNING if is_open and found is Severity.SUCCESS else found

    @property
    def shown(self) -> tuple[Fact, ...]:
        """The facts that a message gives, in the same order; not what its headline says."""
        return numbered([line for fact in self._told for line in (fact.lines or (fact,))])

    @property
    def _told(self) -> tuple[Fact, ...]:
        """The same with all that a fact says in one line."""
        is_drawn = self.kind in _ABOUT_PROGRESS
        may_be_said = _MAY_BE_SAID - {Role.PROGRESS} if is_drawn else _MAY_BE_SAID
        return self._shown(TITLE_LIMIT, may_be_said)

    @property
    def in_few(self) -> tuple[Fact, ...]:
        """The same for a chat: what came back as squares, and the causes in a few words."""
        row = squares(self.event.facts.results)
        share = [Fact("Came back", row, Role.SHARE)] if row else []
        causes = [
            fact._replace(text=fact.in_short or fact.text)
            for fact in self._told
            if fact.role is Role.CAUSE
        ]
        told = [fact for fact in self.shown if not (fact.role is Role.CAUSE or self._heads(fact))]
        first = [fact for fact in told if fact.role is Role.REMEDY]
        rest = [fact for fact in told if fact.role in _TO_LOOK_UP]
        said = [fact for fact in told if fact not in (*first, *rest)]
        return (*first, *share, *said, *causes, *rest)

    def _heads(self, fact: Fact) -> bool:
        """Whether the headline says how far a job came: only a mail draws that, too."""
        return fact.role is Role.PROGRESS and fact.text in cut(self.headline, TITLE_LIMIT)

    @property
    def is_line(self) -> bool:
        """Whether a digest has little to say of it: what is done, and what somebody knows."""
        return self.asks in _IN_A_LINE

    @cached_property
    def digest_facts(self) -> tuple[Fact, ...]:
        """The facts that go into a digest, in the same order; at last the ways to its files."""
        shown = self._shown(HEAD_LIMIT, _MAY_BE_SAID)
        left_out = _LEFT_OUT if self.is_line else WAYS | DEEDS
        brief = (fact for fact in shown if fact.is_brief and fact.role not in left_out)
        return (*filter(_says_something, map(self._in_digest, brief)), *self.ways)

    @property
    def ways(self) -> tuple[Fact, ...]:
        """How a digest's reader gets at its job's files: by commands, and by the job's page.

        With that what is done, or known to somebody, has no command. Of others the first one is
        enough, but where something is to be submitted again, or there is no time to look for them.
        """
        has_page = bool(self.link) and self.event.job is not None
        if has_page and self.is_line:
            return (Fact(OPEN_JOB, self.link, Role.LINK),)
        is_whole = self.event.kind in ABOUT_PROSPECTS or self.asks in _SENT_AGAIN
        commands = self._commands if is_whole or not has_page else self._commands[:1]
        if any(fact.role is Role.STEP for fact in self.facts):
            commands = in_order(commands)
        return (*commands, *([Fact(OPEN_JOB, self.link, Role.LINK)] if has_page else []))

    @property
    def _commands(self) -> tuple[Fact, ...]:
        """The commands for what it asks for, else the one that shows more."""
        found = tuple(fact for fact in self.facts if fact.role is Role.COMMAND and fact.is_brief)
        is_open = self.asks in _LOOKED_INTO and bool(self.advice)
        return found or ((Fact("Look closer", self.advice, Role.COMMAND),) if is_open else ())

    @property
    def remedy(self) -> str:
        """What to do about it, as a sentence; '' if there is nothing to do."""
        return next((fact.text for fact in self.facts if fact.role is Role.REMEDY), "")

    def _shown(self, limit: int, may_be_said: frozenset[Role]) -> tuple[Fact, ...]:
        # A longer headline is cut.
        said = cut(self.headline, limit)
        return tuple(
            fact
            for fact in self.facts
            if fact.is_shown
            and not (fact.role in may_be_said and fact.text in said)
            and not (fact.role is Role.STATUS and fact.text in words_of(self.event).label.split())
        )

    def _in_digest(self, fact: Fact) -> Fact:
        """Return a fact as a digest says it: of what to do, what it does not say above."""
        if fact.role is not Role.REMEDY:
            return fact._replace(text=fact.in_short or fact.text)
        # A success without a flaw need not say that its output is to be fetched.
        is_usual = self.severity <= Severity.SUCCESS
        own = fact.text if self.own_advice is None else self.own_advice
        return fact._replace(text="" if is_usual else own)


def _says_something(fact: Fact) -> bool:
    return bool(fact.text)
