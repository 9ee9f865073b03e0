"""Mail: HTML that common mail clients show, with inline styles and nothing remote, and its text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from batchbell.core.wording.message import as_text
from batchbell.render.look import LOOKS

if TYPE_CHECKING:
    from datetime import datetime

    from jinja2 import Environment

    from batchbell.core.wording.message import Message
    from batchbell.render.content import Content

#: Facts that are shown as code: they are there to be copied.
_COMMANDS = frozenset({"Fetch output", "Fetch errors"})
#: What a mailbox shows behind the subject, characters.
_PREVIEW_CHARS = 140


def as_mail(plain: Content, message: Message, now: datetime) -> Content:
    """Add the HTML part, a whole document, and a text part whose facts stand below each other."""
    del now
    html = (
        _environment()
        .get_template("mail.html")
        .render(message=message, looks=LOOKS, commands=_COMMANDS, preview=_preview(message))
    )
    return replace(plain, text=_text(message), html=html)


def as_html(title: str, text: str) -> str:
    """Return a text as a whole HTML document, its lines as they are."""
    return _environment().get_template("mail_text.html").render(title=title, text=text)


def _text(message: Message) -> str:
    if message.is_digest:
        return as_text(message)
    entry = message.entries[0]
    lines = [message.lead, "", *_aligned(entry.facts), "", *_aligned(message.closing)]
    return "\n".join(lines) + "\n"


def _aligned(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    width = max((len(label) for label, _ in pairs), default=0) + 1
    return [f"{label + ':':<{width}} {text}" for label, text in pairs]


def _preview(message: Message) -> str:
    """Return what the subject does not say: a digest's first job, or the first facts."""
    worst = message.entries[0]
    if message.is_digest:
        return worst.headline[:_PREVIEW_CHARS]
    return " · ".join(f"{label}: {text}" for label, text in worst.facts)[:_PREVIEW_CHARS]


@cache
def _environment() -> Environment:
    # jinja2 takes 40 ms to import: the commands that send nothing do without.
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("batchbell.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
