"""Cutting a text that is too long for a channel, in a good place and never silently."""

from __future__ import annotations

_CUT_HERE = "\n\n(Cut here: too long for this channel. All of it: batchbell events)"


def shorten(text: str, limit: int) -> str:
    """Cut a text of over `limit` characters at the end of a block or line, and say so in it."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - len(_CUT_HERE), 0)]
    for end in ("\n\n", "\n"):
        whole, found, _ = kept.rpartition(end)
        if found and len(whole) > len(kept) // 2:
            kept = whole
            break
    return kept + _CUT_HERE
