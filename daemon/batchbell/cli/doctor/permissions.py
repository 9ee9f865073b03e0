"""Who may change what the bell goes by: its configuration, and the programs that it runs."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import doubtful, fine
from batchbell.config.files import is_ours, is_writable_by_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.doctor.finding import Finding
    from batchbell.config import LoadedConfig

_SUBJECT = "permissions"


def about_permissions(loaded: LoadedConfig) -> Iterator[Finding]:
    """Yield who besides the user and root may change a file, one finding a file."""
    if loaded.path is not None:
        yield _finding(loaded.path.absolute(), "where keys and messages go")
    for name, channel in loaded.settings.channels.items():
        for path in _files_of(channel.exec or ()):
            yield _finding(path, f"what channel {name!r} runs")


def _files_of(command: Sequence[str]) -> Iterator[Path]:
    """Yield the program of a command, and what it is given to run or read."""
    if command:
        program = shutil.which(os.path.expanduser(command[0]))  # noqa: PTH111 - a bare name stays one
        arguments = (Path(part) for part in command[1:])
        if program is not None:
            yield Path(program)
        yield from (path for path in arguments if path.is_absolute() and _is_file(path))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _finding(path: Path, what: str) -> Finding:
    """Return who may change a file: itself, or by replacing it in its folder."""
    file, folder = path.stat(), path.resolve().parent
    if not is_ours(file):
        detail = f"user {file.st_uid} owns {path}, and may change {what}"
        return doubtful(_SUBJECT, detail, "", ("Make it yours", f"chown {os.geteuid()} {path}"))
    if file.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        detail = f"others may change {path}, and with it {what}"
        return doubtful(_SUBJECT, detail, "", ("Close it", f"chmod go-w {path}"))
    around = folder.stat()
    if not is_ours(around):
        detail = f"user {around.st_uid} owns the folder {folder}, and may replace {path}: {what}"
        return doubtful(_SUBJECT, detail, "move it into a folder of your own")
    if is_writable_by_all(around) and not around.st_mode & stat.S_ISVTX:
        detail = f"others may replace {path} in its folder, and with it {what}"
        return doubtful(_SUBJECT, detail, "", ("Close it", f"chmod o-w {folder}"))
    return fine(_SUBJECT, f"only you and root may change {path}")
