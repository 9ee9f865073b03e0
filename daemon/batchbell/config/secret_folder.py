"""The second and third place: systemd credentials and /run/secrets, one file a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config import keys
from batchbell.config.level import Given, Level

if TYPE_CHECKING:
    from pathlib import Path


def directory_level(name: str, folder: Path, origin_prefix: str) -> Level:
    """Read the names of the files `batchbell_...` in a folder; their contents come later.

    A folder that is not there, or that we may not list, holds nothing for us.
    """
    level = Level(name)
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return level
    for file in files:
        file_name = file.name
        if not file_name.lower().startswith(keys.CREDENTIAL_PREFIX):
            continue
        path = tuple(file_name[len(keys.CREDENTIAL_PREFIX) :].lower().split(keys.DELIMITER))
        if keys.pattern(path) in keys.KEYS:
            level.add(path, Given(f"{origin_prefix}{file_name}", file=file))
        else:
            where = str(file)
            level.refuse_unknown(path, spell=keys.secret_name, where=where)
    return level
