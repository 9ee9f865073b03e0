"""Programs of the user's own: the notification as one JSON document."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.messages.event_document import notification_document

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content


def as_hook(plain: Content, message: Message, now: datetime) -> Content:
    """Add the document."""
    return replace(plain, payload=notification_document(message, plain.text, now))


def hook_body(content: Content) -> bytes:
    """Return the document as UTF-8 JSON: the same bytes on every attempt."""
    return json.dumps(content.payload, ensure_ascii=False, separators=(",", ":")).encode()
