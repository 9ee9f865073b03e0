"""For each kind of event a scenario, and some for what messages are about beyond their kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from batchbell.core.event import EventKind
from tests.e2e import outages, plays
from tests.e2e.plays import AT, FETCH, RETRY, appears, moves

if TYPE_CHECKING:
    from tests.e2e.plays import Play


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where it plays, how, and on what channel.

    `bell` is a process; on `outage` its API fails; `fast` has simulated hours, in this process.
    """

    stage: Literal["bell", "outage", "fast"]
    play: Play
    #: The kind its channel is told; '' if it is the scenario's name.
    events: str = ""
    remind_every: str = "off"


PARTIAL = "40 of 100 ok, 60 missing"

SCENARIOS: dict[str, Scenario] = {
    EventKind.CREATED: Scenario("bell", appears("Created")),
    EventKind.VALIDATING: Scenario("bell", appears("Validating")),
    EventKind.IN_PROGRESS: Scenario(
        "bell",
        moves(
            "In progress",
            {"Previous status": "VALIDATING"},
            first={"status": "VALIDATING"},
            status="IN_PROGRESS",
        ),
    ),
    EventKind.CANCELING: Scenario("bell", moves("Canceling", status="CANCELING")),
    EventKind.PROGRESS: Scenario(
        "bell", moves(r"Past 75%, now at 80\.5%", {"Progress": "80.5%"}, progress=80.5)
    ),
    EventKind.RESUMED: Scenario("fast", plays.resumes),
    EventKind.COMPLETED: Scenario(
        "bell",
        moves(
            "COMPLETED",
            {"Fetch files": FETCH, "Finished": AT},
            status="COMPLETED",
            output_file_id="file-out",
        ),
    ),
    EventKind.COMPLETED_WITH_ERRORS: Scenario(
        "bell",
        moves(
            r"COMPLETED WITH ERRORS, 97 of 100 ok, 3 failed",
            {"Fetch files": FETCH, "Write a file of the rest": RETRY},
            status="COMPLETED",
            output_file_id="file-good",
            error_file_id="file-bad",
        ),
    ),
    EventKind.COMPLETED_EMPTY: Scenario(
        "bell",
        moves(
            "COMPLETED BUT NOTHING SUCCEEDED, 0 of 100 ok, 100 failed",
            {"Fetch its errors": FETCH, "Write a file of all requests": RETRY},
            status="COMPLETED",
            output_file_id=None,
            error_file_id="file-err",
        ),
    ),
    EventKind.FAILED: Scenario(
        "bell",
        moves(
            "FAILED, no such model",
            {"Status": "FAILED"},
            status="FAILED",
            error="no such model",
        ),
    ),
    EventKind.EXPIRED: Scenario(
        "bell",
        moves(
            f"EXPIRED, {PARTIAL}",
            {"Fetch files": FETCH, "Write a file of the rest": RETRY},
            status="EXPIRED",
            output_file_id="file-part",
        ),
    ),
    EventKind.CANCELLED: Scenario(
        "bell",
        moves(
            f"CANCELLED, {PARTIAL}",
            {"Fetch files": FETCH, "Write a file of the rest": RETRY},
            status="CANCELLED",
            output_file_id="file-rest",
        ),
    ),
    EventKind.DEADLINE_APPROACHING: Scenario("fast", plays.nears_its_deadline),
    EventKind.AT_RISK: Scenario("fast", plays.is_too_slow),
    EventKind.DEADLINE_MISSED: Scenario("fast", plays.misses_its_deadline),
    EventKind.STALLED: Scenario("fast", plays.two_stall_together),
    EventKind.VANISHED: Scenario("fast", plays.vanishes),
    EventKind.STATUS_UNKNOWN: Scenario("bell", moves("UNKNOWN STATUS, PAUSED", status="PAUSED")),
    EventKind.RESULTS: Scenario(
        "bell", moves("RESULTS, 100 of 100 ok", status="COMPLETED", output_file_id="file-whole")
    ),
    EventKind.INCOMPLETE: Scenario("bell", plays.has_gaps),
    EventKind.RESULTS_LOST: Scenario("bell", plays.loses_its_files),
    EventKind.ACCOUNT_UNREACHABLE: Scenario("outage", outages.is_unreachable),
    EventKind.ACCOUNT_UNAUTHORIZED: Scenario("outage", outages.is_unauthorized),
    EventKind.ACCOUNT_RECOVERED: Scenario("outage", outages.recovers),
    EventKind.ACCOUNT_WATCHING: Scenario("bell", outages.is_watched),
    EventKind.CHANNEL_FAILING: Scenario("bell", outages.is_refused),
    EventKind.CHANNEL_RECOVERED: Scenario("bell", outages.is_taken_again),
    EventKind.CHANNEL_MESSAGE_LOST: Scenario("bell", outages.is_called_invalid),
}

#: Further scenarios, by name.
OTHERS: dict[str, Scenario] = {
    "validates_too_long": Scenario("fast", plays.validates_too_long, events="batch.stalled"),
    "is_repeated_until_acknowledged": Scenario(
        "fast", plays.is_repeated_until_acknowledged, events="batch.failed", remind_every="1m"
    ),
    "gives_its_files": Scenario(
        "bell", plays.gives_its_files, events="batch.completed_with_errors"
    ),
    "is_muted": Scenario("bell", plays.is_muted, events="batch.failed"),
}
