"""A Slack message about as Slack shows it: the blocks that batchbell sends, as HTML."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def as_page(payload: Mapping[str, Any], sent_at: str) -> str:
    """Return a page that shows one message."""
    head = f"<div class=from>batchbell <span class=time>APP {html.escape(sent_at)}</span></div>"
    blocks = "".join(map(_block, payload.get("blocks", ())))
    more = "".join(map(_attachment, payload.get("attachments", ())))
    if not blocks:
        blocks = f"<div class=section>{_mrkdwn(payload.get('text', ''))}</div>"
    return f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>{head}{blocks}{more}"


def as_text(payload: Mapping[str, Any]) -> str:
    """Return the notification, then what the blocks say."""
    every = [*payload.get("blocks", ())]
    for attachment in payload.get("attachments", ()):
        every += attachment.get("blocks", ())
    texts = "\n\n".join(filter(None, (_plain(block) for block in every)))
    return f"Notification:\n{html.unescape(payload.get('text', ''))}\n\nMessage:\n{texts}\n"


def _attachment(attachment: Mapping[str, Any]) -> str:
    colour = html.escape(str(attachment.get("color", "#dddddd")))
    blocks = "".join(map(_block, attachment.get("blocks", ())))
    return f'<div class=attachment style="border-color: {colour}">{blocks}</div>'


def _block(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "divider":
            return "<hr>"
        case "header":
            return f"<div class=header>{_text(block['text'])}</div>"
        case "context":
            return f"<div class=context>{' '.join(map(_text, block['elements']))}</div>"
        case "section":
            return f"<div class=section>{_section(block)}</div>"
        case "actions":
            return " ".join(f"<button>{_text(each['text'])}</button>" for each in block["elements"])
    return f"<pre>{html.escape(str(block))}</pre>"


def _section(block: Mapping[str, Any]) -> str:
    text = _text(block["text"]) if "text" in block else ""
    fields = "".join(f"<div>{_text(field)}</div>" for field in block.get("fields", ()))
    return text + (f"<div class=fields>{fields}</div>" if fields else "")


def _text(text: Mapping[str, Any]) -> str:
    written = str(text.get("text", ""))
    return _mrkdwn(written) if text.get("type") == "mrkdwn" else html.escape(written)


def _mrkdwn(text: str) -> str:
    """Return Slack's markup as HTML; in it `&`, `<` and `>` are escaped already."""
    # What follows a block of code stands in the next line anyway.
    pieces = re.split(r"(```.*?```\n?|`[^`\n]+`)", text, flags=re.DOTALL)
    return "".join(map(_piece, pieces))


def _piece(text: str) -> str:
    if text.startswith("```"):
        return f"<pre>{text.strip().strip('`').strip()}</pre>"
    if text.startswith("`"):
        return f"<code>{text.strip('`')}</code>"
    text = re.sub(r"<([^|>]+)\|([^>]+)>", r'<a href="\1">\2</a>', text)
    text = re.sub(r"(?<!\w)\*([^*\n]+)\*(?!\w)", r"<b>\1</b>", text)
    return re.sub(r"(?<!\w)_([^_\n]+)_(?!\w)", r"<i>\1</i>", text)


def _plain(block: Mapping[str, Any]) -> str:
    parts: Iterable[Mapping[str, Any]] = [
        *([block["text"]] if "text" in block else []),
        *block.get("fields", ()),
        *block.get("elements", ()),
    ]
    return "\n".join(html.unescape(str(part.get("text", ""))) for part in parts)
