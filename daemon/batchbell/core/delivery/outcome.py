"""How an attempt to send a message ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fault(Enum):
    """Whose fault a failed attempt is."""

    #: The receiver could not be reached, refused the sender, or wants no more: whatever is sent.
    CHANNEL = "channel"
    #: This one message: its text breaks a library, or the receiver calls it invalid.
    MESSAGE = "message"
    #: Either (a 5xx, a time-out): how the next message fares will tell.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one attempt to send a message ended."""

    delivered: bool
    #: In words for the user, without any secret.
    reason: str
    #: Whether trying again unchanged is pointless (address refused, 404, ...).
    permanent: bool = False
    #: Whose fault a failure is, as far as one attempt can tell.
    fault: Fault = Fault.UNKNOWN
    #: What the receiver asked for, seconds; None if it did not say.
    retry_after_seconds: float | None = None
    #: Whether the receiver said that it wants no message any more.
    gone: bool = False
    #: What a program wrote, for the ledger.
    output: str = ""
