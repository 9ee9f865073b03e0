"""Mails as an inbox lists them: sender, subject and the beginning of what they say."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.loopback_receivers import Mail

_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
#: Characters that an inbox shows of what a mail says.
PREVIEW_CHARS = 110
#: What is not shown of a page.
_HEAD = re.compile(r"<(style|title|head)\b.*?</\1>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """What an inbox shows of one mail."""

    channel: str
    at: datetime
    sender: str
    subject: str
    preview: str

    def as_text(self) -> str:
        """Return it as it stands above a mail's text."""
        head = f"From: {self.sender}\nSubject: {self.subject}\nPreview: {self.preview}\n"
        return f"{head}To: {self.channel}, {self.at:%a %H:%M}\n"


def line_of(mail: Mail, at: datetime) -> Line:
    """Return what an inbox shows of a mail that came then."""
    words = re.sub(r"<[^>]+>", " ", _HEAD.sub(" ", mail.html))
    return Line(
        channel=mail.rcpt_to[0].partition("@")[0],
        at=at,
        sender=str(mail.message["From"]),
        subject=mail.subject,
        preview=html.unescape(" ".join(words.split()))[:PREVIEW_CHARS].strip(),
    )


def as_page(lines: Iterable[Line]) -> str:
    """Return a page that lists mails, the last one first."""
    rows = "".join(map(_row, reversed(list(lines))))
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{rows}"


def _row(line: Line) -> str:
    shown = (
        ("time", f"{line.at:%H:%M}"),
        ("sender", line.sender),
        ("subject", line.subject),
        ("preview", line.preview),
    )
    parts = "".join(f"<div class={name}>{html.escape(text)}</div>" for name, text in shown)
    return f"<div class=mail>{parts}</div>"
