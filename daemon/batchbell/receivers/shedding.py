"""What a digest sheds where it is too long: first what nobody acts on, never what presses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from batchbell.messages.fact import WAYS, Fact, Role
from batchbell.messages.remedy import Asks
from batchbell.messages.shared_advice import sentences
from batchbell.receivers.fitting import CUT, NEEDED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from batchbell.messages.entry import Entry

#: What is left of an entry's facts.
Keep: TypeAlias = "Callable[[Entry], Sequence[Fact]]"

#: Nobody has to act on them now.
_CALM = frozenset({Asks.WATCH, Asks.SEEN, Asks.DONE, Asks.KNOW})
#: Of these not even the details are missed: what became of them stands in their headline.
_OVER = frozenset({Asks.SEEN, Asks.DONE, Asks.KNOW})
#: They keep their commands, and why they ask for that.
_PRESSING = frozenset({Asks.CANCEL, Asks.REPAIR})
_REASONS = frozenset({Role.OUTLOOK, Role.PROGRESS, Role.CAUSE})
_KEPT = frozenset({*NEEDED, *WAYS, Role.REMEDY, Role.REPETITION})
#: How those begin that say what becomes of what is done.
_BECOMES = ("What is done ", "Nothing is done ")


def whole(entry: Entry) -> Sequence[Fact]:
    """Return all that a digest says of an entry."""
    return entry.digest_facts


def without_details(entry: Entry) -> Sequence[Fact]:
    """Leave out causes, unless they are what is to be repaired, and the details of what is over."""
    facts = [
        fact
        for fact in entry.digest_facts
        if fact.role is not Role.CAUSE or entry.asks in _PRESSING
    ]
    return [fact for fact in facts if fact.role in _KEPT] if entry.asks in _OVER else facts


def without_calm_commands(entry: Entry) -> Sequence[Fact]:
    """Leave out the commands of what nobody has to act on now, too."""
    facts = without_details(entry)
    return _without_commands(facts) if entry.asks in _CALM else facts


def to_act(entry: Entry) -> Sequence[Fact]:
    """Return what to do, in short, with its commands, and what is needed; reasons if it presses."""
    kept = _KEPT | _REASONS if entry.asks in _PRESSING else _KEPT
    told = (fact for fact in without_calm_commands(entry) if fact.role in kept)
    return [_in_short(fact) if fact.role is Role.REMEDY else fact for fact in told]


def with_pressing_commands(entry: Entry) -> Sequence[Fact]:
    """Return the same, with the commands of what presses alone."""
    facts = to_act(entry)
    return facts if entry.asks in _PRESSING else _without_commands(facts)


#: Each says less than the one before.
SHEDDING: tuple[Keep, ...] = (
    without_details,
    without_calm_commands,
    to_act,
    with_pressing_commands,
)
#: With these who has to do something lacks how, or why.
LOSING = (to_act, with_pressing_commands)
#: What is left out, as a message says it; all else is details.
_CALLED = {Role.COMMAND: "commands", Role.CAUSE: "causes"}


def shortened(entries: Sequence[Entry], keep: Keep) -> Fact:
    """Return what says that a digest is shortened, and what `keep` leaves out of it."""
    lost = {role for entry in entries for role in _lost(entry, keep(entry))}
    kept = {fact.role for entry in entries for fact in keep(entry)}
    # Who sees commands must not look for why it says that there are none.
    names = [f"{'some ' * (role in kept)}{name}" for role, name in _CALLED.items() if role in lost]
    if lost - _CALLED.keys():
        names.append("details")
    *others, last = names or ["details"]
    named = f"{', '.join(others)} and {last}" if others else last
    return CUT._replace(label=f"Shortened ({named} are left out). All of it")


def _lost(entry: Entry, kept: Sequence[Fact]) -> set[Role]:
    return {fact.role for fact in entry.digest_facts if fact not in kept}


def keeps_commands(entry: Entry) -> bool:
    """Whether an entry has its commands wherever there is room for its headline."""
    return entry.asks in _PRESSING


def _without_commands(facts: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.role is not Role.COMMAND]


def _in_short(fact: Fact) -> Fact:
    """Leave out what becomes of the part that is done: nobody has to do that."""
    told = (each for each in sentences(fact.text) if not each.startswith(_BECOMES))
    return fact._replace(text=" ".join(told))
