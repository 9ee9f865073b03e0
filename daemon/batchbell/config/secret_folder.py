"""The second and third place: systemd credentials and /run/secrets, one file a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.config.layers import Given, Layer
from batchbell.config.names import CREDENTIAL_PREFIX, DELIMITER, pattern, secret_name
from batchbell.config.nearest import nearest_path

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config.names import KeyPath, Names

#: What the credentials are called in messages.
CREDENTIALS = "the credentials"
#: How the origin of a value from there begins.
CREDENTIAL_ORIGIN = "credential "


def folder_layer(name: str, folder: Path, origin_prefix: str, names: Names) -> Layer:
    """Read the names of the files `batchbell_...` in a folder; their contents come later.

    A folder that is not there, or that we may not list, holds nothing for us.
    """
    layer = Layer(name)
    try:
        files = sorted(folder.iterdir())
    except OSError:
        return layer
    for file in files:
        if not file.name.lower().startswith(CREDENTIAL_PREFIX):
            continue
        path = tuple(file.name[len(CREDENTIAL_PREFIX) :].lower().split(DELIMITER))
        if pattern(path) in names.keys:
            layer.add(path, Given(f"{origin_prefix}{file.name}", file=file))
        else:
            layer.refuse_unknown(str(file), _nearest_file_name(path, names))
    return layer


def _nearest_file_name(path: KeyPath, names: Names) -> str:
    """Return the name of the file that an unknown one most likely stands for."""
    right = nearest_path(path, names)
    return secret_name(names.secret_of(right) or right)
