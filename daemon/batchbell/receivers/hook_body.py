"""The bytes that a hook gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.receivers.content import Content


def hook_body(content: Content) -> bytes:
    """Return the document as UTF-8 JSON: the same bytes on every attempt."""
    return json.dumps(content.payload, ensure_ascii=False, separators=(",", ":")).encode()
