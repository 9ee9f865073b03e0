"""What ended long ago and was never acted on is not lost with its row."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal

import pytest
from rich.console import Console

from batchbell.cli.terminal.look import look
from batchbell.cli.terminal.rich_status import status_view
from batchbell.core.results.job_results import ResultsState
from batchbell.messages.deeds import Deed, deed_of
from batchbell.store.views import older_ends
from tests.came_back import partial, put, unread

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob
    from tests.cli.filled import Bell


def seen_in(
    bell: Bell, most_lines: int | None = None, *, colour: bool = False, everything: bool = False
) -> list[str]:
    system: Literal["256"] | None = "256" if colour else None
    console = Console(file=io.StringIO(), width=80, force_terminal=colour, color_system=system)
    seen = look(bell.database, everything=everything)
    console.print(status_view(seen, console, most_lines=most_lines))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def ended(bell: Bell, job_id: str, status: str, *, days: float = 2, **fields: object) -> BatchJob:
    return bell.job(
        job_id,
        status,
        created_at=bell.ago(days=days, hours=3),
        completed_at=bell.ago(days=days),
        **fields,
    )


def about_all(bell: Bell) -> str:
    (line,) = [line for line in seen_in(bell) if "status --all" in line]
    return line


def test_older_ends_that_ask_for_something_are_counted_as_such(bell: Bell) -> None:
    done = [
        ended(bell, f"new-{each:02}", "COMPLETED", days=0.1, output_file_id="o")
        for each in range(13)
    ]
    old = [
        ended(bell, "well", "COMPLETED", output_file_id="o"),
        ended(bell, "failed", "FAILED"),
        ended(bell, "expired", "EXPIRED", output_file_id="file-o"),
        ended(bell, "errors", "COMPLETED", output_file_id="file-o", error_file_id="file-e"),
        ended(bell, "of-last-month", "FAILED", days=30),
    ]
    bell.poll(*done, *old, bell.job("seen"), at=bell.ago(days=2, hours=1))
    bell.poll(*done, *old, ended(bell, "seen", "FAILED"), at=bell.ago(minutes=1))
    assert bell.run("ack", "seen").exit_code == 0
    told = "3 more ask for nothing; 6 older, 3 of them to act on: batchbell status --all"
    assert about_all(bell) == f"!  {told}"
    (coloured,) = [line for line in seen_in(bell, colour=True) if "6 older" in line]
    assert "38;5;178" in coloured
    assert seen_in(bell, 12)[-2].startswith("   and 3 older to act on, ")


def test_they_are_counted_where_every_recent_job_has_a_line(bell: Bell) -> None:
    bell.poll(bell.job("runs"), ended(bell, "failed", "FAILED"))
    told = "1 older job still to act on: batchbell status --all"
    assert about_all(bell) == f"!  {told}"
    assert told in bell.run("status").output.splitlines()
    assert seen_in(bell, 5)[-2] == "   and 1 older to act on"


def test_failures_that_can_wait_no_longer_stand_before_older_ones(bell: Bell) -> None:
    now = [bell.job(f"now-{each:02}") for each in range(30)]
    bell.poll(*now, at=bell.ago(hours=2))
    ends = [ended(bell, each.id, "FAILED", days=0.01) for each in now]
    bell.poll(*ends, ended(bell, "failed", "FAILED"), at=bell.ago(minutes=1))
    (left,) = [line for line in seen_in(bell, 20) if line.startswith("   and ")]
    assert left.endswith("more to act on, 1 older ones")


@pytest.mark.parametrize(
    ("known", "asks"), [("part", True), ("lost", True), ("awaited", False), ("all", False)]
)
def test_what_came_back_decides_whether_an_older_end_asks(
    bell: Bell, known: str, *, asks: bool
) -> None:
    job = ended(bell, "old", "COMPLETED", output_file_id="file-o")
    bell.poll(job)
    if known == "part":
        put(bell.database, partial(job))
    elif known != "all":
        state = ResultsState.LOST if known == "lost" else ResultsState.WAITING
        put(bell.database, unread(job, state, "HTTP 404"))
    assert ("still to act on" in " ".join(seen_in(bell))) is asks


def test_the_list_that_a_count_of_older_ends_leads_to_asks_for_the_same(bell: Bell) -> None:
    bell.poll(bell.job("failed"), at=bell.ago(days=2, hours=1))
    bell.poll(
        bell.job("runs"),
        ended(bell, "cancelled", "CANCELLED"),
        ended(bell, "expired", "EXPIRED"),
        ended(bell, "failed", "FAILED"),
        ended(bell, "empty", "COMPLETED"),
        ended(bell, "history", "FAILED", days=8),
        at=bell.ago(minutes=1),
    )
    short = seen_in(bell)
    assert short[0] == "batchbell  1 running; 0 ended in 24 h"
    told = "5 older jobs, 3 of them to act on: batchbell status --all"
    assert about_all(bell) == f"!  {told}"
    whole = seen_in(bell, everything=True)
    assert whole[1:3] == [
        "✗ 3 to submit again: input · expired, input · failed, input · empty",
        "! 1 cancelled, to submit if needed: input",
    ]
    acts = [line.split(":")[0].strip() for line in whole if line.startswith("   submit it again")]
    assert acts == [*["submit it again"] * 3, "submit it again if needed"]
    assert "By itself nothing asks for it after 7d." in " ".join(whole)
    piped = bell.run("status", "--all").output.splitlines()
    assert [line.split()[0] for line in piped if "submit it again" in line] == [
        "expired",
        "failed",
        "empty",
        "cancelled",
    ]
    assert bell.run("ack", "failed").exit_code == 0
    assert "5 older jobs, 2 of them to act on" in about_all(bell)
    assert seen_in(bell, everything=True)[1].startswith("✗ 2 to submit again: ")


def test_an_end_seen_late_is_counted_with_the_older_ones_alone(bell: Bell) -> None:
    bell.poll(bell.job("late"), bell.job("runs"), at=bell.ago(days=3))
    bell.poll(ended(bell, "late", "FAILED"), bell.job("runs"), at=bell.ago(minutes=1))
    assert seen_in(bell)[0] == "batchbell  1 running; 0 ended in 24 h"
    assert about_all(bell) == "!  1 older job still to act on: batchbell status --all"
    assert seen_in(bell, everything=True)[0].endswith("1 ended, 1 failure, 1 without ack")


def test_what_older_ends_ask_for_is_judged_once_however_many_lines_say_so(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell.poll(bell.job("runs"), *(ended(bell, f"failed-{each}", "FAILED") for each in range(9)))
    judged: list[object] = []

    def judge(*known: Any) -> Deed | None:
        judged.append(known)
        return deed_of(*known)

    monkeypatch.setattr(older_ends, "deed_of", judge)
    assert "9 older jobs still to act on" in about_all(bell)
    assert len(judged) == 9


def test_only_cancelled_ones_leave_the_line_about_older_jobs_quiet(bell: Bell) -> None:
    bell.poll(bell.job("runs"), ended(bell, "cancelled", "CANCELLED"))
    assert about_all(bell) == "   1 job ended over 24 h ago: batchbell status --all"
