"""Slack's words and blocks: nothing in them formats, calls, links or becomes an emoji."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from batchbell.messages.fact import COMMANDS, UNLABELLED, Fact, Role
from batchbell.receivers.defuse import EMOJI, ZERO_WIDTH_SPACE
from batchbell.receivers.fitting import cut_to
from batchbell.receivers.look import look_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.messages.entry import Entry

#: Between the facts of a line.
BETWEEN = " · "
#: What a client without blocks shows of an entry.
FALLBACK_CHARS = 80
#: Slack has no escape for the signs it formats with: others that look the same take their place.
_LOOKALIKES = str.maketrans({"*": "\u2217", "~": "\u223c", "`": "\u02cb"})
#: Within a word, as in ids and file names, an underscore formats nothing.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_LOW_MACRON = "\u02cd"


def escape(text: str) -> str:
    """Return the text with Slack's three control characters as it wants them escaped."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_words(text: str) -> str:
    """Return the text so that nothing in it formats, calls, links or becomes an emoji."""
    text = _UNDERSCORE.sub(_LOW_MACRON, text.translate(_LOOKALIKES))
    return escape(EMOJI.sub(":" + ZERO_WIDTH_SPACE, text))


def as_code(text: str) -> str:
    """Return a text as it stands in code, where nothing else is read as formatting."""
    return escape(text).replace("`", chr(39))


def in_line(text: str) -> str:
    """Return a text as code in the middle of a line."""
    return f"`{as_code(text)}`"


def labelled(fact: Fact, label: str) -> str:
    """Return a fact behind its label: commands as code, what says it by itself without one."""
    if fact.role in UNLABELLED:
        return as_words(fact.text)
    if fact.role is Role.LINK:
        return link(fact.text, fact.label)
    if fact.role in COMMANDS:
        return f"{label} {in_line(fact.text)}"
    words = (link(at, as_words(part)) if at else as_words(part) for part, at in fact.parts)
    return f"{label} {''.join(words)}"


def link(address: str, words: str) -> str:
    """Return a link; the address is of our own configuration, an id in it is quoted."""
    return f"<{escape(address).replace('|', '%7C')}|{words}>"


def attachment(entry: Entry, blocks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return an entry's blocks beside the colour of how bad and urgent it is."""
    return {
        "color": look_of(entry).colour,
        "fallback": as_words(cut_to(entry.headline, FALLBACK_CHARS)),
        "blocks": blocks,
    }


def context(text: str) -> dict[str, Any]:
    """Return a block of small print."""
    return {"type": "context", "elements": [_mrkdwn(text)]}


def section(text: str) -> dict[str, Any]:
    """Return a block of text."""
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: names, channels and addresses in it stay text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
