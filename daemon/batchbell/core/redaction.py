"""Taking secrets out of texts by their value: whoever repeats one, and wherever it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

#: What stands in a secret's place.
MARK = "***"
#: Anything shorter is also a part of innocent words, characters.
SHORTEST = 6
_ELLIPSIS = "…"


class Redactor:
    """Replaces some secrets in any text."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        """Take the secrets as they may be written; those below `SHORTEST` are left alone."""
        # The longest first: a part of it may be a secret too, and would leave the rest to be read.
        long = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=_longest_first)
        self._secrets = long
        self._pattern = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, text: str) -> str:
        """Return the text with `***` for each secret."""
        return text if self._pattern is None else self._pattern.sub(MARK, text)

    def is_in(self, text: str) -> bool:
        """Whether a secret stands in a text; faster than to take it out."""
        # Not `any`: its generator takes longer than the search, for each text of 100,000 rows.
        for secret in self._secrets:  # noqa: SIM110
            if secret in text:
                return True
        return False

    def of_cut(self, text: str) -> str:
        """Return a text that was cut out of a longer one: half a secret at an edge is one too.

        An ellipsis at its end is not a part of it; halves below `SHORTEST` are left alone.
        """
        if not text:
            # As of nearly all that is sent: to look for halves takes long with many secrets.
            return text
        body = self(text.removesuffix(_ELLIPSIS))
        end = max((_overlap(body, secret) for secret in self._secrets), default=0)
        # Backwards, the beginning of the text is the end.
        start = max((_overlap(body[::-1], secret[::-1]) for secret in self._secrets), default=0)
        inner = body[start : len(body) - end]
        marked = (MARK if start else "") + inner + (MARK if end else "")
        return marked + (_ELLIPSIS if text.endswith(_ELLIPSIS) else "")


def _overlap(text: str, secret: str) -> int:
    """Return how many of the secret's first characters the text ends with, 0 for too few."""
    sizes = range(min(len(text), len(secret) - 1), SHORTEST - 1, -1)
    return next((size for size in sizes if text.endswith(secret[:size])), 0)


def _longest_first(secret: str) -> tuple[int, str]:
    return -len(secret), secret
