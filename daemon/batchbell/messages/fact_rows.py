"""In which order and rows a message gives facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.fact import DEEDS, REFERENCE_GROUPS, REFERENCES, Fact, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Before the id that a command ends with.
_ID = " -- "
#: What helps only where nothing else came of what stands before it.
_ALL_OF_IT = "retry --include all"
#: What stands in a line of its own in a digest, in this order.
_OWN_LINES = (Role.REMEDY, Role.REPETITION)


def digest_rows(facts: Iterable[Fact]) -> list[list[Fact]]:
    """Return what a digest's entry says in lines.

    What to do, how to end that it is repeated, each command, all else, and its page.
    """
    told = ids_once(facts)
    first = [[fact] for role in _OWN_LINES for fact in told if fact.role is role]
    commands = [[fact] for fact in told if fact.role is Role.COMMAND]
    links = [[fact] for fact in told if fact.role is Role.LINK]
    apart = [*first, *commands, *links]
    others = [fact for fact in told if [fact] not in apart]
    return [row for row in (*first, *commands, others, *links) if row]


def ids_once(facts: Iterable[Fact]) -> list[Fact]:
    """Return what a digest's entry says without the id of its job where a command has it."""
    told = list(facts)
    has_id = any(fact.role is Role.COMMAND for fact in told)
    return [fact for fact in told if not (has_id and fact.role is Role.JOB)]


def numbered(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the facts, what is to be done one after the other with its number.

    The last of that is done by hand: what stands behind it is no part of it, as ending reminders.
    """
    last = max((at for at, fact in enumerate(facts) if fact.role is Role.STEP), default=-1)
    number, told = 0, []
    for at, fact in enumerate(facts):
        is_next = fact.role in DEEDS and at <= last
        number += is_next
        told.append(fact._replace(label=f"{number} {fact.label}") if is_next else fact)
    return tuple(told)


def in_order(commands: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return several commands with their numbers, one of them as it is."""
    if len(commands) < len(("first", "second")):
        return tuple(commands)
    return tuple(
        fact._replace(label=f"{number} {fact.label}")
        for number, fact in enumerate(commands, start=1)
    )


def first_command(facts: Sequence[Fact]) -> list[Fact]:
    """Return the first command, as it is called where no other one stands below it."""
    found = next((fact for fact in facts if fact.role is Role.COMMAND), None)
    if found is None:
        return []
    return [_unnumbered(found)]


def _unnumbered(fact: Fact) -> Fact:
    number, _, label = fact.label.partition(" ")
    return fact._replace(label=label) if number.isdecimal() else fact


def then(facts: Sequence[Fact]) -> list[Fact]:
    """Return which commands follow the first one, where steps have numbers, in words.

    `Once cancelled: the same with fetch, then retry; run what retry prints`: the id that the first
    one ends with is theirs too. An only one is followed by what is done by hand.
    """
    commands = [fact for fact in facts if fact.role is Role.COMMAND and _ID in fact.text]
    steps = [fact for fact in commands if fact.label[:1].isdecimal()]
    if len(steps) < len(("first", "second")):
        behind = facts[facts.index(steps[0]) :] if steps else ()
        return [_unnumbered(fact) for fact in behind if fact.role is Role.STEP]
    first, *others = map(_named, steps)
    # A job that is being cancelled has no files yet, and what a file is written of is not sent.
    when = "Once cancelled" if first == "cancel" else "Then"
    if_gone = "if it is gone, " if first == "show" else ""
    names = "".join(f", {'else' if name == _ALL_OF_IT else 'then'} {name}" for name in others[1:])
    submits = "; run what retry prints" if others[-1].startswith("retry") else ""
    return [Fact(when, f"{if_gone}the same with {others[0]}{names}{submits}", Role.STEP)]


def _named(command: Fact) -> str:
    name, _, _ = command.text.partition(_ID)
    return name.removeprefix("batchbell ")


def parted(facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Return what is said, or to be copied, and what the job is known by."""
    known = [fact for fact in facts if fact.role in REFERENCES]
    return [fact for fact in facts if fact not in known], known


def reference_rows(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Return what a job is known by in rows: what is worked on, when, and ids."""
    rows = ([fact for fact in facts if fact.role in group] for group in REFERENCE_GROUPS)
    return [row for row in rows if row]
