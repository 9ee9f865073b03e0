from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from batchbell.cli.demo import PORT, ScreenSender
from batchbell.cli.terminal.demo_lines import message_lines
from batchbell.cli.terminal.demo_screen import (
    LiveScreen,
    PlainScreen,
    read_bars,
    running_first,
)
from batchbell.cli.terminal.job_table import job_lines
from batchbell.cli.terminal.signs import STYLES
from batchbell.clock import Clock
from batchbell.core.event import Severity
from batchbell.receivers.content import Content
from batchbell.receivers.receiver import UrlReceiver
from batchbell.store import jobs
from tests.cli.process import running
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.filled import Bell

CONTENT = Content(
    title="FAILED: job-1 - [bold]no markup[/bold]",
    text="FAILED: job-1 - [bold]no markup[/bold]\n\nJob: job-1\nStatus: FAILED\n\nLook closer: x\n",
    html="",
    severity=Severity.FAILURE,
)

FAILED = "FAILED: job-1 - [bold]no markup[/bold]"
GOOD_NEWS = re.compile(r"✓ \d\d:\d\d to team: ")


def test_messages_arrive_and_each_channel_is_told_its_own() -> None:
    with running("demo") as demo:
        first = demo.wait_for_out(" to team: ")
        alarm = demo.wait_for_out(" to oncall: ")
        demo.wait_for_out("FAILED: ")

        # of a job that ends in the ninth second
        counted = demo.wait_for_out(" of 9,800 whole, ")

        # Which channel is served first, and with what, is nobody's promise.
        demo.out.wait_for(lambda lines: any(GOOD_NEWS.search(line) for line in lines))
        demo.wait_for_out("COMPLETED: ")

    assert "Ctrl-C ends" in first
    # Messages wait for names, though a second of the demo is short.
    assert "web-crawl-topics" in alarm
    assert re.search(r" [\d,]+ of 9,800 whole, [\d,]+ failed", counted)
    # Alone, or on a busy machine in a digest.
    assert re.search(r"\b(?:Failed|Causes): \d+ ", counted)
    assert demo.err.all() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: int) -> None:
    with running("demo", environ={"TMPDIR": str(tmp_path)}) as demo:
        demo.wait_for_out(" to team: ")
        demo.signal(number)

        assert demo.end() == 0
    assert "The demo has ended" in "".join(demo.out.all())
    assert demo.err.all() == []
    assert list(tmp_path.iterdir()) == []


def test_its_status_page_answers_also_when_the_usual_port_is_taken() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", PORT))
        except OSError:
            pass  # somebody else has it: as good
        else:
            taken.listen()
        with running("demo") as demo:
            shown = demo.wait_for_out(" to team: ")
            address = re.search(r"http://127\.0\.0\.1:\d+/", shown)
            assert address is not None
            assert f":{PORT}/" not in address[0]
            with urlopen(address[0], timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own address
                assert answer.status == 200
                assert b"IN_PROGRESS" in answer.read()


def test_a_proxy_in_the_environment_is_not_asked_for_the_simulated_api() -> None:
    with running("demo", environ={"HTTP_PROXY": "http://127.0.0.1:9"}) as demo:
        assert "Watching account: demo" in demo.wait_for_out(" to team: ")


def test_on_a_terminal_events_scroll_above_moving_bars(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "batchbell", "demo"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "PYTHONUTF8": "1", "TMPDIR": str(tmp_path)},
    )
    os.close(theirs)
    shown, text, wanted = b"", "", ["  team    ", "jobs running", "━"]
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode(errors="ignore"))
        if wanted and all(each in text for each in wanted):
            wanted.clear()
            process.send_signal(signal.SIGINT)
    os.close(ours)

    assert process.wait(TIMEOUT_SECONDS) == 0, shown.decode()
    assert not wanted, text
    assert re.search(r"The demo has ended: \d+ messages.*\r\n$", text)
    assert list(tmp_path.iterdir()) == []


def test_it_ends_after_the_seconds_that_were_asked_for() -> None:
    with running("demo", "--seconds", "0.1") as demo:
        assert demo.end() == 0
    assert "The demo has ended: " in "".join(demo.out.all())


def test_it_ends_when_nobody_reads_any_more(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "batchbell", "demo"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()

    process.wait(TIMEOUT_SECONDS)

    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert list(tmp_path.iterdir()) == []


def test_the_bars_begin_with_what_needs_a_look(bell: Bell) -> None:
    young = [bell.job(f"young-{number}") for number in range(9)]
    late = bell.job("late", created_at=bell.ago(hours=23), job_deadline=bell.ago(minutes=-10))
    bell.poll(*young, late, bell.job("done", "COMPLETED"))
    with bell.database.read() as connection:
        listed = jobs.listed(connection)
    first, *others = (item.record.job.id for item in running_first(listed, bell.started))
    assert first == "late"
    assert len(others) == len(young)


def test_the_bars_say_of_a_job_that_it_stands_still(bell: Bell) -> None:
    still = bell.job("still", progress=0.4, job_deadline=bell.ago(minutes=-9))
    for minutes in (40, 20, 0):
        bell.poll(still, at=bell.ago(minutes=minutes))
    bars = read_bars(bell.database, bell.started)
    (row,) = bars.rows
    assert row.remark.endswith(", no progress for 40m")
    assert (row.name, bars.ids, bars.running) == ("input", ["still"], 1)


async def test_a_message_is_shown_as_it_is_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    sender = ScreenSender(PlainScreen(), Clock(), on_closed=lambda: None)

    outcome = await sender.send("team", UrlReceiver("terminal://"), CONTENT, "key")

    assert outcome.delivered
    assert sender.count == 1
    shown = capsys.readouterr().out
    assert "to team: FAILED: job-1 - [bold]no markup[/bold]\n" in shown
    assert "    Job: job-1\n    Status: FAILED\n\n    Look closer: x\n" in shown
    assert shown.count("[bold]") == 1


def test_a_terminal_has_a_line_for_an_event_and_one_for_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    content = told(
        FAILED, text=f"{FAILED}\nWhat to do: Mend it (twice). Then rest.\nJob: 1\n\nLook closer: x"
    )
    assert shown_on_terminal(content, capsys) == [
        f"07:47  ✗  team    {FAILED}",
        "                  Mend it. Then rest.",
    ]
    # Of what runs on the rest says what becomes of it.
    assert shown_on_terminal(content_of(content, "batch.stalled"), capsys)[1:] == [
        "                  Mend it."
    ]


def test_what_is_to_be_cancelled_now_says_so_in_a_few_words_as_its_bar_does() -> None:
    urgent = "Cancel it now and submit the rest: it needs 82 %/h. What is done is kept."
    content = told(FAILED, text=f"{FAILED}\nWhat to do: {urgent}\nJob: 1")
    warned = content_of(content, "batch.deadline_approaching")
    now = datetime(2026, 11, 23, 7, 47, tzinfo=UTC)
    *_, said = message_lines("team", warned, now, 80)
    assert said.plain.strip() == "Cancel it now and submit the rest."
    assert said.style == f"bold {STYLES[Severity.FAILURE]}"


@pytest.mark.parametrize(("lines", "empty"), [(24, 0), (60, 1)])
def test_a_high_terminal_has_an_empty_line_between_messages(
    lines: int, empty: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(lines))
    with LiveScreen() as screen:
        for _ in range(2):
            screen.show("team", told(FAILED, text=FAILED), datetime(2026, 11, 23, 7, tzinfo=UTC))
    first, second, *_ = re.split(r"(?m)^.*FAILED.*\n", capsys.readouterr().out)
    assert (first, second.count("\n")) == ("", empty)


def test_a_digest_on_a_terminal_is_its_events(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    progress = "Past 25%: two, now at 30%"
    text = (
        f"{FAILED} and 1 more\n\nSoon (1)\n--------\n{FAILED}\n  What to do: {'Mend it ' * 9}\n"
        f"  Job: 1\n\n{progress}\n  Status: IN_PROGRESS\n\nLook closer: x"
    )
    assert shown_on_terminal(told(FAILED, progress, text=text), capsys) == [
        f"07:47  ✗  team    {FAILED}",
        "                  Mend it Mend it Mend it Mend it Mend it",
        "                  Mend it Mend it Mend it Mend it",
        f"07:47  ✗  team    {progress}",
    ]


def test_a_long_headline_goes_on_below_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    first, second = shown_on_terminal(told(FAILED, text=FAILED), capsys)
    assert first.startswith("07:47  ✗  team    FAILED: ")
    assert second.startswith(" " * 18 + "[")


def told(*headlines: str, text: str) -> Content:
    """Return a message as the demo composes it."""
    events = [
        {"headline": each, "severity": "failure", "kind": "batch.failed"} for each in headlines
    ]
    return replace(CONTENT, text=text, payload={"data": {"events": events}})


def content_of(content: Content, kind: str) -> Content:
    events = [{**event, "kind": kind} for event in content.payload["data"]["events"]]
    return replace(content, payload={"data": {"events": events}})


def shown_on_terminal(content: Content, capsys: pytest.CaptureFixture[str]) -> list[str]:
    with LiveScreen() as screen:
        screen.show("team", content, datetime(2026, 11, 23, 7, 47, tzinfo=UTC))
    return [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_its_table_has_a_column_of_forecasts_before_anything_is_forecast(bell: Bell) -> None:
    bell.poll(bell.job("one"))
    bars = read_bars(bell.database, bell.started)
    for kept in (True, False):
        header, *_ = job_lines(
            bars.rows, all_ids=bars.ids, with_account=False, width=100, with_forecast=kept
        )
        assert ("Forecast" in header.plain) == kept
