from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.cli.terminal.look import look
from batchbell.core.routing import Filter
from tests.cli.filled import HOUR, SENT, Bell, uuids
from tests.cli.terminal.test_terminal import lines, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import Forecast, NoForecast
    from batchbell.store.database import Transaction
    from batchbell.store.job_rows import AccountJob

#: The polls that make a history: this many minutes ago, and the share done by then.
MOVES = tuple((minutes, (60 - minutes) / 120) for minutes in range(60, -1, -10))
(WHOLE_ID,) = uuids(1)


def watched(bell: Bell, *jobs: BatchJob, scale: float = 1.0) -> None:
    """Poll jobs for an hour in which they do half of their work, or `scale` times that."""
    for minutes, done in MOVES:
        moved = [bell.job(each.id, **_kept(each), progress=done * scale) for each in jobs]
        bell.poll(*moved, at=bell.ago(minutes=minutes))


def _kept(job: BatchJob) -> dict[str, Any]:
    return {"job_deadline": job.job_deadline, "model_id": job.model_id}


def row_of(output: str, job_id: str) -> str:
    return next(line for line in output.splitlines() if job_id in line)


def only_job(bell: Bell, *arguments: str) -> dict[str, Any]:
    answer = json.loads(bell.run(*arguments).output)
    job: dict[str, Any] = answer["job"] if "job" in answer else answer["jobs"][0]
    return job


@pytest.fixture
def moving(bell: Bell) -> Bell:
    """A job half done after an hour, with time enough."""
    watched(bell, bell.job(WHOLE_ID))
    return bell


@pytest.fixture
def late(bell: Bell) -> Bell:
    """A job half done after an hour, due in twenty minutes: at its pace the rest takes an hour."""
    watched(bell, bell.job(WHOLE_ID, job_deadline=bell.ago(minutes=-20)))
    return bell


def test_a_pipe_tells_when_a_running_job_will_be_done(moving: Bell) -> None:
    output = moving.run("status").output
    assert "WHEN        FORECAST  NAME " in output
    assert "due in 23h  in 59m    input  meta-llama" in row_of(output, WHOLE_ID)
    assert "at risk" not in output


def test_a_pipe_has_a_dash_for_what_cannot_be_told(bell: Bell) -> None:
    ended = bell.job("ended", "COMPLETED", output_file_id="o", completed_at=bell.ago(minutes=20))
    bell.poll(bell.job("new"), bell.job("waiting", "VALIDATING", progress=0.0), ended)
    output = bell.run("status").output
    assert "due in 23h     -         input  meta-llama" in row_of(output, "new")
    assert "due in 23h     -         input  meta-llama" in row_of(output, "waiting")
    assert "ended 20m ago  -         input  meta-llama" in row_of(output, "ended")


def test_a_job_that_takes_more_than_a_month_gets_no_date(bell: Bell) -> None:
    watched(bell, bell.job("slow"), scale=1e-4)
    assert " in over 30d " in row_of(bell.run("status").output, "slow")
    job = only_job(bell, "status", "--json")
    assert job["forecast"] is None
    assert job["forecast_note"].startswith("not within 30 days at ")


def test_a_terminal_of_80_columns_names_the_job_and_tells_its_forecast(moving: Bell) -> None:
    text = lines(shown(moving, "status"))
    row = next(line for line in text if "00000001" in line)
    assert "input · 00000001" in row
    assert " in 59m" in row
    assert "Llama" not in row
    assert max(map(len, text)) <= 80


def test_near_a_deadline_it_says_what_that_takes_where_nothing_can_be_forecast(bell: Bell) -> None:
    bell.poll(bell.job("close", progress=0.43, job_deadline=bell.ago(minutes=-12)), bell.job("far"))
    output = bell.run("status").output
    assert re.search(
        r"57.0% are left to do in 1\dm, due \d\d:\d\d UTC; can't say yet when it will be done$",
        row_of(output, "close"),
    )
    assert "left to do" not in row_of(output, "far")


def test_a_narrow_terminal_tells_the_forecast_under_the_job(moving: Bell) -> None:
    text = lines(shown(moving, "status", width=64))
    at = next(number for number, line in enumerate(text) if "00000001" in line)
    assert text[at + 1] == "   done in 59m"
    assert max(map(len, text)) <= 64


def test_a_wider_terminal_has_a_column_for_the_forecast(moving: Bell) -> None:
    text = lines(shown(moving, "status", width=100))
    header = next(line for line in text if "When" in line)
    row = next(line for line in text if "00000001" in line)
    assert row[header.index("Forecast") :].startswith("in 59m ")
    assert not any(line.startswith("   done in") for line in text)
    assert max(map(len, text)) <= 100


def test_without_any_forecast_a_terminal_spends_no_column_on_it(bell: Bell) -> None:
    bell.poll(bell.job("new"))
    assert "Forecast" not in shown(bell, "status", width=140)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_a_job_at_risk_is_marked_on_a_terminal_of_any_width(late: Bell, width: int) -> None:
    text = lines(shown(late, "status", width=width))
    # It was half done an hour ago, with 20 minutes left; a minute may pass meanwhile.
    assert any(re.search("let it run: about 40m late$", line) for line in text)
    assert "i 1 to let run: input" in text
    assert max(map(len, text)) <= width


def test_a_job_at_risk_is_marked_in_a_pipe_in_json_and_by_show(late: Bell) -> None:
    assert re.search(
        r"let it run; about 40m late$",
        row_of(late.run("status").output, WHOLE_ID),
    )
    assert only_job(late, "status", "--json")["at_risk"] is True
    assert only_job(late, "show", WHOLE_ID, "--json")["at_risk"] is True
    output = late.run("show", WHOLE_ID).output
    assert ", forecast past its deadline" in row_of(output, "Deadline")


def test_once_it_has_ended_a_job_is_at_risk_no_more(late: Bell) -> None:
    late.poll(late.job(WHOLE_ID, "COMPLETED", output_file_id="o", completed_at=late.started))
    assert "at risk:" not in late.run("status").output
    job = only_job(late, "status", "--json")
    assert (job["forecast"], job["forecast_note"], job["at_risk"]) == (None, None, False)


@pytest.mark.parametrize("command", [["status"], ["show", WHOLE_ID], ["explain", WHOLE_ID]])
def test_json_holds_the_finish_its_range_and_the_pace(moving: Bell, command: list[str]) -> None:
    job = only_job(moving, *command, "--json")
    found = job["forecast"]
    assert list(found) == ["finish", "earliest", "latest", "rate_per_hour"]
    earliest, finish, latest = (
        datetime.fromisoformat(found[name]) for name in ("earliest", "finish", "latest")
    )
    assert earliest < finish < latest
    assert abs(finish - (moving.started + HOUR)) < timedelta(minutes=3)
    assert found["finish"].endswith("Z")
    assert found["rate_per_hour"] == pytest.approx(0.5, rel=0.05)
    assert (job["forecast_note"], job["at_risk"]) == (None, False)


@pytest.mark.parametrize("command", [["status"], ["show", "new"]])
def test_json_says_why_there_is_no_forecast(bell: Bell, command: list[str]) -> None:
    bell.poll(bell.job("new"))
    job = only_job(bell, *command, "--json")
    assert job["forecast"] is None
    assert job["forecast_note"] == "can't tell yet: too few samples"


def test_show_tells_the_forecast_in_a_line(moving: Bell) -> None:
    line = row_of(moving.run("show", WHOLE_ID).output, "Forecast")
    assert line.startswith("Forecast    done about ")
    assert " UTC, 2" in line
    assert " to spare (" in line
    assert line.endswith("), 50\u00a0%/h")


def test_show_says_why_it_cannot_tell_and_nothing_of_a_job_that_ended(bell: Bell) -> None:
    bell.poll(bell.job("new"), bell.job("ended", "FAILED"))
    output = bell.run("show", "new").output
    assert re.search(
        r"Forecast    can't say yet .*: too little of its progress was",
        output,
    )
    assert "Forecast" not in bell.run("show", "ended").output


def test_show_says_of_a_job_in_the_queue_that_it_cannot_tell_only_near_its_deadline(
    bell: Bell,
) -> None:
    bell.poll(
        bell.job("far", "VALIDATING", job_deadline=bell.ago(hours=-20)),
        bell.job("near", "VALIDATING", job_deadline=bell.ago(minutes=-30)),
    )
    assert "Forecast" not in bell.run("show", "far").output
    assert row_of(bell.run("show", "near").output, "Forecast").endswith(
        "; 50.0% are left to do in 30m"
    )


def test_only_as_many_jobs_are_forecast_as_are_asked_for(
    bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def outlooks(
        _connection: Transaction, items: Sequence[AccountJob], _now: datetime
    ) -> dict[tuple[str, str], Forecast | NoForecast]:
        asked.extend(item.record.job.id for item in items)
        return {}

    monkeypatch.setattr("batchbell.store.views.status.outlooks", outlooks)
    bell.poll(bell.job("later"), bell.job("close", job_deadline=bell.ago(minutes=-30)))
    look(bell.database, everything=False, most_forecasts=1)
    assert asked == ["close"]
    look(bell.database, everything=False)
    assert asked == ["close", "close", "later"]


def test_of_a_job_that_stands_still_show_has_no_forecast(bell: Bell) -> None:
    stuck = bell.job("stuck", progress=0.1, job_deadline=bell.ago(minutes=-9))
    fine = bell.job("fine", progress=0.1)
    for minutes in (120, 1):
        bell.poll(stuck, fine, at=bell.ago(minutes=minutes))
    shown_of = {each: bell.run("show", each).output for each in ("stuck", "fine")}
    assert "\nForecast" not in shown_of["stuck"]
    assert "no progress for" in shown_of["stuck"]
    assert "\nForecast" in shown_of["fine"]


def test_of_a_job_that_the_api_lists_no_longer_nothing_is_forecast(bell: Bell) -> None:
    gone, fine = bell.job("gone"), bell.job("fine")
    watched(bell, gone, fine)
    for minutes in (-1, -11, -21, -31):
        bell.poll(fine, at=bell.ago(minutes=minutes))
    assert "\nForecast" not in bell.run("show", "gone").output
    assert "\nForecast" in bell.run("show", "fine").output
    assert "done in" not in row_of(bell.run("status").output, "gone")


def test_what_a_clock_puts_ahead_of_now_was_seen_just_now(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=-1))
    assert re.search(r"Last seen +[^(]+\(just now\)", bell.run("show", "one").output)


def test_what_was_sent_in_the_same_minute_shares_a_line(bell: Bell) -> None:
    bell.configure(Filter(channel="lead"), Filter(channel="oncall"))
    minute = bell.ago(minutes=30).replace(second=0, microsecond=0)
    bell.poll(bell.job("broken"), at=bell.ago(minutes=60))
    bell.poll(bell.job("broken", "FAILED"), at=bell.ago(minutes=40))
    bell.deliver("lead", SENT, at=minute)
    bell.deliver("oncall", SENT, at=minute + timedelta(seconds=59))
    assert re.search(r"told .* +lead, oncall\n", bell.run("show", "broken").output)
