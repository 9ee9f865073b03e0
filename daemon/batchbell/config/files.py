"""Reading the files of the configuration: bounded, and with a failure in words."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: No configuration and no secret is larger, in bytes.
_LIMIT_BYTES = 1024 * 1024


class FileProblemError(Exception):
    """A file can't be used; the message is a clause that follows its name."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """The text of a file and who may read it."""

    text: str
    status: os.stat_result

    @property
    def readable_by_all(self) -> bool:
        """Whether any user of the machine may read it."""
        return bool(self.status.st_mode & stat.S_IROTH)


def is_ours(status: os.stat_result) -> bool:
    """Whether a file belongs to the user who runs this, or to root."""
    return status.st_uid in {os.geteuid(), 0}


def is_writable_by_all(status: os.stat_result) -> bool:
    """Whether any user of the machine may write a file."""
    return bool(status.st_mode & stat.S_IWOTH)


def read_text(path: Path) -> TextFile:
    """Read a UTF-8 file of at most 1 MiB; a byte order mark is dropped.

    Raises FileProblemError, which never repeats the content.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            data = file.read(_LIMIT_BYTES + 1)
    except IsADirectoryError:
        # A container runtime makes a folder when the file to mount is missing.
        raise FileProblemError("is a directory, not a file") from None
    except FileNotFoundError:
        raise FileProblemError("does not exist") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise FileProblemError(f"can't be read: {reason}") from None
    if len(data) > _LIMIT_BYTES:
        raise FileProblemError("is larger than 1 MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileProblemError("is not UTF-8 text: save it as UTF-8") from None
    return TextFile(text, status)


def read_secret(path: Path) -> TextFile:
    """Read a secret; white space after it is dropped, since editors end files with a newline.

    Raises FileProblemError, also for an empty file.
    """
    file = read_text(path)
    secret = file.text.rstrip()
    if not secret:
        raise FileProblemError("is empty")
    return TextFile(secret, file.status)
