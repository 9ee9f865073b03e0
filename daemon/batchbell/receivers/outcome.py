"""What an answer means: whether it was taken, whose fault a refusal is, whether to try again."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

DELIVERED = Outcome(delivered=True, reason="delivered")
#: HTTP statuses from 400 to 499 that pass by themselves (RFC 9110, RFC 6585, RFC 8470).
PASSING_STATUSES = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
#: Those that are about what was sent, not about who sent it where.
_INVALID = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)


def of_status(status: int, *, retry_after_seconds: float | None = None, more: str = "") -> Outcome:
    """Judge an HTTP status that is no acceptance: of 4xx only 408, 425 and 429 pass by themselves.

    Others than 4xx may pass. `more` is a word of the service's own, for the reason.
    """
    return Outcome(
        delivered=False,
        reason=f"{_reason(status)} ({more})" if more else _reason(status),
        permanent=_is_final(status),
        fault=_fault(status),
        retry_after_seconds=retry_after_seconds,
    )


def broke_off(error: BaseException) -> Outcome:
    """Return the failure that an exception of our own or a library's code is.

    Its text is not told, as it may quote the URL.
    """
    reason = f"the send broke off ({type(error).__name__})"
    return Outcome(delivered=False, reason=reason, fault=Fault.MESSAGE)


def unusable_url(reason: str) -> Outcome:
    """Return the failure that a URL is which nothing can be sent to."""
    return Outcome(delivered=False, reason=reason, permanent=True, fault=Fault.CHANNEL)


def combined(failures: Collection[Outcome]) -> Outcome:
    """Return how all went of which these failed; permanent only if every failure is.

    Whose fault it is only counts if all say the same.
    """
    if not failures:
        return DELIVERED
    faults = {failure.fault for failure in failures}
    waits = [each.retry_after_seconds for each in failures if each.retry_after_seconds is not None]
    return Outcome(
        delivered=False,
        reason=", ".join(dict.fromkeys(failure.reason for failure in failures)),
        permanent=all(failure.permanent for failure in failures),
        fault=faults.pop() if len(faults) == 1 else Fault.UNKNOWN,
        retry_after_seconds=max(waits, default=None),
    )


def _reason(status: int) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"HTTP {status}, a redirect, which is not followed"
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return f"HTTP {status}, but the answer is not an acceptance"
    known = status in HTTPStatus._value2member_map_
    return f"HTTP {status} {HTTPStatus(status).phrase}" if known else f"HTTP {status}"


def _is_final(status: int) -> bool:
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_refusal and status not in PASSING_STATUSES


def _fault(status: int) -> Fault:
    if status in _INVALID:
        return Fault.MESSAGE
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    # Who is asked too often says so of whatever comes, with a Retry-After or without.
    is_asked_less = status == HTTPStatus.TOO_MANY_REQUESTS
    is_the_channels = is_redirect or is_asked_less or _is_final(status)
    return Fault.CHANNEL if is_the_channels else Fault.UNKNOWN
