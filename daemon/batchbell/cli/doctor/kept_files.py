"""Can result files be kept where they are to be."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import Finding, doubtful, fine, wrong
from batchbell.messages.plain_text import size

if TYPE_CHECKING:
    from batchbell.config import Settings

_SUBJECT = "kept files"
#: Room for so many jobs of the largest files that are usual is told when it is missing.
_FEW_JOBS = 10
_LARGE_JOB_BYTES = 300_000_000


def check_kept_files(settings: Settings) -> list[Finding]:
    """Look at the folder, if any account's files are to be kept; makes nothing."""
    folder = settings.results.folder
    keeps = any(settings.collect_of(account) == "keep" for account in settings.accounts)
    if folder is None or not keeps:
        return []
    place = next(path for path in (Path(folder), *Path(folder).parents) if os.path.lexists(path))
    if not place.is_dir():
        return [wrong(_SUBJECT, f"{place} is no folder", "move it away, or set results.folder")]
    if not os.access(place, os.W_OK | os.X_OK):
        advice = "put its owner right, or set results.folder; messages go without a verdict"
        return [wrong(_SUBJECT, f"{place} is closed to this user", advice)]
    return [_about_space(folder, place)]


def _about_space(folder: str, place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    detail = f"{size(free)} free for {folder}"
    if free < _FEW_JOBS * _LARGE_JOB_BYTES:
        return doubtful(_SUBJECT, f"only {detail}", "free some space, or lower results.keep_for")
    return fine(_SUBJECT, detail)
