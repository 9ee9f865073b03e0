"""The page's style, script and picture, each under an address that changes with its content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from batchbell.core.event import Severity
from batchbell.receivers.look import LOOKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Scope

_FOLDER = Path(__file__).parent / "static"
#: The style sheet of the severities' colours, which is a file nowhere.
_COLOURS = "severity.css"
#: Of an address that names the content: it never changes. Source: RFC 8246.
_FOR_A_YEAR = "max-age=31536000, immutable"
#: Of any other: it is asked again whether it is new.
_ASKED_AGAIN = "no-cache"
_HASH_LENGTH = 16


class HashedFiles(StaticFiles):
    """Serves the files below `/static`; who asks by the content's hash may keep it for a year."""

    def __init__(self) -> None:
        """Read every file once, for its hash."""
        super().__init__(directory=_FOLDER)
        self._colours = severity_style()
        contents = {each.name: each.read_bytes() for each in _FOLDER.iterdir() if each.is_file()}
        self._hashes = _hashes({**contents, _COLOURS: self._colours.encode()})

    def address(self, name: str) -> str:
        """Return where a file is, seen from the first page. Raises `KeyError`."""
        return f"static/{name}?v={self._hashes[name]}"

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file, and say how long it may be kept. Raises `HTTPException`."""
        if path == _COLOURS and scope["method"] in {"GET", "HEAD"}:
            answer = Response(self._colours, media_type="text/css")
        else:
            answer = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v")
        is_named = path in self._hashes and asked == [self._hashes[path]]
        answer.headers["Cache-Control"] = _FOR_A_YEAR if is_named else _ASKED_AGAIN
        return answer


def severity_style() -> str:
    """Return the style sheet of the severities' colours: the ones that mail uses."""
    rules = [
        f".{severity.name.lower()} {{ --severity: {LOOKS[severity].colour}; }}"
        for severity in Severity
    ]
    return "\n".join(rules) + "\n"


def _hashes(contents: Mapping[str, bytes]) -> dict[str, str]:
    return {
        name: hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]
        for name, content in contents.items()
    }
