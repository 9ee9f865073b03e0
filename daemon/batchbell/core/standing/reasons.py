"""Why something stands as it does, and how bad each reason is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from batchbell.core.event import EventKind, Severity, severity_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class Reason(StrEnum):
    """Why something stands as it does; the table in `docs/concepts.md` goes by these words."""

    POLLED_IN_TIME = "polled in time"
    NEVER_SEEN = "no good poll yet"
    NOT_WATCHED = "no longer watched"
    POLL_FAILED = "polls fail, not told yet"
    OUTAGE_TOLD = "polls fail, and that was told"
    NOT_SEEN = "no good poll in time"
    CLOCK_OFF = "clock off"
    UNUSABLE_ROWS = "unusable rows or fields"

    DELIVERING = "delivering"
    NOTHING_SENT = "nothing sent yet"
    SEND_FAILED = "sending fails, not told yet"
    FAILURE_TOLD = "sending fails, and that was told"
    DISABLED = "disabled by its receiver"
    GIVEN_UP = "messages given up"

    UNFINISHED = "not finished"
    DEADLINE_CLOSE = "deadline close"
    AT_RISK = "at risk"
    STALLED = "stalled"
    NOT_BEGUN = "not begun"
    VANISHED = "vanished"
    STATUS_UNKNOWN = "unknown status"
    OVERDUE = "deadline missed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed with errors"
    COMPLETED_EMPTY = "completed without output"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ALL_CAME_BACK = "everything came back"
    RESULTS_AWAITED = "results not counted yet"
    NO_RESULTS = "no results to count"
    NOT_ALL_CAME_BACK = "not everything came back"
    NOT_ALL_OF_USE = "answers empty or cut"
    NOTHING_SUCCEEDED = "nothing succeeded"
    RESULTS_UNKNOWN = "not known whether everything came back"
    RESULTS_LOST = "results lost"


#: What an end of a job is a reason for.
ENDS: Mapping[EventKind, Reason] = {
    EventKind.COMPLETED: Reason.COMPLETED,
    EventKind.COMPLETED_WITH_ERRORS: Reason.COMPLETED_WITH_ERRORS,
    EventKind.COMPLETED_EMPTY: Reason.COMPLETED_EMPTY,
    EventKind.FAILED: Reason.FAILED,
    EventKind.EXPIRED: Reason.EXPIRED,
    EventKind.CANCELLED: Reason.CANCELLED,
}
#: The ends of jobs that completed, whose results say more.
COMPLETIONS = (Reason.COMPLETED, Reason.COMPLETED_WITH_ERRORS, Reason.COMPLETED_EMPTY)
#: The reasons of results that were counted, as far as that was possible.
COUNTED = (
    Reason.ALL_CAME_BACK,
    Reason.NOT_ALL_OF_USE,
    Reason.NOT_ALL_CAME_BACK,
    Reason.NOTHING_SUCCEEDED,
    Reason.RESULTS_UNKNOWN,
)
#: How bad each reason is; an end is as bad as its event.
SEVERITIES: Mapping[Reason, Severity] = {
    Reason.POLLED_IN_TIME: Severity.SUCCESS,
    Reason.NEVER_SEEN: Severity.INFO,
    Reason.NOT_WATCHED: Severity.INFO,
    Reason.POLL_FAILED: Severity.WARNING,
    Reason.OUTAGE_TOLD: Severity.FAILURE,
    Reason.NOT_SEEN: Severity.FAILURE,
    Reason.CLOCK_OFF: Severity.WARNING,
    Reason.UNUSABLE_ROWS: Severity.WARNING,
    Reason.DELIVERING: Severity.SUCCESS,
    Reason.NOTHING_SENT: Severity.INFO,
    Reason.SEND_FAILED: Severity.WARNING,
    Reason.FAILURE_TOLD: Severity.FAILURE,
    Reason.DISABLED: Severity.FAILURE,
    Reason.GIVEN_UP: Severity.WARNING,
    Reason.UNFINISHED: Severity.INFO,
    Reason.DEADLINE_CLOSE: Severity.WARNING,
    Reason.AT_RISK: Severity.WARNING,
    Reason.STALLED: Severity.WARNING,
    Reason.NOT_BEGUN: Severity.WARNING,
    Reason.VANISHED: Severity.WARNING,
    Reason.STATUS_UNKNOWN: Severity.WARNING,
    Reason.OVERDUE: Severity.FAILURE,
    **{reason: severity_of(kind) for kind, reason in ENDS.items()},
    Reason.ALL_CAME_BACK: Severity.SUCCESS,
    Reason.RESULTS_AWAITED: Severity.INFO,
    Reason.NO_RESULTS: Severity.INFO,
    Reason.NOT_ALL_CAME_BACK: Severity.WARNING,
    Reason.NOT_ALL_OF_USE: Severity.WARNING,
    Reason.NOTHING_SUCCEEDED: Severity.FAILURE,
    Reason.RESULTS_UNKNOWN: Severity.WARNING,
    Reason.RESULTS_LOST: severity_of(EventKind.RESULTS_LOST),
}
#: For one of these what is to be expected of a job that has not finished matters.
PRESSING = (
    Reason.OVERDUE,
    Reason.DEADLINE_CLOSE,
    Reason.AT_RISK,
    Reason.STALLED,
    Reason.NOT_BEGUN,
)
