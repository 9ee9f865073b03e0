"""Lists written as plain text, in a variable."""

from __future__ import annotations

import json


def split_list(text: str) -> list[str]:
    """Return the entries of a JSON list, or else of a text separated by commas.

    Nothing but white space is the empty list. Raises ValueError, without repeating the text.
    """
    if not text.lstrip().startswith("["):
        return [entry.strip() for entry in text.split(",") if entry.strip()]
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ValueError(
            'starts with "[" and so must be a JSON list of texts, such as ["6h", "1h"]'
        )
    return entries
