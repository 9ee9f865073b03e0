"""A message of ntfy as a phone shows it: locked, and opened in the app."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Source: docs.ntfy.sh, the emoji of the tags that batchbell sends.
_SIGNS = {
    "rotating_light": "🚨",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "information_source": "\u2139\ufe0f",
}
_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def as_page(message: Mapping[str, str], headers: Mapping[str, str], sent_at: str) -> str:
    """Return a page that shows one message."""
    title = f"{sign(headers)} {message['title']}".strip()
    card = (
        f"<div class=app>ntfy · {html.escape(message['topic'])} · {html.escape(sent_at)}</div>"
        f"<div class=title>{html.escape(title)}</div>"
        f"<div class=text>{html.escape(message['message'])}</div>"
    )
    return (
        f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>"
        f'<p>locked</p><div class="card locked">{card}</div>'
        f"<p>opened</p><div class=card>{card}</div>"
    )


def as_text(message: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """Return title and text, and how it rings."""
    click = headers.get("x-click", "none")
    ring = f"Priority: {headers.get('x-priority', 'usual')}, tags: {headers.get('x-tags', 'none')}"
    return f"{message['title']}\n\n{message['message']}\n\n{ring}, a tap opens: {click}\n"


def sign(headers: Mapping[str, str]) -> str:
    """Return the emoji that ntfy makes of the tags."""
    tags = headers.get("x-tags", "").split(",")
    return " ".join(_SIGNS.get(tag.strip(), "") for tag in tags).strip()
