"""Discord: an embed with the severity's colour; a long digest is several messages.

Sources: docs.discord.com, webhook and message resource, JSON error codes; appriseit.com, Discord
(the forms of URLs). Limits (docs.discord.com, message resource): 256 characters in an embed's
title, 4,096 in its description, 6,000 in all of it. They are counted here in UTF-16 units, of which
no text has fewer than characters. A line that begins with `-# ` is small print
(support.discord.com, Markdown Text 101).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.messages.fact import COMMANDS, UNLABELLED, WAYS, Fact, Role
from batchbell.messages.fact_rows import digest_rows, ids_once, parted, reference_rows
from batchbell.messages.remedy import Asks
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError
from batchbell.receivers.content import Family
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.exchange import Exchange, Reply, post_json
from batchbell.receivers.fitting import (
    cut_to,
    fit_facts,
    under_head,
    utf16_units,
)
from batchbell.receivers.kind import Kind
from batchbell.receivers.look import look_of
from batchbell.receivers.outcome import DELIVERED
from batchbell.receivers.parts import Piece, part_title, pieces
from batchbell.receivers.plain import in_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

API = "https://discord.com/api/webhooks"
DESCRIPTION_UNITS = 4_096
#: Of a text without an embed, characters a message.
PLAIN_CHARS = 2_000
_HOSTS = frozenset({"discord.com", "discordapp.com"})
_SHOWN_PATH = ("api", "webhooks")
_FORMS = "write discord://webhook-id/webhook-token, or the address that Discord shows"
#: Options that ask for another form than ours.
_OTHER_FORMS = frozenset({"template", "ping", "tts", "format", "fields"})
#: JSON error codes of a 400 that is the channel's doing: it takes no such messages.
_REFUSED = frozenset({10003, 50024, 50083, 160005, 220001, 220002, 220003, 220004})
#: Longest headline of an entry; escaping makes at most two of each.
_HEAD_CHARS = 300
#: What Markdown, mentions and timestamps begin with; lists, headings and quotes only do at the
#: beginning of a line, where no text from outside stands.
_LIVE = re.compile(r"[\\*_~`|\[\]<>]")
#: What a digest says of an entry in full size.
_TO_DO = frozenset({Role.REMEDY, Role.REPETITION, Role.COMMAND})
#: They end a link's address.
_PARENTHESES = str.maketrans({"(": "%28", ")": "%29"})


def as_discord(plain: Content, message: Message, now: datetime) -> Content:
    """Add the payloads: one message of one embed, more if the digest is long."""
    del now
    if message.is_digest:
        found = pieces(
            message,
            DESCRIPTION_UNITS,
            # The embed's title says the rest.
            lead=f"**{escape(message.together)}**" if message.together else "",
            block=_block,
            lines=_lines,
            size=utf16_units,
        )
    else:
        facts = (*message.entries[0].in_few, *message.closing)
        text = fit_facts(facts, DESCRIPTION_UNITS, write=_lines, size=utf16_units)
        found = [Piece(text, look_of(message))]
    title = f"{look_of(message).sign} {message.title}"
    parts = [
        _message(message, piece, part_title(title, number, len(found)))
        for number, piece in enumerate(found, start=1)
    ]
    return replace(plain, payload={"pieces": parts})


def escape(text: str) -> str:
    """Return the text with everything that Discord would read as markup or a mention escaped."""
    text = text.replace("@", "@" + ZERO_WIDTH_SPACE)
    return EMOJI.sub(r"\\:", _LIVE.sub(r"\\\g<0>", text))


def _message(message: Message, piece: Piece, title: str) -> dict[str, Any]:
    embed: dict[str, Any] = {
        # At most 120 characters, of which escaping makes at most two each.
        "title": escape(title),
        "description": piece.text,
        "color": int(piece.look.colour.removeprefix("#"), 16),
    }
    link = message.link
    return {
        "embeds": [{**embed, "url": link} if link else embed],
        # Nobody is mentioned, whatever the text holds.
        "allowed_mentions": {"parse": []},
    }


def _block(entry: Entry, facts: Sequence[Fact], room: int) -> str:
    heading = f"### {entry.heading}\n" if entry.heading else ""
    above = f"{escape(entry.for_all)}\n" if entry.for_all else ""
    sign = look_of(entry).sign
    aside = "\n".join(_row([fact]) for fact in entry.aside) + "\n\n" if entry.aside else ""
    head = f"{aside}{heading}{above}**{sign} {escape(cut_to(entry.headline, _HEAD_CHARS))}**"
    # What is to be watched is not to be cancelled yet.
    large = _TO_DO - {Role.COMMAND} if entry.asks is Asks.WATCH else _TO_DO
    write = _in_a_row if entry.is_line else partial(_in_rows, large=large)
    return under_head(head, facts, room, write=write, size=utf16_units)


def _in_a_row(facts: Sequence[Fact]) -> str:
    """Return what a job that is done is known by, and its page, in one line of small print."""
    return "".join(_small([ids_once(facts)]))


def _in_rows(facts: Sequence[Fact], *, large: frozenset[Role]) -> str:
    """Return what to do and its commands as lines, and all else in small print."""
    told, known = parted(ids_once(facts))
    to_do = [fact for fact in told if fact.role in large]
    ways = [[fact] for fact in told if fact.role in WAYS - large]
    others = [fact for fact in told if fact not in to_do and [fact] not in ways]
    return "\n".join([*map(_row, digest_rows(to_do)), *_small([others, known, *ways])])


def _lines(facts: Sequence[Fact]) -> str:
    told, known = parted(facts)
    return "\n".join([*map(_line, told), *_small(reference_rows(known))])


def _small(rows: Iterable[Sequence[Fact]]) -> Iterator[str]:
    """Yield what a job is known by, in lines of Discord's small print."""
    return (f"-# {_row(row)}" for row in rows if row)


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(_labelled(fact, f"{fact.label}:") for fact in facts)


def _line(fact: Fact) -> str:
    return _labelled(fact, f"**{fact.label}:**")


def _labelled(fact: Fact, label: str) -> str:
    if fact.role in UNLABELLED:
        return escape(fact.text)
    if fact.role is Role.LINK:
        # Of our own configuration. An escaped address opens another one.
        return f"[{fact.label}]({fact.text.translate(_PARENTHESES)})"
    if fact.role in COMMANDS:
        # In code nothing is read as markup, an escape neither.
        return f"{label} `{fact.text.replace('`', chr(39))}`"
    return f"{label} {escape(fact.text)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordAddress:
    """A webhook."""

    #: Whole, it is a secret.
    url: str = field(repr=False)
    #: What the URL sets of a message: sender's name, picture, flags.
    settings: Mapping[str, Any]
    targets: Sequence[str] = ("",)
    timeout_seconds: float
    verify: bool

    def pieces(self, content: Content) -> Sequence[Mapping[str, Any]]:
        """Return the payloads."""
        if content.payload.get("pieces"):
            return list(content.payload["pieces"])
        texts = in_pieces(content, PLAIN_CHARS)
        return [
            {"tts": False, "content": EMOJI.sub(r"\\:", f"{title}\r\n{text}")}
            for title, text in texts
        ]

    def tell(self, _target: str, piece: Mapping[str, Any], _content: Content) -> Exchange:
        """Post one message."""
        reply = yield post_json(self.url, {"wait": True, **self.settings, **piece})
        return DELIVERED if reply.is_success else _judged(reply)


def _read(url: ChannelUrl) -> DiscordAddress:
    webhook = url.path[2:] if url.is_web else (url.host, *url.path)
    if len(webhook) < 2 or not all(webhook[:2]):  # noqa: PLR2004 - id and token
        raise UnusableUrlError(f"this is not a whole discord:// URL; {_FORMS}")
    address = "/".join([API, *(quote(part, safe="") for part in webhook[:2])])
    thread = url.option("thread")
    return DiscordAddress(
        url=f"{address}?{urlencode({'thread_id': thread})}" if thread else address,
        settings=dict(_settings(url)),
        timeout_seconds=url.timeout_seconds,
        verify=url.flag("verify", default=True),
    )


def _settings(url: ChannelUrl) -> Iterator[tuple[str, str | int]]:
    flags, picture = url.option("flags"), url.option("avatar_url")
    if flags and not flags.isdecimal():
        raise UnusableUrlError("?flags= is a number; leave it out")
    if flags:
        yield "flags", int(flags)
    if picture and url.flag("avatar", default=True):
        yield "avatar_url", picture
    if name := url.option("botname") or url.user:
        yield "username", name


def _judged(reply: Reply) -> Outcome:
    outcome = reply.judged()
    if outcome.fault is Fault.MESSAGE and reply.code in _REFUSED:
        return replace(outcome, fault=Fault.CHANNEL)
    return outcome


KIND = Kind(
    family=Family.DISCORD,
    schemes=frozenset({"discord"}),
    dress=as_discord,
    read=_read,
    is_left_to_apprise=lambda url: bool(_OTHER_FORMS & url.options.keys()),
    is_shown_address=lambda url: url.host.lower() in _HOSTS and url.path[:2] == _SHOWN_PATH,
)
