"""The limits that errors of APIs name: the numbers that a request has to be repaired to."""

from __future__ import annotations

import re

# What stands before a limit, in errors of OpenAI, vLLM and their like. Words of the request's own
# numbers ("you requested", "the request has") are none of them: those differ from row to row.
_PHRASES = (
    "maximum (?:context|input|sequence|model|allowed) length(?: is| of|:)?",
    "context (?:length|window|size)(?: is| of|:)",
    "(?:tokens?|context|length|size|rate) limit(?: is| of|:)?",
    "(?:exceeds|exceeded|above|over) the (?:limit|maximum) of",
    "(?:must be|supports) (?:at most|no more than)",
    "must be less than or equal to",
)
_LONGEST_PHRASE = 60
_PHRASE = re.compile(rf"\b(?:{'|'.join(_PHRASES)}) \Z", re.IGNORECASE | re.ASCII)
# A number in plain digits, and no part of a longer one: neither a digit nor a sign that joins
# digits may follow, so that of a card's or a telephone's number not even the first group stays.
_NUMBER = re.compile(r"(?<= )[1-9][0-9]{2,6}(?=[.,;:)]?(?:\s+[A-Za-z]|\s*\Z))", re.ASCII)


def limit_places(text: str) -> frozenset[int]:
    """Return where in a text the numbers begin that are limits of an API."""
    return frozenset(
        found.start()
        for found in _NUMBER.finditer(text)
        if _is_round(found[0]) and _follows_a_phrase(text, found.start())
    )


def _is_round(number: str) -> bool:
    """Whether it is a limit by its size: thousands or multiples of 512, or one more as 32,769.

    What is computed for each request seldom is, nor is most of what people write.
    """
    size = int(number)
    return size % 1_000 == 0 or size % 512 <= 1


def _follows_a_phrase(text: str, place: int) -> bool:
    return _PHRASE.search(text[max(place - _LONGEST_PHRASE, 0) : place]) is not None
