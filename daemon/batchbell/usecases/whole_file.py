"""A file that has its name when it is whole, and else is not there."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODE = 0o600
#: Opens a file that has no name, so that nothing is left of it whatever ends the process. Linux
#: has it, and most of its file systems. Source: open(2).
_NAMELESS = getattr(os, "O_TMPFILE", None)

#: Where such a file is found, to give it a name at the end. Source: proc(5).
_OPEN_FILES = Path("/proc/self/fd")


@contextmanager
def whole_file(target: Path, *, may_replace: bool = True) -> Iterator[IO[bytes]]:
    """Open a file that gets its name when the block has ended well, and else is gone.

    What has the name already is replaced then, if it is a file; it stays if nothing may be
    replaced, whenever it came. Raises `OSError`, and `FileExistsError` for that.
    """
    if target.exists() and not (target.is_file() or target.is_dir()):
        # Nobody wants a file in the place of /dev/null, or of a pipe.
        raise OSError(errno.EINVAL, "it is no file that can be replaced", str(target))
    descriptor, part = _opened(target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part = part or _named(file.fileno(), target.parent)
        if may_replace:
            part.replace(target)
        else:
            _move_beside(part, target)
    except BaseException:
        if part is not None:
            part.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync_names(folder)
    finally:
        os.close(folder)


def _move_beside(part: Path, target: Path) -> None:
    """Give a file a name that nothing has yet. Raises `FileExistsError` if something has it."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems have no second names for a file: an empty one keeps the place.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
        part.replace(target)
    else:
        part.unlink()


def sync_names(folder: int) -> None:
    """Make the names in an open folder outlive a power loss. Raises `OSError`.

    A network's file system may not know how, and does it by itself.
    """
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise


def _opened(folder: Path) -> tuple[int, Path | None]:
    """Open a new file; it has a name only where it can't be without one."""
    if _NAMELESS is not None and _OPEN_FILES.is_dir():
        # A file system may have no such files; what else is wrong the other way says too.
        with suppress(OSError):
            return os.open(folder, _NAMELESS | os.O_WRONLY | os.O_CLOEXEC, _MODE), None
    descriptor, name = mkstemp(dir=folder, prefix=".fetch-", suffix=".part")
    return descriptor, Path(name)


def _named(descriptor: int, folder: Path) -> Path:
    """Give a file that has no name one of its own. Source: open(2), O_TMPFILE."""
    part = folder / f".fetch-{secrets.token_hex(8)}.part"
    beside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # With folders given it is linkat(2), which can follow the link that /proc has for the file.
        os.link(
            _OPEN_FILES / str(descriptor),
            part.name,
            src_dir_fd=beside,
            dst_dir_fd=beside,
            follow_symlinks=True,
        )
    finally:
        os.close(beside)
    return part
