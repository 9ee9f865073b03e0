"""What must not be read anywhere: the secrets of every configuration this process has loaded."""

from __future__ import annotations

import base64
import html
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote

from batchbell.core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ESCAPE = re.compile("%[0-9A-F]{2}")


class Redaction:
    """Takes secrets out of texts; it learns new ones, and never forgets one that was replaced."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know these from the start."""
        self._known: frozenset[str] = frozenset()
        self._redactor = Redactor()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Take these out too from now on, in each way in which they may be written."""
        known = self._known.union(form for secret in secrets for form in _forms(secret))
        if known != self._known:
            # One assignment each: other threads may be logging.
            self._redactor = Redactor(known)
            self._known = known

    def __call__(self, text: str) -> str:
        """Return the text with `***` for each secret."""
        return self._redactor(text)

    def is_in(self, text: str) -> bool:
        """Whether a secret stands in a text; faster than to take it out."""
        return self._redactor.is_in(text)

    def of_cut(self, text: str) -> str:
        """Return a text that was cut out of a longer one, without halves of secrets either."""
        return self._redactor.of_cut(text)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    for quoted in (quote(secret, safe=""), quote(secret), quote_plus(secret)):
        yield quoted
        # Both cases mean the same. Source: RFC 3986, section 2.1.
        yield _ESCAPE.sub(lambda escape: escape[0].lower(), quoted)
    yield unquote(secret)
    # As a line of the log has it, and as other programs' JSON does.
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", r"\/")
    # As a page of an error has it.
    yield html.escape(secret)
    # As HTTP's basic authentication sends it; the padding may be left out.
    yield base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode("ascii").rstrip("=")
