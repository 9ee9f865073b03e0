"""Mail: HTML that common mail clients show, with inline styles and nothing remote, and its text."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from textwrap import wrap
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.fact import COMMANDS, DEEDS, REFERENCES, WAYS, Fact, Role
from batchbell.messages.fact_rows import digest_rows, ids_once, parted
from batchbell.messages.plain_text import ELLIPSIS, cut
from batchbell.messages.results_bar import ResultsBar, results_bar
from batchbell.receivers.look import LOOKS, URGENT, look_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from jinja2 import Environment
    from markupsafe import Markup

    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

#: Facts that catch the eye.
_TELLING = frozenset({Role.ERROR, Role.OUTLOOK})
#: What is worth reading in a list of mails, behind what to do.
_PREVIEW = frozenset({Role.OUTLOOK, Role.PROGRESS, Role.CAUSE, Role.DETAIL})
#: What a mailbox shows behind the subject, characters.
_PREVIEW_CHARS = 140
#: Lines of the text part, characters; what is there to be copied is never broken.
_LINE_CHARS = 78
_UNBROKEN = COMMANDS | {Role.LINK}
#: An option of a command, and a day with its time; both are short.
_WHOLE = re.compile(r"(?<!\S)--[a-z-]{1,24}\b|\b\d{4}-\d\d-\d\d \d\d:\d\d(?: [A-Z]{2,5})?\b")
#: The same of a title, and with the dot before it: a time with its day or its zone, a count with
#: what is counted, how long, a name.
_WHOLE_IN_TITLE = re.compile(
    r"(?:\u00b7 )?(?:\b\d{4}-\d\d-\d\d \d\d:\d\d(?: [A-Z]{2,5})?\b|\b\d\d:\d\d [A-Z]{2,5}\b"
    r"|\b\d[\d,]*(?: to \d[\d,]*)? of \d[\d,]* \w+|\b\d+[dhm] \d+[hm]\b|\b\d[\d,]* [A-Za-z]+\b"
    r"|\b[\w.]+(?:-[\w.]+)+)"
)
#: What is longer may be wider than a phone.
_WHOLE_CHARS = 28
_CUT, _HELD = f" {ELLIPSIS}", f"\N{NO-BREAK SPACE}{ELLIPSIS}"


def as_mail(plain: Content, message: Message, now: datetime) -> Content:
    """Add the HTML part, a whole document, and a text part whose facts stand below each other.

    Its subject begins with the sign of how bad it is, as a chat's title does: mailboxes have no
    colours. So the sign of what has no time, which else is that of a warning, stands twice.
    """
    del now
    preview = _preview(message)
    html = (
        _environment()
        .get_template("mail.html")
        .render(
            message=message,
            looks=LOOKS,
            look_of=look_of,
            roles=Role,
            success=Severity.SUCCESS,
            warning=Severity.WARNING,
            failure=Severity.FAILURE,
            telling=_TELLING,
            references=REFERENCES,
            to_copy=to_copy,
            bar_of=bar_of,
            ways=WAYS,
            ids_once=ids_once,
            unbroken=unbroken,
            unbroken_title=unbroken_title,
            preview=preview,
            # Else the mailbox goes on with what stands below it.
            filling=_PREVIEW_CHARS - len(preview),
        )
    )
    # That nothing is amiss needs no sign.
    look = look_of(message)
    sign = f"{look.sign * (1 + (look == URGENT))} " if message.severity > Severity.INFO else ""
    title = cut(f"{sign}{message.title}", TITLE_LIMIT)
    return replace(plain, title=title, text=_text(message), html=html)


def as_html(title: str, text: str) -> str:
    """Return a text as a whole HTML document, its lines as they are."""
    return _environment().get_template("mail_text.html").render(title=title, text=text)


def to_copy(entry: Entry) -> list[Fact]:
    """Return the commands about an event's job, and what is to be done by hand after them."""
    return [fact for fact in entry.shown if fact.role in DEEDS]


def bar_of(entry: Entry) -> ResultsBar | None:
    """Return the bar of what came back of an event's job; None if that is not known."""
    return results_bar(entry.event.facts.results)


def _text(message: Message) -> str:
    """Return the text part; it begins with the lead."""
    lead = "\n".join(_wrapped("", message.lead, indent=0))
    closing = "\n".join(_aligned(message.onward))
    if not message.is_digest:
        paragraphs = map("\n".join, map(_aligned, _apart(message.entries[0].shown)))
        return "\n\n".join(filter(None, (lead, *paragraphs, closing))) + "\n"
    entries = map("\n".join, map(_entry, message.entries))
    besides = "\n".join(_beside(message.besides))
    return "\n\n".join(filter(None, [lead, *entries, besides, closing])) + "\n"


def _beside(facts: Sequence[Fact]) -> Iterator[str]:
    """Yield what is about none of the entries; a command is not broken."""
    for fact in facts:
        yield from _wrapped("", f"{fact.label}: {fact.text}", indent=0, whole=fact.role in COMMANDS)


def _apart(facts: Sequence[Fact]) -> tuple[Sequence[Fact], ...]:
    """Return what is told, what is to be done, and what the job is known by."""
    told, known = parted(facts)
    deeds = [fact for fact in told if fact.role in DEEDS]
    return [fact for fact in told if fact not in deeds], deeds, known


def _entry(entry: Entry) -> Iterator[str]:
    """Yield the lines of a digest's entry: what to do, the facts, the way to its files."""
    if entry.aside:
        yield from (*_beside(entry.aside), "")
    if entry.heading:
        yield from (entry.heading, "-" * len(entry.heading))
    if entry.for_all:
        yield from (*_wrapped("", entry.for_all, indent=0), "")
    yield from _wrapped("", entry.headline, indent=0)
    for row in digest_rows(entry.digest_facts):
        if row[0].role in _UNBROKEN:
            yield from (f"  {fact.label}: {fact.text}" for fact in row)
        else:
            yield from _packed(row)


def _aligned(facts: Sequence[Fact]) -> Iterator[str]:
    """Yield each fact, its text in a column of its own; what is long and there to copy is not."""
    broken = (len(fact.label) for fact in facts if fact.role not in _UNBROKEN)
    width = max(broken, default=0) + 2
    for fact in facts:
        start, whole = f"{fact.label + ': ':<{width}}", fact.role in _UNBROKEN
        yield from _wrapped(start, fact.text, indent=width, whole=whole)


def _packed(facts: Sequence[Fact]) -> Iterator[str]:
    """Yield lines with as many facts as fit, none of them parted unless it is longer than one."""
    line = ""
    for fact in facts:
        part = f"{fact.label}: {fact.text}"
        if line and len(f"  {line} · {part}") > _LINE_CHARS:
            yield from _wrapped("  ", line, indent=4)
            line = ""
        line = f"{line} · {part}" if line else part
    yield from _wrapped("  ", line, indent=4)


def _wrapped(start: str, text: str, *, indent: int, whole: bool = False) -> list[str]:
    if whole:
        return [start + text]
    lines = wrap(
        held_together(text),
        _LINE_CHARS,
        initial_indent=start,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_HELD, _CUT) for line in lines]


def held_together(text: str) -> str:
    """Return a text of which no line begins with the sign that something is left out."""
    return text.replace(_CUT, _HELD)


def unbroken(text: str) -> Markup:
    """Return a text as HTML in which no line breaks within an option or a time."""
    return _with_whole(_WHOLE, text)


def unbroken_title(text: str) -> Markup:
    """Return a title as HTML in which no line breaks within a name, a count or a time.

    Nor does one end with the dot before that.
    """
    return _with_whole(_WHOLE_IN_TITLE, text)


def _with_whole(pieces: re.Pattern[str], text: str) -> Markup:
    from markupsafe import Markup, escape  # noqa: PLC0415 - as of jinja2 below

    def whole(found: re.Match[str]) -> str:
        is_short = len(found[0]) <= _WHOLE_CHARS
        return f'<span style="white-space:nowrap">{found[0]}</span>' if is_short else found[0]

    # As a plain str: what is put into a Markup is escaped.
    escaped = str(escape(held_together(text)))
    return Markup(pieces.sub(whole, escaped))  # noqa: S704 - escaped above


def _preview(message: Message) -> str:
    """Return what the subject does not say: what to do, and the next job or the first facts."""
    worst = message.entries[0]
    if message.told_before is not None:
        # Its subject begins with another job, and what to do about the first one is not about that.
        return cut(" · ".join(each.headline for each in message.entries[:2]), _PREVIEW_CHARS)
    if message.is_digest:
        told = [worst.remedy.removesuffix("."), message.entries[1].headline]
        return cut(" · ".join(filter(None, told)), _PREVIEW_CHARS)
    told = [f"{fact.label}: {fact.text}" for fact in worst.shown if fact.role in _PREVIEW]
    return cut(" · ".join(filter(None, [worst.remedy, *told])), _PREVIEW_CHARS)


@cache
def _environment() -> Environment:
    # jinja2 takes 40 ms to import: the commands that send nothing do without.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("batchbell.receivers", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
