"""For each kind of event, what provokes it and what its message then says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

from batchbell.core.event import EventKind
from batchbell.simulator.named_faults import refusal
from batchbell.simulator.plan import JobPlan
from batchbell.simulator.rows import new_row
from tests.e2e.stage import MINUTE, model_of
from tests.receivers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.e2e.stage import Stage

    #: Provokes a kind and checks its message.
    Play: TypeAlias = Callable[[Stage, EventKind], None]

#: A time and a forecast as messages have them.
AT = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
FORECAST = r"about .*\d\d:\d\d UTC \(.*\d\d:\d\d(-| to ).*\d\d:\d\d\), \d+ %/h"
PLAN = r"plan for a part: what is done by then stays in the output file.*"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind's scenario.

    `bell` is a process; on `outage` its API fails; `fast` has simulated hours, in this process.
    """

    stage: Literal["bell", "outage", "fast"]
    play: Play


def fetch(file_id: str) -> str:
    """Return the pattern of a command that saves a file."""
    return rf'curl .* -o {file_id}\.jsonl "http://127\.0\.0\.1:\d+/v1/files/{file_id}/content"'


def moves(
    headline: str,
    facts: Mapping[str, str] | None = None,
    *,
    first: Mapping[str, object] | None = None,
    **change: object,
) -> Play:
    """Return the play of a job that is known, and then changes."""

    def play(stage: Stage, kind: EventKind) -> None:
        job_id = stage.job(kind, **(first or {"progress": 40}))
        stage.api.update_job(job_id, **change)
        stage.news(kind, job_id).says(headline, facts)

    return play


def appears(headline: str) -> Play:
    """Return the play of a new job."""

    def play(stage: Stage, kind: EventKind) -> None:
        job_id = stage.job(kind, status="VALIDATING")
        stage.news(kind, job_id).says(headline, {"Model": model_of(kind), "Account": "default"})

    return play


def vanishes(stage: Stage, kind: EventKind) -> None:
    """Be listed no longer, for 10 minutes."""
    job_id = stage.job(kind, progress=40)
    stage.api.remove_job(job_id)
    stage.news(kind, job_id).says(
        "VANISHED - the API lists it no longer",
        {"Status": "IN_PROGRESS", "Polls without it": r"\d+", "Late news": "missing since .*"},
    )


def two_stall_together(stage: Stage, kind: EventKind) -> None:
    """Appear in one poll and never move: a digest that names the model first."""
    now = stage.api.clock.now()
    for job_id in ("stalls-first", "stalls-too"):
        row = new_row(now, {"id": job_id, "model_id": model_of(kind), "progress": 40})
        stage.api.add_plan(JobPlan(job_id=job_id, first=row, appears_at=now + 2 * MINUTE))
    for job_id in ("stalls-first", "stalls-too"):
        news = stage.news(kind, job_id)
        news.says(f"STALLED - no progress since {AT}", {"Progress": "40.0%"})
        cohort = rf"Both jobs on {model_of(kind)} flat since .*\d\d:\d\d UTC: likely on Together's"
        assert re.match(rf"{cohort} side\. 2 events", news.text), news.text


def resumes(stage: Stage, kind: EventKind) -> None:
    """Stall, then move."""
    job_id = stage.job(kind, progress=40)
    stage.wait_for_event(EventKind.STALLED, job_id)
    stage.api.update_job(job_id, progress=41)
    stage.news(kind, job_id).says(r"Resumed - after \d+m", {"No progress since": AT})


def nears_its_deadline(stage: Stage, kind: EventKind) -> None:
    """Climb quickly enough, with a warning 10 minutes before the deadline."""
    deadline = stage.api.clock.now() + 16 * MINUTE
    job_id = stage.job(kind, job_deadline=deadline)
    stage.climb(job_id, percent_a_minute=8)
    stage.news(kind, job_id).says(
        f"DEADLINE in (9m.*|10m) - forecast {AT}",
        {
            "Time left": "9m.*|10m",
            "Warning step": "10m",
            "Progress": r"\d\d\.\d%",
            "Forecast": FORECAST,
            "Last poll": r"\d+(s|m.*) before",
            "What to do": PLAN,
            "Deadline": AT,
        },
    )


def is_too_slow(stage: Stage, kind: EventKind) -> None:
    """Climb too slowly for a deadline that is more than 10 minutes away."""
    job_id = stage.job(kind, job_deadline=stage.api.clock.now() + 24 * MINUTE)
    stage.climb(job_id, percent_a_minute=1)
    stage.news(kind, job_id).says(
        f"AT RISK - forecast {AT}",
        {"Time left": r"1\dm", "Forecast": FORECAST, "What to do": PLAN, "Deadline": AT},
    )


def misses_its_deadline(stage: Stage, kind: EventKind) -> None:
    """Stand still, with the deadline passing by."""
    job_id = stage.job(kind, progress=40, job_deadline=stage.api.clock.now() + 3 * MINUTE)
    stage.news(kind, job_id).says(
        r"DEADLINE MISSED - not finished, IN_PROGRESS at 40\.0%",
        {"Forecast": "can't tell yet: .*", "What to do": "wait, .* or cancel it: .*"},
    )


def is_watched(stage: Stage, kind: EventKind) -> None:
    """Begin with two jobs."""
    stage.news(kind).says(
        "Watching account - 2 jobs, 1 running, 1 ended in the last 24 h, not told",
        {"Account": "default", "Jobs": "2", "Running": "1"},
    )


def is_unreachable(stage: Stage, kind: EventKind) -> None:
    """Fail for longer than `unreachable_after`."""
    with stage.alone:
        stage.api.fault(refusal(503, "try again later"))
        news = stage.news(kind)
        stage.api.clear_faults()
        stage.bell.wait_for_polls()
    facts = {"Account": "default", "Failed polls": r"\d+", "Outage since": AT}
    news.says("ACCOUNT UNREACHABLE - .*503", facts)
    assert "Look closer: batchbell doctor" in news.text


def is_unauthorized(stage: Stage, kind: EventKind) -> None:
    """Refuse the key."""
    with stage.alone:
        stage.api.fault(refusal(401, "Invalid API key provided"))
        news = stage.news(kind)
        stage.api.clear_faults()
        stage.bell.wait_for_polls()
    facts = {"Account": "default", "Failed polls": "1", "Error": ".*Invalid API key provided.*"}
    news.says("ACCOUNT UNAUTHORIZED - .*Invalid API key provided", facts)


def recovers(stage: Stage, kind: EventKind) -> None:
    """Refuse the key for two hours."""
    with stage.alone:
        told = stage.bell.told().count(EventKind.ACCOUNT_UNAUTHORIZED)
        stage.api.fault(refusal(401, "Invalid API key provided"))
        stage.hook.wait_for(lambda _: stage.bell.told().count("account.unauthorized") > told)
        stage.api.clock.advance(timedelta(hours=2))
        stage.api.clear_faults()
        news = stage.news(kind, containing="after 2h")
    news.says("Account recovered - after 2h", {"Account": "default", "Outage lasted": "2h.*"})


def is_refused(stage: Stage, kind: EventKind) -> None:
    """Send to a channel that answers 410."""
    stage.job(EventKind.CHANNEL_FAILING, status="VALIDATING")
    stage.news(kind).says("CHANNEL FAILING - .*410", {"Channel": "broken", "Outage since": AT})


def is_taken_again(stage: Stage, kind: EventKind) -> None:
    """Send to that channel once more when it is well."""
    stage.news(EventKind.CHANNEL_FAILING)
    stage.broken.default = Answer()
    stage.job(EventKind.CHANNEL_FAILING, status="VALIDATING")
    stage.news(kind).says(r"Channel recovered - after \d+(s|m.*)", {"Channel": "broken"})


PARTIAL = "partial output is in file-part, and is billed"

SCENARIOS: dict[EventKind, Scenario] = {
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
    EventKind.PROGRESS: Scenario("bell", moves("75% done", {"Progress": "80.5%"}, progress=80.5)),
    EventKind.RESUMED: Scenario("fast", resumes),
    EventKind.COMPLETED: Scenario(
        "bell",
        moves(
            "COMPLETED",
            {"Fetch output": fetch("file-out"), "Finished": AT},
            status="COMPLETED",
            output_file_id="file-out",
        ),
    ),
    EventKind.COMPLETED_WITH_ERRORS: Scenario(
        "bell",
        moves(
            "COMPLETED WITH ERRORS - some requests failed",
            {"Fetch output": fetch("file-out"), "Fetch errors": fetch("file-err")},
            status="COMPLETED",
            output_file_id="file-out",
            error_file_id="file-err",
        ),
    ),
    EventKind.COMPLETED_EMPTY: Scenario(
        "bell",
        moves(
            "COMPLETED WITHOUT OUTPUT - no request succeeded",
            {"Fetch errors": fetch("file-err")},
            status="COMPLETED",
            output_file_id=None,
            error_file_id="file-err",
        ),
    ),
    EventKind.FAILED: Scenario(
        "bell",
        moves(
            "FAILED - no such model",
            {"Error": "no such model"},
            status="FAILED",
            error="no such model",
        ),
    ),
    EventKind.EXPIRED: Scenario(
        "bell",
        moves(
            f"EXPIRED - {PARTIAL}",
            {"Fetch output": fetch("file-part")},
            status="EXPIRED",
            output_file_id="file-part",
        ),
    ),
    EventKind.CANCELLED: Scenario(
        "bell",
        moves(
            f"CANCELLED - {PARTIAL}",
            {"Fetch output": fetch("file-part")},
            status="CANCELLED",
            output_file_id="file-part",
        ),
    ),
    EventKind.DEADLINE_APPROACHING: Scenario("fast", nears_its_deadline),
    EventKind.AT_RISK: Scenario("fast", is_too_slow),
    EventKind.DEADLINE_MISSED: Scenario("fast", misses_its_deadline),
    EventKind.STALLED: Scenario("fast", two_stall_together),
    EventKind.VANISHED: Scenario("fast", vanishes),
    EventKind.STATUS_UNKNOWN: Scenario("bell", moves("UNKNOWN STATUS - PAUSED", status="PAUSED")),
    EventKind.ACCOUNT_UNREACHABLE: Scenario("outage", is_unreachable),
    EventKind.ACCOUNT_UNAUTHORIZED: Scenario("outage", is_unauthorized),
    EventKind.ACCOUNT_RECOVERED: Scenario("outage", recovers),
    EventKind.ACCOUNT_WATCHING: Scenario("bell", is_watched),
    EventKind.CHANNEL_FAILING: Scenario("bell", is_refused),
    EventKind.CHANNEL_RECOVERED: Scenario("bell", is_taken_again),
}
