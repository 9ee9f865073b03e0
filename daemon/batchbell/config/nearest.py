"""The nearest right name of a wrong one."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from batchbell.config.names import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.config.names import KeyPath, Names

#: Longer words are cut: the comparison takes quadratic time.
_COMPARED_CHARACTERS = 80


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return the most similar candidate, however far; there must be one."""
    return _most_alike(word, candidates, cutoff=0.0)[0]


def likely(word: str, candidates: Iterable[str]) -> str | None:
    """Return the most similar candidate if it is much like the word, else None."""
    return next(iter(_most_alike(word, candidates, cutoff=0.6)), None)


def _most_alike(word: str, candidates: Iterable[str], *, cutoff: float) -> list[str]:
    """Return at most one candidate; `cutoff` from 0 (anything) to 1 (the same)."""
    word = word[:_COMPARED_CHARACTERS]
    return difflib.get_close_matches(word, list(candidates), n=1, cutoff=cutoff)


def nearest_path(path: KeyPath, names: Names) -> KeyPath:
    """Return the known path that an unknown one most likely stands for."""
    return (
        _wrong_separators(path, names)
        or _misspelled(path, names)
        or _in_another_section(path, names)
        or _most_similar(path, names)
    )


def _misspelled(path: KeyPath, names: Names) -> KeyPath | None:
    """Return the path with its first unknown part put right, if one is much like it."""
    section = _known_section(path, names)
    if section == path:
        return None
    word, rest = path[len(section)], path[len(section) + 1 :]
    right = likely(word, _children(section, names))
    if right is None:
        return None
    corrected = (*section, right, *rest)
    return corrected if names.is_known(corrected) else (*section, right)


def _known_section(path: KeyPath, names: Names) -> KeyPath:
    """Return the longest beginning of the path that is a section."""
    ends = range(len(path), -1, -1)
    return next(path[:end] for end in ends if names.is_section(path[:end]))


def _children(section: KeyPath, names: Names) -> list[str]:
    """Return the names that may stand directly in a section."""
    depth = len(section)
    inside = pattern(section)
    return sorted({path[depth] for path in names.writable if path[:depth] == inside} - {"*"})


def _wrong_separators(path: KeyPath, names: Names) -> KeyPath | None:
    """Return the path meant by `accounts_prod_api_key`, or None."""
    joined = re.sub("_+", "_", "_".join(path))
    for known in names.writable:
        words = "_".join("(.+)" if part == "*" else part for part in known)
        match = re.fullmatch(words, joined)
        if match is not None:
            name = iter(match.groups())
            return tuple(next(name) if part == "*" else part for part in known)
    return None


def _in_another_section(path: KeyPath, names: Names) -> KeyPath | None:
    """Return the key of the same name that lives elsewhere, or None."""
    return next((known for known in names.writable if known[-1] == path[-1]), None)


def _most_similar(path: KeyPath, names: Names) -> KeyPath:
    """Return the key whose whole path is most like this one."""
    by_text = {".".join(known): known for known in names.writable}
    return by_text[nearest(".".join(path), by_text)]
