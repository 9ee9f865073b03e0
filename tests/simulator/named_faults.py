"""The API's faults by name, for tests that go through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.simulator.answer import json_bytes
from tests.simulator.faults import (
    Drip,
    GzipBomb,
    Hang,
    Huge,
    Reply,
    Reset,
    Truncated,
    TruncatedGzip,
    TruncatedJson,
)
from tests.simulator.row_faults import ShortListing

if TYPE_CHECKING:
    from tests.simulator.faults import Fault

_PROXY_PAGE = (
    b"<html><head><title>503</title></head><body><h1>Service Unavailable</h1></body></html>"
)
#: A port nothing listens on: a client that follows redirects fails, it does not leak its key.
ELSEWHERE = "http://127.0.0.1:9/v1/batches"


def refusal(status: int, text: str, **headers: str) -> Reply:
    """Return the API's own refusal, `{"error": text}`; `retry_after="7"` sets Retry-After."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, json_bytes({"error": text}), headers=named)


#: Each makes a poll of the listing fail as a whole.
FAILING_POLLS: dict[str, Fault] = {
    "bad_request": refusal(400, "bad request"),
    "unauthorized": refusal(401, "Invalid API key provided"),
    "payment_required": refusal(402, "your account has no credit left"),
    "forbidden": refusal(403, "this key may not use the batch API"),
    "rate_limited": refusal(429, "too many requests", retry_after="2"),
    "server_error": refusal(500, "internal error"),
    "empty_server_error": Reply(502, content_type="text/plain"),
    "html_unavailable": Reply(503, _PROXY_PAGE, "text/html"),
    "html_ok": Reply(200, _PROXY_PAGE, "text/html"),
    "redirect": Reply(302, headers=(("location", ELSEWHERE),)),
    "object": Reply(200, b"{}"),
    "text": Reply(200, b"ok", "text/plain"),
    "empty_body": Reply(200),
    "hang": Hang(),
    "drip": Drip(),
    "drip_from_first_byte": Drip(headers_too=True),
    "truncated": Truncated(),
    "truncated_json": TruncatedJson(),
    "truncated_gzip": TruncatedGzip(),
    "reset": Reset(),
    "reset_midway": Reset(share=0.5),
    "huge": Huge(),
    "huge_claimed": Huge(claim_length=True),
    "huge_text": Huge(opening=b'[{"id":"endless","error":"', piece=b"x" * 65_536),
    "huge_nesting": Huge(piece=b"[" * 65_536),
    "huge_rows": Huge(piece=b'{"id":"again","status":"IN_PROGRESS","progress":1},' * 1000),
    "gzip_bomb": GzipBomb(),
}

#: Each lets a poll succeed, with rows missing.
MISSING_ROWS: dict[str, Fault] = {
    "null": Reply(200, b"null"),
    "empty_list": Reply(200, b"[]"),
    "short_list": ShortListing(),
}
