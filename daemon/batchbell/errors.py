"""Everything batchbell raises on purpose, as one short tree.

Each message says what is wrong, where, and what to do next; it never holds a secret.
`exit_code` is the process's exit status when the error reaches the command line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class BatchbellError(Exception):
    """Base of every error that is told to the user as one sentence."""

    exit_code: ClassVar[int] = 1


class UsageError(BatchbellError):
    """The command was called in a way that can't work (unknown job, ambiguous id prefix)."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong in the configuration."""

    #: Dotted path of the key (`channels.team.url`), or the file or variable at fault.
    where: str
    #: What is wrong and what to write instead.
    what: str

    def __str__(self) -> str:
        """One line for the terminal."""
        return f"{self.where}: {self.what}"


class ConfigError(BatchbellError):
    """The configuration can't be used; holds every problem found, not only the first."""

    exit_code = 78

    def __init__(self, *problems: ConfigProblem) -> None:
        """Take all problems found in one validation."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class AlreadyRunningError(BatchbellError):
    """Another daemon holds the lock of this database."""

    exit_code = 75


class DatabaseError(BatchbellError):
    """The database can't be opened, read or written, or has an unusable schema."""


class PassingDatabaseError(DatabaseError):
    """The database's server is away, full or busy: the same may work later, changed by nobody."""


class LeaseLostError(DatabaseError):
    """Another replica does this by now: what was to be written is refused."""


class KeepError(BatchbellError):
    """A result file can't be kept on this machine: the disk is full, or not ours to write to."""


class ApiError(BatchbellError):
    """A call to the batch API failed; `text` carries the API's own words."""

    #: Whether the same call may succeed later without anybody changing anything.
    retryable: ClassVar[bool] = True

    def __init__(self, message: str, *, status_code: int | None = None, text: str = "") -> None:
        """`status_code` is the HTTP status, None without an answer."""
        super().__init__(message)
        self.status_code = status_code
        self.text = text


class UnauthorizedError(ApiError):
    """The API refused the key (401, 403)."""

    retryable = False


class NotFoundError(ApiError):
    """The API does not know this id (404)."""

    retryable = False


class RefusedError(ApiError):
    """The API refused the call (400, 402 or another 4xx): repeating it unchanged won't help."""

    retryable = False


class RateLimitedError(ApiError):
    """The API asked to slow down (429)."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = 429,
        text: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        """`retry_after_seconds` is what the API asked for, None if it did not say."""
        super().__init__(message, status_code=status_code, text=text)
        self.retry_after_seconds = retry_after_seconds


class UnavailableError(ApiError):
    """No usable answer: 5xx, a redirect, a network failure, or the total deadline passed."""


class MalformedError(ApiError):
    """The API answered 200 with something that is not what was asked for."""


class TooLargeError(MalformedError):
    """An answer is larger than what is to be read of it."""
