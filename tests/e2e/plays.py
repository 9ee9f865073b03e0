"""What provokes a job's event, and what its message then says."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, TypeAlias

from batchbell.core.event import EventKind
from batchbell.simulator.fate import Mix
from batchbell.simulator.plan import JobPlan
from batchbell.simulator.rows import new_row
from tests.e2e.stage import MINUTE, batchbell, model_of, news_of
from tests.simulator.file_faults import file_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.e2e.stage import Stage

    #: Provokes the event of a scenario, by the scenario's name, and checks its message.
    Play: TypeAlias = Callable[[Stage, str], None]

#: A time, a short one in brackets, and a forecast as messages have them.
AT = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC"
CLOCK = r"\d\d:\d\d UTC\)"
WHEN = rf"{AT}(?: \(in [^()]+\))?"
FORECAST = (
    r"about .*\d\d:\d\d UTC \((not before .*|.*\d\d:\d\d(-| to ).*)\d\d:\d\d\), \d+\s%/h"
    r"(, as of (\d{4}-\d\d-\d\d )?\d\d:\d\d UTC)?"
)
FETCH = r"batchbell fetch -- [0-9a-f-]{36}"
RETRY = r"batchbell retry -- [0-9a-f-]{36}"
LATE = r" (may|will( probably)?) miss its .* deadline by about"
PLAN = r"(Wait|Let it run|Cancel it now|Nothing to do now).*"


def moves(
    headline: str,
    facts: Mapping[str, str] | None = None,
    *,
    first: Mapping[str, object] | None = None,
    **change: object,
) -> Play:
    """Return the play of a job that is known, and then changes."""

    def play(stage: Stage, name: str) -> None:
        job_id = stage.job(name, **(first or {"progress": 40}))
        stage.api.update_job(job_id, **change)
        stage.news(name, job_id).says(headline, facts)

    return play


def appears(headline: str) -> Play:
    """Return the play of a new job."""

    def play(stage: Stage, name: str) -> None:
        job_id = stage.job(name, status="VALIDATING")
        stage.news(name, job_id).says(headline, {"Model": model_of(name)})

    return play


def vanishes(stage: Stage, name: str) -> None:
    """Be listed no longer, for 10 minutes."""
    job_id = stage.job(name, progress=40)
    stage.api.remove_job(job_id)
    stage.news(name, job_id).says(
        "VANISHED, the API lists it no longer",
        {"Last status": "IN_PROGRESS", "Polls without it": r"\d+", "Missing since": WHEN},
    )


def two_stall_together(stage: Stage, name: str) -> None:
    """Appear in one poll and never move: a digest that names the model first."""
    now = stage.api.clock.now()
    for job_id in ("stalls-first", "stalls-too"):
        row = new_row(now, {"id": job_id, "model_id": model_of(name), "progress": 40})
        stage.api.add_plan(JobPlan(job_id=job_id, first=row, appears_at=now + 2 * MINUTE))
    for job_id in ("stalls-first", "stalls-too"):
        news = stage.news(name, job_id)
        news.says(rf"STALLED, no progress for .* \(since .*{CLOCK}", {"Progress": "40.0%"})
        cohort = rf"Both jobs on {model_of(name)} flat since .*\d\d:\d\d UTC: likely on Together's"
        assert re.match(rf"2 to watch: .* · {cohort} side\.\n", news.text), news.text


def resumes(stage: Stage, name: str) -> None:
    """Stall, then move."""
    job_id = stage.job(name, progress=40)
    stage.wait_for_event(EventKind.STALLED, job_id)
    stage.api.update_job(job_id, progress=41)
    stage.news(name, job_id).says(r"Resumed, after \d+m", {"No progress since": WHEN})


def nears_its_deadline(stage: Stage, name: str) -> None:
    """Climb quickly enough, with a warning 10 minutes before the deadline."""
    deadline = stage.api.clock.now() + 22 * MINUTE
    job_id = stage.job(name, job_deadline=deadline)
    stage.climb(job_id, percent_a_minute=6)
    stage.news(name, job_id).says(
        rf"DEADLINE in \d+m.*({LATE}|, (?:will|should) be done about .* UTC,) .*",
        {
            "Progress": r"\d\d\.\d%",
            "Forecast": FORECAST,
            "What to do": PLAN,
            "Deadline": AT,
        },
    )


def is_too_slow(stage: Stage, name: str) -> None:
    """Climb too slowly for a deadline that is more than 10 minutes away."""
    job_id = stage.job(name, job_deadline=stage.api.clock.now() + 24 * MINUTE)
    stage.climb(job_id, percent_a_minute=1)
    stage.news(name, job_id).says(
        rf"AT RISK({LATE}|, (?:will|should) be done about .* UTC,) .*",
        {"Time left": r"\d+m.*", "Forecast": FORECAST, "What to do": PLAN, "Deadline": AT},
    )


def misses_its_deadline(stage: Stage, name: str) -> None:
    """Stand still, with the deadline passing by."""
    job_id = stage.job(name, progress=40, job_deadline=stage.api.clock.now() + 3 * MINUTE)
    stage.news(name, job_id).says(
        r"DEADLINE MISSED, due [0-9:]{5} UTC, 40\.0% done",
        {
            "Forecast": "can't say yet when it will be done: .*",
            "What to do": "Let it run: deadlines are best effort, and a bad end rings. If it .*",
        },
    )


def validates_too_long(stage: Stage, name: str) -> None:
    """Never get beyond VALIDATING; a single message says what to do."""
    job_id = stage.job(name, status="VALIDATING")
    stage.news(name, job_id).says(
        rf"STALLED, still VALIDATING after .* \(since .*{CLOCK}",
        {
            "What to do": "(Look|Wait: the bell rings) again at .* cancel it and submit .*",
        },
    )


def is_repeated_until_acknowledged(stage: Stage, name: str) -> None:
    """Fail, on a channel with `remind_every`."""
    job_id = stage.job(name, progress=40)
    stage.api.update_job(job_id, status="FAILED")
    for number in (1, 2):
        again = stage.news(name, job_id, containing=f"Reminder: number {number},")
        assert again.title.startswith("Reminder: FAILED: ")
        assert again.entry.facts["End the reminders"] == f"batchbell ack -- {job_id}"
    assert "acknowledged" in batchbell(stage.bell, "ack", job_id)
    stage.bell.wait_for_polls(4)
    told = len(news_of(stage.hook.requests, name))
    stage.bell.wait_for_polls(6)
    assert len(news_of(stage.hook.requests, name)) == told


def is_muted(stage: Stage, name: str) -> None:
    """Fail while muted: recorded, told to nobody, and explained."""
    job_id = stage.job(name, progress=40)
    batchbell(stage.bell, "mute", job_id, "--for", "6h")
    stage.api.update_job(job_id, status="FAILED")
    stage.wait_for_event(EventKind.FAILED, job_id)
    assert "muted until" in batchbell(stage.bell, "explain", job_id)
    stage.bell.wait_for_polls()
    assert not news_of(stage.hook.requests, name)


def has_gaps(stage: Stage, name: str) -> None:
    """Complete with rows missing."""
    job_id = stage.api.add_mixed_job(Mix(missing=100), model_id=model_of(name), progress=40)
    stage.wait_for_job(job_id)
    stage.api.update_job(job_id, status="COMPLETED", output_file_id="file-with-gaps")
    stage.news(name, job_id).says(r"INCOMPLETE, 9\d of 100 ok, \d missing")


def loses_its_files(stage: Stage, name: str) -> None:
    """Complete with a file that is not to be had."""
    job_id = stage.job(name, progress=40)
    stage.api.fault(file_refusal(404, "file not found"), path="/files/file-lost/content")
    stage.api.update_job(job_id, status="COMPLETED", output_file_id="file-lost")
    stage.news(name, job_id).says(
        r"RESULTS LOST, output file not found \(404\)", {"Not counted": ".* can't be had: .*"}
    )


def gives_its_files(stage: Stage, name: str) -> None:
    """Complete with some errors, and run the commands of the message."""
    job_id = stage.job(name, progress=40)
    stage.api.update_job(
        job_id, status="COMPLETED", output_file_id="file-of-results", error_file_id="file-of-errors"
    )
    news = stage.news(name, job_id)
    folder = stage.bell.config_file.parent
    for label in ("Fetch files", "Write a file of the rest"):
        _, *arguments = shlex.split(news.entry.facts[label])
        batchbell(stage.bell, *arguments, folder=folder)
    # What is sent again is called after the input and the job.
    (again,) = folder.glob("*.retry.jsonl")
    for file in (folder / f"{job_id}.output.jsonl", folder / f"{job_id}.errors.jsonl", again):
        assert file.read_text().startswith("{")
