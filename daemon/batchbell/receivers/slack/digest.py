"""A digest at Slack: entries of a linked headline, the deed and small print, by what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import WAYS, Fact, Role
from batchbell.messages.fact_rows import digest_rows
from batchbell.messages.remedy import Asks
from batchbell.receivers.fitting import choose, cut_to, utf16_units
from batchbell.receivers.look import look_of
from batchbell.receivers.slack.blocks import (
    BETWEEN,
    FALLBACK_CHARS,
    as_words,
    attachment,
    context,
    in_line,
    labelled,
    link,
    section,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.messages.entry import Entry

MESSAGE_BLOCKS = 50
#: The blocks of a digest's first line, of what it closes with, and of what is of no entry.
_AROUND = 3
#: What every entry of a digest gets, so that twenty stay below a message's limits.
DIGEST_CHARS = 1_400
#: What stands elsewhere than in the small print: the headline is the link.
_SAID_APART = WAYS | {Role.REMEDY, Role.JOB}
#: Longest headline of an entry; escaping makes at most five of each.
HEAD_CHARS = 200


def of_digest(entries: Sequence[Entry]) -> Iterator[dict[str, Any]]:
    """Yield a digest's entries below what they ask for; those behind get fewer blocks if need be.

    A heading takes two blocks, an entry one, or two while there are any to spare.
    """
    headings = sum(bool(entry.heading or entry.for_all) for entry in entries)
    spare = MESSAGE_BLOCKS - _AROUND - 2 * headings - len(entries)
    for place, entry in enumerate(entries):
        if entry.aside:
            yield apart(entry.aside)
        if entry.heading or entry.for_all:
            yield _heading(entry, is_first=not place)
        yield _entry(entry, _digest_facts(entry), is_tight=spare <= 0)
        spare -= not entry.is_line and spare > 0


def _heading(entry: Entry, *, is_first: bool) -> dict[str, Any]:
    """Return the heading of those that ask for the same, and below it what they all ask for.

    It is beside the colour of the first of them, else Slack draws a grey bar there.
    """
    divider = [] if is_first else [{"type": "divider"}]
    heading = f"*{entry.heading}*" if entry.heading else ""
    text = "\n".join(filter(None, (heading, as_words(entry.for_all))))
    return {
        "color": look_of(entry).colour,
        "fallback": entry.heading or entry.for_all,
        "blocks": [*divider, section(text)],
    }


def apart(facts: Sequence[Fact]) -> dict[str, Any]:
    """Return what is of none of its entries: beside no colour of theirs."""
    text = "\n".join(labelled(fact, f"{fact.label}:") for fact in facts)
    plainly = " · ".join(f"{fact.label}: {fact.text}" for fact in facts)
    return {"fallback": as_words(cut_to(plainly, FALLBACK_CHARS)), "blocks": [section(text)]}


def _entry(entry: Entry, facts: Sequence[Fact], *, is_tight: bool) -> dict[str, Any]:
    """Return an entry of a digest: its headline, which opens its job, the deed, and small print.

    What is done is small print altogether.
    """
    words = as_words(cut_to(entry.headline, HEAD_CHARS))
    head = f"*{link(entry.link, words)}*" if entry.link else f"*{words}*"
    room = DIGEST_CHARS - utf16_units(f"{head}\n")
    told = choose(facts, room, lambda some: utf16_units("\n".join(_lines(some))))
    deeds, known = _deeds(told), _known(told)
    if entry.is_line:
        line = BETWEEN.join([*deeds, *known])
        return attachment(entry, [context("\n".join(filter(None, (head, line))))])
    if is_tight:
        return attachment(entry, [section("\n".join([head, *_lines(told)]))])
    small = [context(BETWEEN.join(known))] if known else []
    return attachment(entry, [section("\n".join([head, *deeds])), *small])


def _lines(facts: Sequence[Fact]) -> list[str]:
    known = BETWEEN.join(_known(facts))
    return [*_deeds(facts), *([known] if known else [])]


def _deeds(facts: Sequence[Fact]) -> list[str]:
    """Return what to do in words, and below what it does each command: no line breaks its id."""
    words = [as_words(fact.text) for fact in facts if fact.role is Role.REMEDY]
    return [*words, *(f"{fact.label}:\n{in_line(fact.text)}" for fact in _commands(facts))]


def _known(facts: Sequence[Fact]) -> list[str]:
    """Return all else; a job's id only where no command has it, and then first."""
    ids = [] if _commands(facts) else [fact for fact in facts if fact.role is Role.JOB]
    rows = digest_rows(fact for fact in facts if fact.role not in _SAID_APART)
    return [labelled(fact, f"{fact.label}:") for row in (ids, *rows) for fact in row]


def _commands(facts: Sequence[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.role is Role.COMMAND]


def _digest_facts(entry: Entry) -> list[Fact]:
    """Return a digest's facts, with the error where the headline is cut before its end."""
    is_cut = len(entry.headline) > HEAD_CHARS
    errors = [fact for fact in entry.facts if fact.role is Role.ERROR and is_cut]
    facts = [*entry.digest_facts, *(fact for fact in errors if fact not in entry.digest_facts)]
    # What is to be watched is not to be cancelled yet.
    is_early = entry.asks is Asks.WATCH
    return [fact for fact in facts if not (is_early and fact.role is Role.COMMAND)]
