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


class Redactor:
    """Replaces some secrets in any text."""

    def __init__(self, secrets: Collection[str] = ()) -> None:
        """Take the secrets as they may be written; those below `SHORTEST` are left alone."""
        # The longest first: a part of it may be a secret too, and would leave the rest to be read.
        long = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=_longest_first)
        self._pattern = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, text: str) -> str:
        """Return the text with `***` for each secret."""
        return text if self._pattern is None else self._pattern.sub(MARK, text)


def _longest_first(secret: str) -> tuple[int, str]:
    return -len(secret), secret
