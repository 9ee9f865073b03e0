"""A folder of one test run: what takes long to start is started in it once, for all workers."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where the workers, which inherit it, find the folder.
VARIABLE = "TESTS_SHARED_FOLDER"


def shared_folder() -> Path | None:
    """Return the folder; outside of a test run there is none."""
    place = os.environ.get(VARIABLE)
    return Path(place) if place else None


def make_shared_folder() -> Path:
    """Make the folder, before any worker is started."""
    folder = Path(tempfile.mkdtemp(prefix="bell-tests-"))
    # A server that does not run as root has its own folder in it.
    folder.chmod(0o711)
    os.environ[VARIABLE] = str(folder)
    return folder


def remove_shared_folder(folder: Path) -> None:
    """Remove it, once nothing runs in it any more."""
    os.environ.pop(VARIABLE, None)
    shutil.rmtree(folder)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let no other process be in such a `with` block meanwhile."""
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
