"""What arrived at the receivers, each as its reader sees it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from docs.pictures.browser import View
from docs.pictures.day import inbox, phone, slack
from docs.pictures.day.world import ZONE

if TYPE_CHECKING:
    from datetime import datetime

    from docs.pictures.day.album import Album
    from docs.pictures.day.day import Message
    from docs.pictures.day.inbox import Line
    from tests.loopback_receivers import HttpRequest, Mail

#: The chapters.
MAIL, SLACK, PHONE, OTHERS = "mail", "slack", "phone", "others"
DESK, NARROW = View(width=640), View(width=390, scale=1.5)
DESK_DARK = View(width=640, dark=True)
DESK_SLACK = View(width=720)
#: Every so many mails are also looked at by night.
DARK_EVERY = 12


def take_messages(album: Album, messages: list[Message]) -> None:
    """Take pictures of all messages, and write their texts."""
    documents: set[tuple[str, bytes]] = set()
    lines: list[Line] = []
    for number, message in enumerate(messages):
        at = message.at.astimezone(ZoneInfo(ZONE))
        if message.inbox == "mail":
            lines.append(line := inbox.line_of(message.received, at))
            _mail(album, line, message.received, with_dark=number % DARK_EVERY == 0)
        elif message.inbox == "elsewhere":
            _elsewhere(album, message.received, at)
        elif (seen := (message.inbox, message.received.body)) not in documents:
            # What is refused comes again and again.
            documents.add(seen)
            _document(album, message.inbox, message.received, at)
    _inboxes(album, lines)


def _mail(album: Album, line: Line, mail: Mail, *, with_dark: bool) -> None:
    name = album.name(MAIL, line.channel, f"{line.at:%a-%H%M}", line.subject)
    shows = f"{line.at:%H:%M} {line.channel}: {line.subject}"
    album.write(MAIL, name, f"{line.as_text()}\n{mail.text}", shows)
    album.take(MAIL, f"{name}-640", mail.html, DESK)
    album.take(MAIL, f"{name}-390", mail.html, NARROW)
    if with_dark:
        album.take(MAIL, f"{name}-640-dark", mail.html, DESK_DARK)


def _inboxes(album: Album, lines: list[Line]) -> None:
    for channel in dict.fromkeys(line.channel for line in lines):
        listed = inbox.as_page(line for line in lines if line.channel == channel)
        album.take(MAIL, f"inbox-{channel}", listed, NARROW)


def _elsewhere(album: Album, request: HttpRequest, at: datetime) -> None:
    host, body = request.path.split("/")[1], request.json
    if host == "hooks.slack.com":
        channel = body.get("channel", "slack").removeprefix("#")
        name = album.name(SLACK, channel, f"{at:%a-%H%M}", body.get("text", ""))
        album.write(SLACK, name, slack.as_text(body), f"{at:%H:%M} #{channel}: {body.get('text')}")
        album.take(SLACK, name, slack.as_page(body, f"{at:%H:%M}"), DESK_SLACK)
    elif host == "ntfy.example.com":
        name = album.name(PHONE, body["topic"], f"{at:%a-%H%M}", body["title"])
        shows = f"{at:%H:%M} {body['topic']}: {body['title']}"
        album.write(PHONE, name, phone.as_text(body, request.headers), shows)
        album.take(PHONE, name, phone.as_page(body, request.headers, f"{at:%H:%M}"), NARROW)
    else:
        _document(album, host, request, at)


def _document(album: Album, place: str, request: HttpRequest, at: datetime) -> None:
    body = request.json
    # A webhook's document has the message in an envelope.
    body = body.get("data", body)
    name = album.name(OTHERS, place, f"{at:%a-%H%M}", _title(body))
    text = json.dumps(request.json, indent=1, ensure_ascii=False)
    album.write(
        OTHERS,
        name,
        f"{place}, {at:%a %H:%M}, answered {request.status}\n\n{_readable(body)}\n\n{text}\n",
        f"{at:%H:%M} {place}: {_title(body)}",
    )


def _title(body: object) -> str:
    match body:
        case {"embeds": [{"title": str(title)}, *_]}:
            return title
        case {"summary": str(title)} | {"title": str(title)}:
            return title
        case {"text": str(text)}:
            return re.sub(r"<[^>]+>", "", text).splitlines()[0]
    return ""


def _readable(body: object) -> str:
    match body:
        case {"embeds": list(embeds)}:
            return "\n\n".join(f"{each['title']}\n\n{each['description']}" for each in embeds)
        case {"attachments": [{"content": {"body": list(blocks)}}, *_]}:
            return "\n".join(_of_card(block) for block in blocks)
        case {"message": str(text)} | {"text": str(text)}:
            return text
    return ""


def _of_card(block: dict[str, Any]) -> str:
    inlines = block.get("inlines") or [block]
    return "".join(run if isinstance(run, str) else run.get("text", "") for run in inlines)
