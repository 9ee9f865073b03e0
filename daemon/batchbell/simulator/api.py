"""The calls of the batch API: a request and the simulated time in, an answer out.

Source: Together's OpenAPI document, `/batches` and `/files`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from batchbell.simulator.answer import FILE_TYPE, ApiAnswer, json_answer
from batchbell.simulator.files import line_pieces
from batchbell.simulator.state import NotCancellableError, UnknownJobError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.simulator.state import JobBook


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request as it was received."""

    method: str
    #: As it was sent: quoted, with `/v1` and the query if there were any.
    target: str
    #: Names in lower case; of a repeated header the last value.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Simulated time of its arrival, aware UTC.
    received_at: datetime

    @property
    def path(self) -> str:
        """The target without its query and without the leading `/v1`."""
        path = self.target.partition("?")[0]
        return path.removeprefix("/v1") if path.startswith("/v1/") else path

    @property
    def takes_gzip(self) -> bool:
        """Whether the answer may be compressed."""
        return "gzip" in self.headers.get("accept-encoding", "")

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's segments, each unquoted."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))


def answer_call(request: ApiRequest, book: JobBook, *, api_key: str | None) -> ApiAnswer:
    """Return the API's answer; `api_key` is the only key accepted, None accepts any."""
    if not _authorized(request, api_key):
        return _refusal(request, 401, "Invalid API key provided", code="invalid_api_key")
    now = request.received_at
    match (request.method, *request.parts):
        case ("GET", "batches"):
            return ApiAnswer(body=book.listing(now))
        case ("GET", "batches", job_id):
            return _get_batch(request, book, job_id)
        case ("POST", "batches", job_id, "cancel"):
            return _cancel_batch(request, book, job_id)
        case ("GET", "files", file_id) | ("GET", "files", file_id, "content"):
            return _file(request, book, file_id)
    return _refusal(request, 404, f"no such route: {request.method} {request.path}")


def _authorized(request: ApiRequest, api_key: str | None) -> bool:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        return False
    return api_key is None or key.strip() == api_key


def _get_batch(request: ApiRequest, book: JobBook, job_id: str) -> ApiAnswer:
    try:
        return json_answer(book.row(request.received_at, job_id))
    except UnknownJobError:
        return _refusal(request, 404, f"batch job not found: {job_id}")


def _cancel_batch(request: ApiRequest, book: JobBook, job_id: str) -> ApiAnswer:
    try:
        return json_answer(book.cancel(request.received_at, job_id))
    except UnknownJobError:
        return _refusal(request, 404, f"batch job not found: {job_id}")
    except NotCancellableError as refused:
        return _refusal(request, 400, f"batch job can't be cancelled: its status is {refused}")


def _file(request: ApiRequest, book: JobBook, file_id: str) -> ApiAnswer:
    found = book.file(request.received_at, file_id)
    if found is None:
        return _refusal(request, 404, f"file not found: {file_id}", code="not_found")
    if request.parts[-1] == "content":
        length = None if request.takes_gzip else found.size()
        pieces = line_pieces(found.lines())
        return ApiAnswer(body=pieces, content_type=FILE_TYPE, length=length)
    return json_answer(found.metadata())


def _refusal(request: ApiRequest, status: int, text: str, *, code: str | None = None) -> ApiAnswer:
    """Return an error in the shape of the call's family: files wrap it, batches do not."""
    if request.parts[0] != "files":
        return json_answer({"error": text}, status)
    error = {"message": text, "type": "invalid_request_error", "param": None, "code": code}
    return json_answer({"error": error}, status)
