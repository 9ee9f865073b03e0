"""The second and third place: systemd credentials and /run/secrets, one file a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.level import Given, Level
from batchbell.config.nearest import nearest_path

if TYPE_CHECKING:
    from pathlib import Path

#: What the credentials are called in messages.
CREDENTIALS = "the credentials"
#: How the origin of a value from there begins.
CREDENTIAL_ORIGIN = "credential "


def folder_level(name: str, folder: Path, origin_prefix: str) -> Level:
    """Read the names of the files `batchbell_...` in a folder; their contents come later.

    A folder that is not there, or that we may not list, holds nothing for us.
    """
    level = Level(name)
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return level
    for file in files:
        if not file.name.lower().startswith(keys.CREDENTIAL_PREFIX):
            continue
        path = tuple(file.name[len(keys.CREDENTIAL_PREFIX) :].lower().split(keys.DELIMITER))
        if keys.pattern(path) in keys.KEYS:
            level.add(path, Given(f"{origin_prefix}{file.name}", file=file))
        else:
            level.refuse_unknown(str(file), _nearest_file_name(path))
    return level


def _nearest_file_name(path: keys.KeyPath) -> str:
    """Return the name of the file that an unknown one most likely stands for."""
    right = nearest_path(path)
    return keys.secret_name(keys.secret_of(right) or right)
