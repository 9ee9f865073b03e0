"""What web services are asked and what they answer, as values: kinds do no I/O of their own.

A kind's `tell` is a generator: it yields each request, is sent the answer, and returns the outcome.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from batchbell.receivers.outcome import of_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from batchbell.core.delivery.outcome import Outcome
    from batchbell.receivers.content import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, whole."""

    method: str = "POST"
    #: Often holds a token.
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    #: What `Retry-After` asks for, seconds; None without it.
    retry_after_seconds: float | None = None
    #: Of an answer that is an error, its beginning.
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status says that all is well."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def document(self) -> Mapping[str, Any]:
        """The body's JSON object; empty if it is none."""
        try:
            document = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return document if isinstance(document, dict) else {}

    @property
    def code(self) -> int | None:
        """The JSON object's `code`, by which several services number their refusals."""
        code = self.document.get("code")
        return code if isinstance(code, int) else None

    def judged(self, more: str = "") -> Outcome:
        """Return what the status alone means, as a refusal."""
        return of_status(self.status, retry_after_seconds=self.retry_after_seconds, more=more)


Exchange: TypeAlias = Generator[Request, Reply, "Outcome"]


class WebAddress(Protocol):
    """Where a kind that speaks HTTP sends, read from a channel's URL."""

    @property
    def timeout_seconds(self) -> float:
        """How long one request may take."""

    @property
    def verify(self) -> bool:
        """Whether the receiver's certificate must be one that this machine trusts."""

    @property
    def targets(self) -> Sequence[str]:
        """Who is told: each gets the message whole, whatever becomes of the others."""

    def pieces(self, content: Content) -> Sequence[Any]:
        """Return what is sent one after the other."""

    def tell(self, target: str, piece: Any, content: Content) -> Exchange:  # noqa: ANN401 - each kind's own
        """Send one piece to one target."""


def post_json(url: str, document: object, headers: Mapping[str, str] | None = None) -> Request:
    """Return a request that posts JSON, all of it ASCII: the kinds' limits are counted so."""
    told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Request(url=url, headers=told, body=json.dumps(document).encode())
