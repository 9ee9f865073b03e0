"""Plain text for every other service: of a long digest also two shorter forms.

How long a message may be is known only to the service's plugin, when it is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.messages.fact import Role
from batchbell.messages.message import as_text
from batchbell.receivers.fitting import CUT, needed

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.messages.message import Message
    from batchbell.receivers.content import Content


def as_plain(plain: Content, message: Message, now: datetime) -> Content:
    """Add a digest's shorter forms: with the needed facts, and with nothing but the jobs' ids."""
    del now
    if not message.is_digest:
        return plain
    note = "; ".join(filter(None, (message.note, "shortened, " + CUT.text)))
    told = replace(message, note=note)
    shorter = (
        as_text(told, lambda entry: needed(entry.digest_facts)),
        as_text(told, lambda entry: [fact for fact in entry.facts if fact.role is Role.JOB]),
    )
    return replace(plain, shorter=shorter)
