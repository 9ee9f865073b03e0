"""Masking: of an error's own words only those stay that errors of APIs use, and its limits."""

from __future__ import annotations

import re

from batchbell.core.results.limits import limit_places
from batchbell.core.results.words import WORDS
from batchbell.core.text import shortened

#: What stands in the place of everything else.
MASK = "…"
#: No more of a message is looked at, characters.
LONGEST_MESSAGE = 2_000
#: No more of its words are kept.
MOST_WORDS = 40

_PLAIN_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# What a message quotes is the request's: quotes of several words, and JSON with all in it.
# It begins with a set of characters, for which the search skips all others at once.
_QUOTED = re.compile(
    r"""[\[{"`'“„«\u2018](?:"""
    r"(?<=[\[{])(?:.*[\]}]|.*)"
    r"""|(?<=")[^"]*\s[^"]*(?:"|$)"""
    r"|(?<=`)[^`]*\s[^`]*(?:`|$)"
    r"|(?<=(?<!\w)')[^']*\s.*?(?:'(?!\w)|$)"
    r"|(?<=[“„«\u2018])[^”“»\u2019]*\s.*?(?:[”“»\u2019]|$)"
    r")",
    re.DOTALL,
)
_PARTS = re.compile(r"\S+")
_AROUND_WORDS = "\"'`.,:;!?()<>*-“”„«»\u2018\u2019"
_ENDS = ".,:;"


def masked_code(code: str) -> str:
    """Return a code that is plain as it is, any other as `…`; '' stays."""
    return code if not code or _PLAIN_CODE.fullmatch(code) else MASK


def masked_message(message: str) -> str:
    """Return what can be kept of an error's message: words of the fixed list, `…` for the rest.

    Nothing of a request or an answer survives it, and messages that differ in ids, numbers and
    quotations become one. A number stays only where it is a limit of the API's own.
    """
    kept: list[str] = []
    # What is cut ends in an ellipsis: half a number is not taken for a whole one.
    text = _QUOTED.sub(f" {MASK} ", shortened(message, LONGEST_MESSAGE))
    limits = limit_places(text)
    for place in _PARTS.finditer(text):
        part = place[0]
        word = part.strip(_AROUND_WORDS)
        if word.lower() in WORDS or place.start() in limits:
            kept.append(word + part[-1] if part[-1] in _ENDS else word)
        elif (word or MASK in part) and kept[-1:] != [MASK]:
            kept.append(MASK)
        if len(kept) == MOST_WORDS:
            kept[-1] = MASK
            break
    return " ".join(kept)


def masked_within(sentence: str, quoted: str) -> str:
    """Return a sentence in which an API's own words, which may quote a line, are masked."""
    return sentence.replace(quoted, masked_message(quoted)) if quoted else sentence
