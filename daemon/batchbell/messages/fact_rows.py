"""In which order and rows a message gives facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.messages.fact import DEEDS, REFERENCE_GROUPS, REFERENCES, Fact, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


def parted(facts: Sequence[Fact]) -> tuple[list[Fact], list[Fact]]:
    """Return what is said, or to be copied, and what the job is known by."""
    known = [fact for fact in facts if fact.role in REFERENCES]
    return [fact for fact in facts if fact not in known], known


def reference_rows(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Return what a job is known by in rows: what is worked on, when, and ids."""
    rows = ([fact for fact in facts if fact.role in group] for group in REFERENCE_GROUPS)
    return [row for row in rows if row]
