"""Names that readers of feeds know entries again by."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from batchbell.core.times import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

#: Under which ours are made. Source: RFC 9562, section 5.5.
_NAMESPACE = uuid.UUID("5a3c9d0e-6f1b-4c8e-9b57-2d7a1e40c6f3")


def name_of(began: datetime | None, *parts: str) -> uuid.UUID:
    """Return a name made of these parts: the same after a restart, a move or a restored backup.

    `began` is when this installation began to watch, by which its names are no other one's.
    """
    text = "\n".join(["" if began is None else rfc3339(began), *parts])
    return uuid.uuid5(_NAMESPACE, text.encode("utf-8", "replace").decode())
