"""How ntfy's messages look: texts of at most 4,096 bytes, as many as a long digest takes.

Source: docs.ntfy.sh, publishing (priority, tags; limitations: a longer message becomes an
attachment).
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.fact import COMMANDS, DEEDS, IDS, Fact, Role
from batchbell.messages.fact_rows import ids_once, parted, reference_rows
from batchbell.messages.plain_text import ELLIPSIS, within
from batchbell.messages.remedy import Asks
from batchbell.messages.shared_advice import sentences
from batchbell.receivers.fitting import cut_to, fit_facts, under_head
from batchbell.receivers.parts import pieces
from batchbell.receivers.shedding import keeps_commands

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

MESSAGE_BYTES = 4_096
_HEAD_CHARS = 300
#: So many jobs of a digest a locked phone has room for.
_ON_A_CARD = 3
#: The longest first lines of one event; `size` says how long.
_FIRST_BYTES = 2_000
#: What is a tap away where a digest's entry has a page.
_ON_ITS_PAGE = COMMANDS | DEEDS | {Role.LINK}
#: What is a tap away where a message leads to its job's page.
_ON_JOB_PAGE = frozenset({Role.ADVICE, Role.LINK, Role.WORK})
#: What of a digest has its first command: what is to be sent again, besides what presses.
_SENT_AGAIN = frozenset({Asks.SUBMIT, Asks.FETCH, Asks.DECIDE})
#: What the first lines of one event say.
_SAID_FIRST = frozenset({Role.REMEDY, Role.SHARE})
#: What they may say word by word.
_MAY_BE_SAID = frozenset({Role.ERROR, Role.PROGRESS, Role.STATUS})
#: What the text may take of the largest request, 8,192 bytes; title and topic need some as well.
_JSON_BYTES = 6_000
#: The emoji that it shows.
TAGS = {
    Severity.INFO: "information_source",
    Severity.SUCCESS: "white_check_mark",
    Severity.WARNING: "warning",
    Severity.FAILURE: "rotating_light",
}
#: The priority that need not be said.
USUAL = "default"


def as_ntfy(plain: Content, message: Message, now: datetime) -> Content:
    """Add the texts of the messages; the title is shown above each, and a tap opens the page.

    So a digest begins with what is next, and nothing leads to where a tap does.
    """
    del now
    if message.is_digest:
        message = _led(message)
        found = pieces(
            message,
            MESSAGE_BYTES,
            # The title is elsewhere; what stands below it goes with the first entry.
            lead="",
            block=partial(_block, first=message.entries[0], above=_below_title(message)),
            lines=partial(_closing, scope=message.scope),
            size=size,
        )
        texts = [piece.text for piece in found]
    else:
        (entry,) = message.entries
        texts = [_of_one(entry, message.closing)]
    payload = {"pieces": texts, "click": message.link, "priority": _priority(message)}
    return replace(plain, title=message.card_title, payload=payload)


def _led(message: Message) -> Message:
    """Return the message, where its title is about one told before with what cancels that first."""
    if message.told_before is None:
        return message
    aside = [*message.besides, *(fact for entry in message.entries for fact in entry.aside)]
    first, *others = (replace(entry, aside=()) for entry in message.entries)
    return replace(message, entries=(replace(first, aside=tuple(aside)), *others), still=())


def _below_title(message: Message) -> str:
    """Return what a locked phone shows below a digest's title: why, the next ones, who stalls.

    Below a deadline stand the next ones, whether new or told before, and how many there are. Below
    all else what is still to be cancelled goes behind what helps with the title's own matter, and
    before what asks for nothing.
    """
    first, before = message.entries[0], message.told_before
    if before is not None or first.asks is Asks.CANCEL:
        others, counts = message.below_card_title, message.to_cancel_count
        why = _why(first)
        if before is not None:
            # The title is about another one: what is new must not look like what was told before.
            new = within(first.card.title)
            why, others = f"New, {new}", [each for each in others if each != new]
        told = [why, *_also(others, is_counted=bool(counts)), counts]
    else:
        told = [_why(first), *_also(message.below_card_title)]
        still = message.still_in_short[:1].upper() + message.still_in_short[1:]
        told.insert(1 if first.asks.is_deed else 0, still)
    return "\n".join(filter(None, (*told, message.together)))


def _why(entry: Entry) -> str:
    """Return what happened to the first one; of what is cut off that stands in the title.

    One that is to be watched has when to look at it again, or when it rings.
    """
    if entry.asks is Asks.CONNECT:
        return entry.remedy
    if entry.asks is not Asks.WATCH:
        return entry.card.below
    return _with_deed(entry, sentences(entry.remedy)[0].removesuffix("."))


def _also(titles: Sequence[str], *, is_counted: bool = False) -> list[str]:
    """Return the next ones, and behind the last how many follow, unless a line below counts all."""
    lines = [f"also {title}" for title in titles[: _ON_A_CARD - 1]]
    left = len(titles) - len(lines)
    if left and not is_counted:
        lines[-1] += f"; {left} more"
    return lines


def _priority(message: Message) -> str:
    """Return how ntfy rings: loud for what can't wait."""
    if message.is_pressing:
        return "high"
    return "low" if message.severity is Severity.INFO else USUAL


def _of_one(entry: Entry, closing: Sequence[Fact]) -> str:
    """Return what stands below the title of one event: what happened, what to do, and all else."""
    first = cut_to(_first(entry), _FIRST_BYTES, size)
    is_tapped = bool(entry.link and entry.event.job)
    has_id = any(fact.text.endswith(f" {entry.event.job_id}") for fact in _commands(entry))
    no_deeds = frozenset() if _has_deeds(entry) and has_id else DEEDS
    left_out = _SAID_FIRST | (_ON_JOB_PAGE | no_deeds if is_tapped else {Role.LINK})
    told = [
        fact
        for fact in (*entry.in_few, *closing)
        if fact.role not in left_out and not (fact.role in _MAY_BE_SAID and fact.text in first)
    ]
    write = _with_command if any(fact.role in COMMANDS for fact in told) and has_id else _lines
    head = f"{first}\n\n" if first else ""
    room = MESSAGE_BYTES - (size(head) if head else 0)
    return head + fit_facts(told, room, write=write, size=size)


def _commands(entry: Entry) -> list[Fact]:
    return [fact for fact in entry.in_few if fact.role is Role.COMMAND]


def _has_deeds(entry: Entry) -> bool:
    """Whether there is something to do; a job that is to be watched may be cancelled in steps."""
    return entry.asks is not Asks.WATCH or any(fact.role is Role.STEP for fact in entry.facts)


def _first(entry: Entry) -> str:
    """Return `500 of 500 ok. Fetch its output.`: what a locked phone shows below the title."""
    return _with_deed(entry, entry.remedy)


def _with_deed(entry: Entry, deed: str) -> str:
    happened = entry.card.below
    end = "" if happened.endswith((".", "!", "?", ELLIPSIS)) else "."
    return f"{happened}{end} {deed}".strip() if happened else deed


def _closing(facts: Sequence[Fact], *, scope: str) -> str:
    """Return what a digest closes with, apart from its entries: whose they are, what shows more."""
    lines = (_to_copy(fact) for fact in facts if fact.role is not Role.LINK)
    return "\n".join(filter(None, (scope, *lines)))


def size(text: str) -> int:
    """Return how many bytes a text takes, more if it takes very many where it is escaped as JSON.

    ntfy makes an attachment of more than 4,096 bytes of text, and takes no request of twice that.
    """
    return max(len(text.encode()), len(json.dumps(text)) * MESSAGE_BYTES // _JSON_BYTES)


def _block(entry: Entry, facts: Sequence[Fact], room: int, *, first: Entry, above: str) -> str:
    """Return an entry below what it and those that follow ask for: what happened, what to do.

    The title stands for the first heading, unless it is about one told before. Its commands are a
    tap away, unless it presses, or something of it is sent again.
    """
    heading = (
        f"— {entry.heading} —\n" if entry.heading and (entry is not first or entry.aside) else ""
    )
    lines = f"{above}\n\n" if entry is first and above else ""
    aside = "\n".join(map(_to_copy, entry.aside)) + "\n\n" if entry.aside else ""
    for_all = f"{entry.for_all}\n\n" if entry.for_all else ""
    head = f"{lines}{aside}{heading}{for_all}• {cut_to(entry.headline, _HEAD_CHARS)}"
    is_tapped = bool(entry.link) and not (entry.asks in _SENT_AGAIN or keeps_commands(entry))
    write = partial(_below, is_tapped=is_tapped, is_line=entry.is_line)
    return under_head(head, facts, room, write=write, size=size)


def _below(facts: Sequence[Fact], *, is_tapped: bool, is_line: bool) -> str:
    """Return what stands below an entry's headline: what to do, all else, ids, and its commands.

    Those of what can wait are a tap away; others have the job's id. What is done stands in one row.
    """
    commands = [] if is_tapped else [fact for fact in facts if fact.role in COMMANDS]
    told = [fact for fact in facts if fact.role not in _ON_ITS_PAGE]
    to_do = [f"→ {fact.text.removesuffix('.')}" for fact in told if fact.role is Role.REMEDY]
    others = [fact for fact in told if fact.role not in IDS | {Role.REMEDY}]
    ids = [fact for fact in told if fact.role in IDS and not _is_in(fact, commands)]
    if is_line:
        return "\n".join(filter(None, (*to_do, _row([*others, *commands, *ids]))))
    known = "\n".join(filter(None, (*to_do, _row(others), _row(ids))))
    return "\n\n".join(filter(None, (known, "\n".join(map(_to_copy, commands)))))


def _is_in(known: Fact, commands: Sequence[Fact]) -> bool:
    """Whether it is the id of the job, and a command has it."""
    return known.role is Role.JOB and any(each.text.endswith(known.text) for each in commands)


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(map(_line, facts))


def _line(fact: Fact) -> str:
    return fact.text if fact.role is Role.REMEDY else f"{fact.label}: {fact.text}"


def _to_copy(fact: Fact) -> str:
    """Return a line, a command in one of its own below what it does."""
    return f"{fact.label}:\n{fact.text}" if fact.role is Role.COMMAND else _line(fact)


def _with_command(facts: Sequence[Fact]) -> str:
    """Return the paragraphs of what has a command for its job, which has the job's id."""
    return _lines(ids_once(facts))


def _lines(facts: Sequence[Fact]) -> str:
    """Return paragraphs: what is told, what to copy, when it was, and at last ids.

    An id has a line of its own: with its label it is too long for a phone, which would break it.
    """
    told, known = parted(facts)
    copied = [_to_copy(fact) for fact in told if fact.role in COMMANDS | DEEDS]
    others = [_line(fact) for fact in told if fact.role not in COMMANDS | DEEDS]
    ids = [f"{fact.label}:\n{fact.text}" for fact in known if fact.role in IDS]
    when = reference_rows([fact for fact in known if fact.role not in IDS])
    blocks = (others, copied, list(map(_row, when)), ids)
    return "\n\n".join("\n".join(block) for block in blocks if block)
