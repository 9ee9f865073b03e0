"""How the download of a result file goes wrong, by name, for tests that go through all of it.

Set one with `simulator.fault(FILE_FAULTS[name], path="/files/*/content")`; `times=1` lets the
next attempt have the file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.simulator.answer import FILE_TYPE, json_bytes
from tests.simulator.faults import (
    Drip,
    Hang,
    Huge,
    Reply,
    Reset,
    Stalled,
    Truncated,
    TruncatedGzip,
)

if TYPE_CHECKING:
    from tests.simulator.faults import Fault

#: What a fault of the files' contents alone is set for; their metadata stay well.
CONTENTS = "/files/*/content"
#: A line that never ends, as a file of it would.
_PIECE = b"x" * 65_536


def file_refusal(status: int, text: str, code: str = "", **headers: str) -> Reply:
    """Return the files' own refusal; `retry_after="7"` sets Retry-After."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    error = {"message": text, "type": "invalid_request_error", "param": None, "code": code or None}
    return Reply(status, json_bytes({"error": error}), headers=named)


def redirect(location: str, status: int = 302) -> Reply:
    """Return a redirect, as to signed storage at another host or port."""
    return Reply(status, content_type="text/plain", headers=(("location", location),))


def file_of(data: bytes) -> Reply:
    """Return a file with exactly this content."""
    return Reply(200, data, FILE_TYPE)


#: Each makes a download fail.
FAILING_DOWNLOADS: dict[str, Fault] = {
    "not_found": file_refusal(404, "file not found", "not_found"),
    "gone": file_refusal(410, "file was deleted"),
    "unauthorized": file_refusal(401, "Invalid API key provided", "invalid_api_key"),
    "rate_limited": file_refusal(429, "too many requests", retry_after="1"),
    "server_error": file_refusal(500, "internal error"),
    "unavailable": Reply(503, b"<html><h1>Service Unavailable</h1></html>", "text/html"),
    "hang": Hang(),
    "stalled": Stalled(),
    "slow": Drip(),
    "cut": Truncated(share=0.497),
    "cut_gzip": TruncatedGzip(),
    "reset": Reset(),
    "reset_midway": Reset(share=0.5),
    "huge": Huge(opening=b'{"custom_id":"req-1"}\n', piece=b'{"custom_id":"req-1"}\n' * 4096),
    "huge_claimed": Huge(piece=b"\n" * 65_536, claim_length=True),
    "redirect_nowhere": redirect("http://127.0.0.1:9/file"),
    "redirect_without_a_place": Reply(302, content_type="text/plain"),
}

#: Each arrives whole, with nothing in it to count.
GARBAGE: dict[str, Fault] = {
    "html": Reply(200, b"<html><body>please sign in</body></html>", "text/html"),
    "binary": file_of(bytes(range(256)) * 64),
    "not_objects": file_of(b'null\n17\n"text"\n[]\n'),
    "empty": file_of(b""),
    "one_long_line": Huge(size_bytes=20 << 20, opening=b'{"custom_id":"', piece=_PIECE),
}
