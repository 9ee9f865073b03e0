"""How each kind of event is called, at the start of a headline and after a count."""

from __future__ import annotations

from typing import NamedTuple

from batchbell.core.event import EventKind


class Words(NamedTuple):
    """How a kind is called: at the start of a headline, and after a count."""

    label: str
    counted: str


WORDS = {
    EventKind.CREATED: Words("Created", "created"),
    EventKind.VALIDATING: Words("Validating", "validating"),
    EventKind.IN_PROGRESS: Words("In progress", "in progress"),
    EventKind.CANCELING: Words("Canceling", "canceling"),
    EventKind.PROGRESS: Words("Progress", "progressed"),
    EventKind.RESUMED: Words("Resumed", "resumed"),
    EventKind.COMPLETED: Words("COMPLETED", "completed"),
    EventKind.COMPLETED_WITH_ERRORS: Words("COMPLETED WITH ERRORS", "completed with errors"),
    EventKind.COMPLETED_EMPTY: Words("COMPLETED WITHOUT OUTPUT", "completed without output"),
    EventKind.FAILED: Words("FAILED", "failed"),
    EventKind.EXPIRED: Words("EXPIRED", "expired"),
    EventKind.CANCELLED: Words("CANCELLED", "cancelled"),
    EventKind.DEADLINE_APPROACHING: Words("DEADLINE NEAR", "near the deadline"),
    EventKind.AT_RISK: Words("AT RISK", "at risk"),
    EventKind.DEADLINE_MISSED: Words("DEADLINE MISSED", "past the deadline"),
    EventKind.STALLED: Words("STALLED", "stalled"),
    EventKind.VANISHED: Words("VANISHED", "vanished"),
    EventKind.STATUS_UNKNOWN: Words("UNKNOWN STATUS", "with an unknown status"),
    EventKind.ACCOUNT_UNREACHABLE: Words("ACCOUNT UNREACHABLE", "account unreachable"),
    EventKind.ACCOUNT_UNAUTHORIZED: Words("ACCOUNT UNAUTHORIZED", "account unauthorized"),
    EventKind.ACCOUNT_RECOVERED: Words("Account recovered", "account recovered"),
    EventKind.ACCOUNT_WATCHING: Words("Watching account", "account watched"),
    EventKind.CHANNEL_FAILING: Words("CHANNEL FAILING", "channel failing"),
    EventKind.CHANNEL_RECOVERED: Words("Channel recovered", "channel recovered"),
    EventKind.CHANNEL_MESSAGE_LOST: Words("MESSAGE NOT SENT", "message not sent"),
}
