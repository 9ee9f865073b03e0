"""`Cause`: why requests failed, without a word of theirs."""

from __future__ import annotations

from dataclasses import dataclass

#: At most so many causes are kept of a job, the most frequent ones.
MOST_CAUSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Failures of a job that have their code and their masked message in common."""

    #: The error's code, else its HTTP status; '…' for one that is not plain, '' for none.
    code: str
    #: The words of it that errors of APIs use; '…' for everything else, '' for no message.
    message: str
    #: Requests that failed for it.
    count: int
    #: Of all failed requests, 0.0 to 1.0.
    share: float
    #: The `custom_id` of one of them, on one line and 64 characters at most.
    example: str
    #: Whether it helps to send them again; None where that is not known.
    retry_helps: bool | None
