"""What a channel is told about one event, or about several in one digest, as structured data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.messages.entry import OPEN_JOB, TITLE_LIMIT
from batchbell.messages.fact import Fact, Role
from batchbell.messages.plain_text import cut
from batchbell.messages.remedy import Asks

if TYPE_CHECKING:
    from batchbell.core.event import Severity
    from batchbell.messages.entry import Card, Entry

_ALL_JOBS = "batchbell status"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is told in one go; the same events always give the same message."""

    #: One line of at most `TITLE_LIMIT` characters that stands alone.
    title: str
    #: The first line of the body, so that it stands alone too: the title, whole, and `together`.
    lead: str
    #: Which jobs of a digest stall together, and that another one follows; '' for neither.
    together: str = ""
    #: How many events ask for what, where a digest's first stands below; '' of a single event.
    counts: str = ""
    #: Whose account all events of a digest are of, where they do not say that themselves.
    scope: str = ""
    #: One for each event but those that another one overtakes, the most urgent first; never empty.
    entries: tuple[Entry, ...]
    #: Address of the page that shows everything, '' if the readers can't reach it.
    overview: str = ""
    #: Which others are still to be cancelled, where that stands below all entries.
    still: tuple[Fact, ...] = ()
    #: How many are, and which is due first where that is before all that is new; '' if none.
    still_in_short: str = ""
    #: That one, for a locked phone, if something new is to be cancelled later; None if not.
    told_before: Card | None = None
    #: What else is to be cancelled, new or told before, below a title about that; a line each.
    to_cancel: tuple[str, ...] = ()
    #: How many are to be cancelled, whenever told; '' if none is new, or none was told before.
    to_cancel_count: str = ""
    #: What has to be said about the message itself; '' if nothing.
    note: str = ""

    @property
    def card_title(self) -> str:
        """The title for a locked phone: which job, what to do, and how many others follow."""
        if not self.is_digest:
            return self.entries[0].card.title
        card, more = self.told_before or self.entries[0].card, f", +{len(self.below_card_title)}"
        return cut(card.title, TITLE_LIMIT - len(more)) + more

    @property
    def below_card_title(self) -> list[str]:
        """What else there is, for a locked phone: what is to be cancelled, and all other events."""
        is_about_cancel = self.told_before is not None or self.entries[0].asks is Asks.CANCEL
        if not is_about_cancel:
            return [entry.card.title for entry in self.entries[1:]]
        others = [entry.card.title for entry in self.entries if entry.asks is not Asks.CANCEL]
        return [*self.to_cancel, *others]

    @property
    def severity(self) -> Severity:
        """The worst severity in it, but for what was overtaken."""
        return max(entry.severity for entry in self.entries)

    @property
    def is_pressing(self) -> bool:
        """Whether some of it can't wait until the morning."""
        return any(entry.is_pressing for entry in self.entries)

    @property
    def all_entries(self) -> tuple[Entry, ...]:
        """One for each event: behind each entry stands what it overtakes."""
        return tuple(each for entry in self.entries for each in (entry, *entry.before))

    @property
    def closing(self) -> tuple[Fact, ...]:
        """What to do next: what else is to be cancelled, the command that shows more, the page."""
        return (*self.besides, *self.onward)

    @property
    def besides(self) -> tuple[Fact, ...]:
        """What else is to be cancelled, where that does not stand among the entries."""
        # The next line has that command.
        return tuple(fact for fact in self.still if fact.text != self.advice)

    @property
    def onward(self) -> tuple[Fact, ...]:
        """The command that shows more, the page, and what has to be said."""
        facts = (
            Fact("Look closer", self.advice, Role.ADVICE),
            Fact(self.link_label, self.link, Role.LINK),
            Fact("Note", self.note, Role.NOTE),
        )
        return tuple(fact for fact in facts if fact.text)

    @property
    def advice(self) -> str:
        """The command that shows more of all of it, '' if none."""
        asked = {entry.advice for entry in self.entries}
        return asked.pop() if len(asked) == 1 else _ALL_JOBS

    @property
    def link(self) -> str:
        """Address of the job on the status page, of a digest that of the page; '' if none."""
        return self.overview if self.is_digest else self.entries[0].link

    @property
    def link_label(self) -> str:
        """What the link opens, in two words."""
        is_of_job = not self.is_digest and self.entries[0].event.job is not None
        return OPEN_JOB if is_of_job else "Status page"

    @property
    def is_digest(self) -> bool:
        """Whether it tells several events."""
        return len(self.entries) > 1
