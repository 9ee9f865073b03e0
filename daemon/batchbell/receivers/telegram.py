"""Telegram: its HTML, in as many messages as a long digest takes.

Sources: core.telegram.org/bots/api, sendMessage and getUpdates; appriseit.com, Telegram (the forms
of URLs). Limit (core.telegram.org/bots/api, sendMessage): 4,096 characters after the markup is
parsed. They are counted here in UTF-16 units with the markup, which never are fewer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import escape
from itertools import repeat
from typing import TYPE_CHECKING, Any

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.messages.fact import COMMANDS, UNLABELLED, Fact, Role
from batchbell.messages.fact_rows import digest_rows, ids_once, parted, reference_rows
from batchbell.receivers.channel_url import ChannelUrl, UnusableUrlError, words
from batchbell.receivers.content import Family
from batchbell.receivers.defuse import ZERO_WIDTH_SPACE, defuse
from batchbell.receivers.exchange import Exchange, Reply, Request, post_json
from batchbell.receivers.fitting import cut_to, fit_facts, under_head, utf16_units
from batchbell.receivers.kind import Kind
from batchbell.receivers.look import look_of
from batchbell.receivers.outcome import DELIVERED
from batchbell.receivers.parts import CONTINUED, LONGEST_MARK, part_mark, pieces
from batchbell.receivers.plain import in_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.messages.entry import Entry
    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content

API = "https://api.telegram.org/bot"
MESSAGE_UNITS = 4_096
#: No wait that Telegram asks for is longer, seconds.
LONGEST_WAIT_SECONDS = 900
_JSON = {"Content-Type": "application/json"}
_FORMS = "write tgram://123456:bot-token/chat-id, the token as BotFather shows it"
#: Options that ask for another form than ours.
_OTHER_FORMS = frozenset({"template", "format", "mdv", "content"})
_TOKEN = re.compile(r"(?:bot)?([0-9]+:[a-z0-9_-]+)", re.IGNORECASE)
_CHAT = re.compile(
    r"(?:(?P<id>-?[0-9]{1,32})|@?(?P<name>[a-z_-][a-z0-9_-]+))(?::(?P<topic>[0-9]+))?",
    re.IGNORECASE,
)
#: What Telegram's words for a 400 begin with or hold that is the chat's doing, not the message's.
_REFUSED = (
    "chat not found",
    "user not found",
    "group chat was upgraded",
    "PEER_ID_INVALID",
    "TOPIC_CLOSED",
    "TOPIC_DELETED",
    "message thread not found",
    "not enough rights",
    "have no rights",
    "CHAT_WRITE_FORBIDDEN",
)
#: Longest first line, characters: escaping makes at most six of each.
_HEAD_CHARS = 300
#: What begins a bot's command, a hashtag or a cashtag: all do something when they are tapped. A
#: path, as in `/v1/chat/completions`, does not. Source: core.telegram.org/api/entities.
_TAPPED = re.compile(r"(?<![\w/])[/#$](?=\w+(?![\w/]))")


def as_telegram(plain: Content, message: Message, now: datetime) -> Content:
    """Add the texts of the messages."""
    del now
    if message.is_digest:
        texts = _parts(message)
    else:
        entry = message.entries[0]
        head = _head(look_of(entry).sign, message.lead)
        room = MESSAGE_UNITS - _size(f"{head}\n\n")
        facts = (*entry.in_few, *message.closing)
        texts = [f"{head}\n\n{fit_facts(facts, room, write=_lines, size=_size)}"]
    return replace(plain, payload={"pieces": texts})


def _parts(message: Message) -> list[str]:
    """Return a digest's texts; of several each begins with the title, and behind it its number."""
    first, other = f"{look_of(message).sign} {message.lead}", CONTINUED
    room = MESSAGE_UNITS - max(
        _size(f"{_titled(each, LONGEST_MARK)}\n\n") for each in (first, other)
    )
    found = pieces(message, room, lead="", block=_block, lines=_lines, size=_size)
    titles = [first, *repeat(other, len(found) - 1)]
    return [
        f"{_titled(title, part_mark(number, len(found)))}\n\n{piece.text}"
        for number, (title, piece) in enumerate(zip(titles, found, strict=True), start=1)
    ]


def _titled(text: str, mark: str) -> str:
    """Return the first line of a part with its mark."""
    return f"<b>{_safe(cut_to(text, _HEAD_CHARS - len(mark)) + mark)}</b>"


def _size(text: str) -> int:
    """Return the UTF-16 units of what is sent: every line ends with two."""
    return utf16_units(text) + text.count("\n")


def _head(sign: str, text: str) -> str:
    return f"<b>{sign} {_safe(cut_to(text, _HEAD_CHARS))}</b>"


def _safe(text: str) -> str:
    return escape(_TAPPED.sub(r"\g<0>" + ZERO_WIDTH_SPACE, defuse(text)), quote=False)


def _block(entry: Entry, facts: Sequence[Fact], room: int) -> str:
    heading = f"<u>{entry.heading}</u>\n" if entry.heading else ""
    above = f"{_safe(entry.for_all)}\n\n" if entry.for_all else ""
    aside = "\n".join(_row([fact]) for fact in entry.aside) + "\n\n" if entry.aside else ""
    head = aside + heading + above + _head(look_of(entry).sign, entry.headline)
    write = _in_a_row if entry.is_line else _in_rows
    return under_head(head, facts, room, write=write, size=_size)


def _in_a_row(facts: Sequence[Fact]) -> str:
    return _row(ids_once(facts))


def _in_rows(facts: Sequence[Fact]) -> str:
    return "\n".join(_row(row) for row in digest_rows(facts))


def _row(facts: Sequence[Fact]) -> str:
    return " · ".join(_labelled(fact, f"{fact.label}:") for fact in facts)


def _lines(facts: Sequence[Fact]) -> str:
    told, known = parted(facts)
    return "\n".join([*map(_line, told), *_folded(known)])


def _folded(known: Sequence[Fact]) -> Iterator[str]:
    """Yield what a job is known by, of which Telegram shows three lines until it is tapped."""
    if known:
        rows = "\n".join(map(_row, reference_rows(known)))
        yield f"<blockquote expandable>{rows}</blockquote>"


def _line(fact: Fact) -> str:
    return _labelled(fact, f"<b>{fact.label}:</b>")


def _labelled(fact: Fact, label: str) -> str:
    if fact.role in UNLABELLED:
        return _safe(fact.text)
    if fact.role is Role.LINK:
        return f'<a href="{escape(fact.text)}">{fact.label}</a>'
    if fact.role in COMMANDS:
        # In code nothing is tapped, and a command is copied as it is.
        return f"{label} <code>{escape(fact.text, quote=False)}</code>"
    return f"{label} {_safe(fact.text)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAddress:
    """A bot and the chats it writes to."""

    #: With the bot's token in it.
    url: str = field(repr=False)
    #: Chats, `id`, `@name` or either with `:topic`; '' for who wrote to the bot last.
    targets: Sequence[str]
    #: Without a sound.
    silent: bool
    #: Whether Telegram shows a picture of the first address in the text.
    preview: bool
    timeout_seconds: float
    verify: bool

    def pieces(self, content: Content) -> Sequence[str]:
        """Return the texts, as Telegram's HTML."""
        if content.payload.get("pieces"):
            return list(content.payload["pieces"])
        texts = in_pieces(content, MESSAGE_UNITS - len("<b></b>"), _escaped_size)
        return [f"<b>{_escaped(title)}</b>\n{_escaped(text)}" for title, text in texts]

    def tell(self, target: str, piece: str, _content: Content) -> Exchange:
        """Send one message."""
        chat: dict[str, Any] = dict(_chat(target))
        if not chat:
            reply = yield Request(url=f"{self.url}/getUpdates", headers=_JSON)
            if not reply.is_success:
                return _judged(reply)
            owner = _owner(reply)
            if owner is None:
                return Outcome(delivered=False, reason=_NOBODY, fault=Fault.CHANNEL)
            chat = {"chat_id": owner}
        message = {
            **chat,
            "text": piece.replace("\n", "\r\n"),
            "parse_mode": "HTML",
            "disable_notification": self.silent,
            "disable_web_page_preview": not self.preview,
        }
        reply = yield post_json(f"{self.url}/sendMessage", message, _JSON)
        return DELIVERED if reply.is_success else _judged(reply)


_NOBODY = "the bot has no chat yet: write to it once, or put the chat's id into the URL"


def _escaped(text: str) -> str:
    return escape(text, quote=False)


def _escaped_size(text: str) -> int:
    return _size(_escaped(text))


def _read(url: ChannelUrl) -> TelegramAddress:
    token = _TOKEN.fullmatch(url.host if url.port is None else f"{url.host}:{url.port}")
    if token is None:
        raise UnusableUrlError(f"this is not a whole tgram:// URL; {_FORMS}")
    topic = url.option("topic", "thread")
    if topic and not topic.isdecimal():
        raise UnusableUrlError("?topic= is a number; leave it out, or write chat-id:topic")
    named = [*url.path, *words(url.option("to"))]
    targets = list(
        dict.fromkeys(_with_topic(chat, topic) for chat in filter(_CHAT.fullmatch, named))
    )
    if not targets and (named or not url.flag("detect", default=True)):
        raise UnusableUrlError(f"tgram:// names no usable chat; {_FORMS}")
    return TelegramAddress(
        url=f"{API}{token[1]}",
        targets=targets or [""],
        silent=url.flag("silent", default=False),
        preview=url.flag("preview", default=False),
        timeout_seconds=url.timeout_seconds,
        verify=url.flag("verify", default=True),
    )


def _with_topic(chat: str, topic: str) -> str:
    return chat if ":" in chat or not topic else f"{chat}:{topic}"


def _chat(target: str) -> Iterator[tuple[str, int | str]]:
    match = _CHAT.fullmatch(target)
    if match is None:
        return
    yield "chat_id", int(match["id"]) if match["id"] else f"@{match['name']}"
    if match["topic"] and int(match["topic"]):
        yield "message_thread_id", int(match["topic"])


def _owner(reply: Reply) -> str | None:
    """Return the id of the first who wrote to the bot."""
    updates = reply.document.get("result")
    for update in updates if isinstance(updates, list) else []:
        match update:
            case {"message": {"from": {"id": int(person)}}}:
                return str(person)
    return None


def _judged(reply: Reply) -> Outcome:
    outcome = reply.judged()
    said = str(reply.document.get("description", ""))
    known = next((words for words in _REFUSED if words.lower() in said.lower()), "")
    if outcome.fault is Fault.MESSAGE and known:
        return replace(outcome, reason=f"{outcome.reason} ({known})", fault=Fault.CHANNEL)
    match reply.document.get("parameters"):
        case {"retry_after": int(seconds)} if outcome.retry_after_seconds is None:
            return replace(outcome, retry_after_seconds=float(min(seconds, LONGEST_WAIT_SECONDS)))
    return outcome


KIND = Kind(
    family=Family.TELEGRAM,
    schemes=frozenset({"tgram"}),
    dress=as_telegram,
    read=_read,
    is_left_to_apprise=lambda url: bool(_OTHER_FORMS & url.options.keys()),
)
