"""How many of a job's requests came back, and the verdict on that."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the files say of a job; the names are a contract."""

    #: Nothing failed, nothing is missing; so is a job without requests.
    COMPLETE = "complete"
    #: Some succeeded, others did not.
    PARTIAL = "partial"
    #: Nothing succeeded.
    EMPTY = "empty"
    #: A file is lost or too large, or there is no input to compare with.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the files hold: `requests` = `succeeded` + `failed` + `missing` where all are known.

    Requests are counted by their `custom_id`: the first five of these, `empty` and `truncated` are
    numbers of ids; `foreign` and `unreadable` are numbers of lines.
    """

    #: In the input; None without it.
    requests: int | None = None
    #: With an answer in the output.
    succeeded: int = 0
    #: With an error and no answer.
    failed: int = 0
    #: In neither file; None without the input, or without one of the result files.
    missing: int | None = None
    #: With more than one line in output and errors together.
    duplicated: int = 0
    #: Lines with an id that the input does not have; None without it.
    foreign: int | None = None
    #: Lines of all files that are no JSON object with a `custom_id`, or over 16 MB.
    unreadable: int = 0
    #: Of the succeeded: neither text nor a tool call.
    empty: int = 0
    #: Of the succeeded: cut at the request's limit of tokens.
    truncated: int = 0

    @property
    def flawed(self) -> bool:
        """Whether the files are not what they should be, beside requests that failed."""
        return bool(self.missing or self.duplicated or self.foreign or self.unreadable)

    @property
    def degraded(self) -> bool:
        """Whether answers are of little use: empty, or cut at their limit of tokens."""
        return bool(self.empty or self.truncated)


def verdict_of(counts: Counts) -> Verdict:
    """Return what the counts mean."""
    if counts.requests is None or counts.missing is None:
        return Verdict.UNKNOWN
    if counts.failed == counts.missing == 0:
        return Verdict.COMPLETE
    return Verdict.PARTIAL if counts.succeeded else Verdict.EMPTY
