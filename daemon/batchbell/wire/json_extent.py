"""Where a JSON value ends, found without decoding it.

The decoder recurses and needs the whole value at once; this does neither, so it finds the end of
values that are broken, nested too deeply, or have not arrived completely.
"""

from __future__ import annotations

import re

_OUTSIDE_STRING = re.compile(r'["{}\[\]]')
_INSIDE_STRING = re.compile(r'["\\]')
_AFTER_SCALAR = re.compile(r"[^-+.\w]")


class ValueEnd:
    """Finds the end of one JSON value whose text arrives in pieces; each character is read once.

    Brackets are only counted: a value whose brackets don't pair up ends where the count does.
    """

    def __init__(self, first: str) -> None:
        """`first` is the value's first character; `find` must be given it as well."""
        self._scalar = first not in '{["'
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def find(self, piece: str, start: int) -> int | None:
        """Return the index in `piece` after the value's last character, None if it goes on.

        The value, or what follows of it, begins at `start`. A number or word only ends at the
        character after it: `12` may yet become `123`.
        """
        if self._scalar:
            after = _AFTER_SCALAR.search(piece, start)
            return after.start() if after else None
        at = start
        while at < len(piece):
            at = self._in(piece, at) if self._in_string else self._out(piece, at)
            if not self._depth and not self._in_string:
                return at
        return None

    def _out(self, piece: str, at: int) -> int:
        """Outside strings, pass the next bracket or quote."""
        token = _OUTSIDE_STRING.search(piece, at)
        if token is None:
            return len(piece)
        if token[0] == '"':
            self._in_string = True
        else:
            self._depth += 1 if token[0] in "{[" else -1
        return token.end()

    def _in(self, piece: str, at: int) -> int:
        """Inside a string, pass the next quote or backslash."""
        if self._escaped:
            self._escaped = False
            return at + 1
        token = _INSIDE_STRING.search(piece, at)
        if token is None:
            return len(piece)
        if token[0] == '"':
            self._in_string = False
        else:
            self._escaped = True
        return token.end()
