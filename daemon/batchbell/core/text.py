"""Other people's text, made harmless before it goes anywhere."""

from __future__ import annotations

import re

#: What a character that was taken out becomes: U+FFFD, the replacement character.
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# C0 and C1 controls drive terminals and mail headers, bidi controls turn text around, NUL breaks
# PostgreSQL, a lone surrogate can't be encoded at all, and noncharacters have no place in XML.
_LINE_ENDS = "\t\n"
_LIVE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}"
    "\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}\ud800-\udfff\ufdd0-\ufdef"
) + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_LIVE_IN_TEXT = re.compile(f"[{_LIVE}]")
_LIVE_IN_LINE = re.compile(f"[{_LIVE}{_LINE_ENDS}]")


_UUID = re.compile(r"([A-Za-z0-9]{8})(-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}")


def first_group(job_id: str) -> str:
    """Return a UUID's first group, by which people are shown it; '' of any other id."""
    found = _UUID.fullmatch(job_id)
    return found[1] if found else ""


# Not a dash first: that would be an option.
_PLAIN_WORD = re.compile(r"[A-Za-z0-9._][A-Za-z0-9._-]*")


def is_plain_word(text: str) -> bool:
    """Whether an id may be part of a command that people copy into a shell.

    Quoting is not enough: chat systems replace quotes and backticks on the way.
    """
    return _PLAIN_WORD.fullmatch(text) is not None


def is_harmless_line(text: str) -> bool:
    """Whether `text` holds no control or bidi control, line end, lone surrogate, noncharacter."""
    return text.isprintable() or _LIVE_IN_LINE.search(text) is None


def harmless_line(text: str) -> str:
    """Return `text` with every character that is live somewhere, line ends too, as U+FFFD."""
    return text if text.isprintable() else _LIVE_IN_LINE.sub(REPLACEMENT, text)


def harmless_text(text: str) -> str:
    """Return `text` with every character that is live somewhere as U+FFFD; line ends and tabs stay.

    CR LF becomes LF.
    """
    if text.isprintable():
        return text
    return _LIVE_IN_TEXT.sub(REPLACEMENT, text.replace("\r\n", "\n"))


def shortened(text: str, longest: int) -> str:
    """Return at most `longest` characters of `text`, ending in an ellipsis if some were cut."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
