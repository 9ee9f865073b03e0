from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from codecs import getincrementaldecoder
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.sparkline import WIDTH
from batchbell.core.delivery.given_up import CHANNEL_REMOVED
from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.routing import Filter
from batchbell.errors import UnauthorizedError
from batchbell.messages.given_up_words import repair_words
from batchbell.store import ledger
from batchbell.store.sqlite.lock import daemon_lock
from batchbell.store.tables import notification_events, notifications
from batchbell.usecases.announce import announce
from tests.cli.filled import BUSY, REFUSED, SENT, Bell, uuids
from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?3[0-8][0-9;]*m")


ERROR_500 = Outcome(delivered=False, reason="HTTP 500 Internal Server Error")


class Configured(Protocol):
    """What has a configuration file."""

    config: Path


class Terminal:
    """A terminal and the process in it."""

    def __init__(
        self,
        bell: Configured,
        *arguments: str,
        width: int = 80,
        keyboard: bool = True,
        **environ: str,
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
        #: What was set before the process could set anything.
        self.first_modes = self.modes
        removed = {"CI", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"}
        usual = {name: text for name, text in os.environ.items() if name not in removed}
        self.process = shared_server().start(
            ["--config", str(bell.config), *arguments],
            stdin=theirs if keyboard else None,
            out=theirs,
            err=theirs,
            environ={**usual, "TERM": "xterm-256color", "PYTHONFAULTHANDLER": "1", **environ},
            new_session=True,
        )
        os.close(theirs)
        self.output = ""
        self._to_text = getincrementaldecoder("utf-8")()

    def read_until(self, text: str) -> str:
        """Return all output once `text` is in it."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            if not self._read():
                pytest.fail(f"ended without {text!r}: {self.output}")
        return self.output

    def read_more(self) -> str:
        """Return all output once there is more of it."""
        if not self._read():
            pytest.fail(f"ended, or stands still: {self.output}")
        return self.output

    def read_all(self) -> str:
        """Return all output once the process has ended."""
        while self._read():
            pass
        try:
            self.process.wait(TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            pytest.fail(f"does not end: {self.output}{self._stacks()}")
        return self.output

    def _stacks(self) -> str:
        """End it, and return where it stood."""
        self.output = ""
        self.process.send_signal(signal.SIGABRT)
        while self._read():
            pass
        return self.output

    @property
    def modes(self) -> int:
        """What the process has set: echo, line by line and so on."""
        modes: int = termios.tcgetattr(self._ours)[3]
        return modes

    def type(self, keys: bytes) -> None:
        os.write(self._ours, keys)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(TIMEOUT_SECONDS)
        os.close(self._ours)

    def _read(self) -> bool:
        if not select.select([self._ours], [], [], TIMEOUT_SECONDS)[0]:
            return False
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # what Linux says when the other side has closed
            return False
        self.output += self._to_text.decode(data)
        return bool(data)


@contextmanager
def terminal(
    bell: Configured, *arguments: str, width: int = 80, keyboard: bool = True, **environ: str
) -> Iterator[Terminal]:
    made = Terminal(bell, *arguments, width=width, keyboard=keyboard, **environ)
    try:
        yield made
    finally:
        made.close()


def shown(bell: Bell, *arguments: str, width: int = 80, **environ: str) -> str:
    with terminal(bell, *arguments, width=width, keyboard=True, **environ) as made:
        return made.read_all()


def lines(output: str) -> list[str]:
    return [line.rstrip() for line in ESCAPE.sub("", output).splitlines()]


#: What stands before how long ago something was sent.
_CLOCK = r"\d\d:\d\d  "


def sent_of(ledger: list[str]) -> list[str]:
    """Return the lines about what was sent, without those of days: a test may run at midnight."""
    sent = ledger[ledger.index("Sent, newest first") + 1 :]
    return [line for line in sent if not re.fullmatch(r"\d{4}-\d\d-\d\d UTC", line)]


@pytest.fixture
def busy(bell: Bell) -> Bell:
    """Jobs of every severity and a channel that fails, with texts made to trip a terminal."""
    bell.configure(Filter(channel="team"))
    ids = uuids(4)
    bell.poll(*(bell.job(each) for each in ids), at=bell.ago(minutes=10))
    bell.poll(
        bell.job(ids[0], progress=0.5),
        bell.job(ids[1], "COMPLETED", output_file_id="o", completed_at=bell.ago(minutes=3)),
        bell.job(ids[2], "FAILED", error="line 3: [bold]invalid[/bold] JSON :boom: " + "x" * 200),
        bell.job(ids[3], job_deadline=bell.ago(minutes=1), model_id="[red]x :smile:"),
        at=bell.ago(seconds=5),
    )
    bell.deliver("team", BUSY)
    return bell


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(busy: Bell, width: int) -> None:
    output = shown(busy, "status", width=width)
    assert max(map(len, lines(output))) <= width
    assert "Accounts" in output


def test_short_ids_bars_signs_and_colours(busy: Bell) -> None:
    output = shown(busy, "status")
    text = "\n".join(lines(output))
    assert re.search(r"✗  \S.* · 00000004  IN_PROGRESS", text)
    assert "━━━━━─────" in text
    assert re.search(r"✓  \S.* · 00000002  COMPLETED", text)
    assert COLOUR.search(output)
    assert uuids(1)[0] not in text


def test_a_wide_terminal_has_room_for_whole_ids(busy: Bell) -> None:
    assert uuids(1)[0] in shown(busy, "status", width=140)


def test_texts_of_the_api_are_never_taken_for_markup(busy: Bell) -> None:
    text = "\n".join(lines(shown(busy, "status", width=140)))
    assert "[red]x :smile:" in text
    assert "[bold]invalid[/bold] JSON :boom:" in text


def test_no_color_leaves_signs_and_bars(busy: Bell) -> None:
    for arguments in (["status"], ["events"], ["show", "00000003"]):
        output = shown(busy, *arguments, NO_COLOR="1")
        assert not COLOUR.search(output), arguments
        assert "✗" in output


def test_a_dumb_terminal_gets_the_plain_table(busy: Bell) -> None:
    output = shown(busy, "status", TERM="dumb")
    assert "\x1b" not in output
    assert uuids(1)[0] in output


def test_an_encoding_without_our_signs_gets_others(busy: Bell) -> None:
    output = shown(busy, "status", PYTHONIOENCODING="latin-1")
    text = "\n".join(lines(output))
    assert re.search(r"x  \S.* - 00000004  IN_PROGRESS", text)
    assert "#####....." in text
    assert "\\u" not in text


@pytest.mark.unmeasured
def test_many_jobs_do_not_flood_the_terminal(bell: Bell) -> None:
    bell.poll(*(bell.job(each) for each in uuids(10_000)))
    text = lines(shown(bell, "status"))
    assert len(text) < 120
    assert "   9,900 more ask for nothing: batchbell status --all" in text


def test_of_what_ended_well_the_last_ten_have_a_line(bell: Bell) -> None:
    ended = {
        each: bell.job(each, "COMPLETED", output_file_id="o", completed_at=bell.ago(minutes=at))
        for at, each in enumerate(uuids(30), start=1)
    }
    failed = uuids(31)[-1]
    bell.poll(*(bell.job(each) for each in (*ended, failed)), at=bell.ago(hours=1))
    bell.poll(*ended.values(), bell.job(failed, "FAILED"), at=bell.ago(seconds=5))
    text = "\n".join(lines(shown(bell, "status")))
    assert text.count("COMPLETED") == 10
    assert text.count("10m ago") == 1
    # The status beside it says that it has ended.
    assert "ended 10m" not in text
    assert "ended 11m ago" not in text
    assert "   20 more ask for nothing: batchbell status --all" in text
    assert text.index("FAILED") < text.index("COMPLETED")
    assert "To take what has ended off this list: batchbell ack JOB_ID" in text
    assert "\n".join(lines(shown(bell, "status", "--all"))).count("COMPLETED") == 30


def test_what_is_asked_for_stands_above_the_jobs_by_deed(bell: Bell) -> None:
    bell.configure(Filter(channel="team"), Filter(channel="gone"))
    first, second, third, *_, last = uuids(5)
    due = {first: 5, second: 50, third: -20, last: -40}
    jobs = [bell.job(each, job_deadline=bell.ago(minutes=at)) for each, at in due.items()]
    bell.poll(*jobs, at=bell.ago(hours=2))
    bell.poll(*jobs, bell.job(uuids(4)[-1], "FAILED"), at=bell.ago(seconds=5))
    bell.deliver("team", SENT)
    bell.deliver("gone", REFUSED)
    text = lines(shown(bell, "status", width=100))
    above = text[: text.index("")]
    assert above[1].startswith("✗ 4 to cancel now: input · 00000002, ")
    assert re.fullmatch(r"✗ channel gone delivers nothing for .*: receiver answered 404", above[2])
    assert above[3:] == ["✗ 1 to submit again: input"]
    assert re.match(r".  input · 00000002  IN_PROGRESS .*overdue 5\dm", text[len(above) + 2])
    assert text[len(above) + 3].startswith("   cancel it now: ")


def test_an_account_that_cannot_be_polled_stands_above_the_jobs(bell: Bell) -> None:
    bell.poll(bell.job(uuids(1)[0]), at=bell.ago(minutes=10))
    for minutes in (9, 8):
        bell.poll(at=bell.ago(minutes=minutes), answer=UnauthorizedError("refused"))
    text = lines(shown(bell, "status"))
    assert re.match(r"✗ account default can't be polled for \d+m: refused$", text[1])


def test_a_heading_and_lines_that_go_on_do_so_below_their_text_without_blanks(busy: Bell) -> None:
    raw = ESCAPE.sub("", shown(busy, "status", width=60)).splitlines()
    assert not [line for line in raw if line != line.rstrip()]
    at = next(at for at, line in enumerate(raw) if re.match(r".  team  failing", line))
    assert re.match(r" {9}\w", raw[at + 1])
    assert re.match(r" {11}\w", raw[1])


@pytest.mark.parametrize("command", ["show", "events", "deliveries"])
def test_words_stay_whole_and_columns_in_line(busy: Bell, command: str) -> None:
    arguments = ["show", uuids(3)[2]] if command == "show" else [command]
    text = lines(shown(busy, *arguments))
    # A word that is longer than a line stays whole, for whoever copies it.
    assert all(len(line) <= 80 or len(line.split()[-1]) > 60 for line in text)
    assert not any(line.startswith("x") for line in text)


def test_a_channel_in_trouble_stands_first_in_the_ledger(busy: Bell) -> None:
    text = lines(shown(busy, "deliveries"))
    assert text[0] == "In trouble"
    said = (
        r"!  team: failing for .*: receiver answered 503; 1 message waits, next attempt (now|in .*)"
    )
    test = text.index("   to test it: batchbell notify-test team")
    assert re.fullmatch(said, " ".join(line.strip() for line in text[1:test]))
    assert "\n".join(text).count("receiver answered 503") == 1
    # What is still tried is counted; each of them is asked for.
    assert "retrying" not in "\n".join(text)
    asked = "\n".join(lines(shown(busy, "deliveries", "--failed")))
    # When it is asked is the channel's: it stands above, once.
    assert "   failures first, newest first, with how long each has waited:\n" in asked
    assert re.search(r"(?m)^   no. 1  \d+\w( \d+\w)?  ✗  input  DEADLINE MISSED, ", asked)
    assert re.search(r"(?m)^ +✗  input +FAILED, line 3: ", asked)
    # A word that is longer than its line is cut.
    assert max(map(len, asked.splitlines())) <= 80
    assert re.search(r"(?m)^ +✓  input +COMPLETED, in 57m$", asked)
    assert asked.count("next attempt") == 1
    one = lines(shown(busy, "deliveries", "show", "1"))[0]
    assert re.match(r"!  team: waits, next attempt (now|in \d+\w( \d+\w)?), delivery 1$", one)
    with busy.database.write() as connection:
        ledger.give_up_channel(connection, "team", reason="channel removed", now=busy.started)
    assert "given up: channel removed" in shown(busy, "deliveries", width=120)


def test_attempts_that_ended_alike_are_one_line(busy: Bell) -> None:
    for minutes in range(1, 6):
        busy.deliver("team", BUSY, at=busy.ago(minutes=-30 * minutes))
    text = lines(shown(busy, "deliveries", "show", "1", width=120))
    (attempts,) = text[text.index("Attempts") + 1 :]
    moment = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d"
    said = rf"✗ 6 attempts, {moment} to {moment} UTC, all failed: receiver answered 503"
    assert re.fullmatch(said, attempts)
    # A pipe has each.
    assert busy.run("deliveries", "show", "1").output.count("failed: receiver answered 503") == 6


def test_what_waits_though_its_job_has_ended_is_past(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    (job_id,) = uuids(1)
    late = bell.job(job_id, job_deadline=bell.ago(minutes=-30))
    bell.poll(late, at=bell.ago(minutes=50))
    bell.deliver("pager", BUSY, at=bell.ago(minutes=49))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=10))
    asked = "\n".join(lines(shown(bell, "deliveries", "--failed", width=120)))
    assert "DEADLINE" not in asked
    assert asked.splitlines()[-1] == (
        "   1 more waits, out of date: batchbell deliveries --channel pager"
    )
    every = "\n".join(lines(shown(bell, "deliveries", "--channel", "pager", width=120)))
    # What was to be expected then is of no use any more.
    row = r"(?m)^   no. 1  \d+m  !  input · 00000001  DEADLINE in 1h 20m \(past\)$"
    assert re.search(row, every), every
    # A command stands whole on a line of its own.
    narrow = lines(shown(bell, "deliveries", "--failed", width=60))
    assert narrow[-2:] == [
        "   1 more waits, out of date:",
        "      batchbell deliveries --channel pager",
    ]


def test_of_a_channel_that_takes_nothing_failures_stand_first(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    done, late = uuids(2)
    bell.poll(bell.job(done), bell.job(late), at=bell.ago(minutes=50))
    ended = bell.job(done, "FAILED")
    bell.poll(ended, bell.job(late), at=bell.ago(minutes=40))
    bell.deliver("pager", BUSY, at=bell.ago(minutes=39))
    due = bell.job(late, job_deadline=bell.ago(minutes=-20))
    bell.poll(ended, due, at=bell.ago(minutes=9))
    text = lines(shown(bell, "deliveries", "--failed", width=120))
    rows = [line for line in text if re.match(r"   no. \d +\d+m  ", line)]
    assert ["DEADLINE" in row for row in rows] == [False, True]
    few = lines(shown(bell, "deliveries", "--failed", "--limit", "1", width=120))
    assert "   1 more waits: batchbell deliveries --channel pager" in few


def test_what_waits_is_in_an_order_that_is_seen_and_what_does_not_stand_there_adds_up(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="pager"))
    *several, late = uuids(13)
    jobs = {each: bell.job(each) for each in (*several, late)}
    jobs[late] = bell.job(late, job_deadline=bell.ago(minutes=-20))
    bell.poll(*jobs.values(), at=bell.ago(minutes=50))
    bell.deliver("pager", ERROR_500, at=bell.ago(minutes=49))
    for minutes, job_id in enumerate(several):
        jobs[job_id] = bell.job(job_id, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=40 - minutes))
    jobs[late] = bell.job(late, "COMPLETED", output_file_id="o")
    bell.poll(*jobs.values(), at=bell.ago(minutes=9))
    text = lines(shown(bell, "deliveries", "--failed", width=120))
    assert text[2:5] == [
        "   That is an error of the receiver's own, no wrong key or address: look at its log.",
        "   to test it: batchbell notify-test pager",
        "   failures first, newest first, with how long each has waited:",
    ]
    waits = [int(found[1]) for line in text if (found := re.match(r"   no. \d+ +(\d+)m  ✗", line))]
    assert waits == sorted(waits)
    assert len(waits) == 10
    assert "(2 older failures, 1 other, 1 out of date):" in " ".join(text)


def test_of_what_waits_for_a_receiver_that_fails_is_said_whose_side_that_is(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    (job_id,) = uuids(1)
    bell.poll(bell.job(job_id), at=bell.ago(minutes=9))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=8))
    bell.deliver("pager", ERROR_500, at=bell.ago(minutes=7))
    said = "   That is an error of the receiver's own, no wrong key or address: look at its log."
    one = lines(shown(bell, "deliveries", "show", "1", width=100))
    assert one[1:4] == [
        "   HTTP 500 Internal Server Error",
        said,
        "   to test it: batchbell notify-test pager",
    ]
    assert said in lines(shown(bell, "deliveries", width=100))


def test_failures_that_are_not_shown_are_counted_and_of_a_message_the_past_is_left_out(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="pager"))
    first, second = uuids(2)
    late = bell.job(first, job_deadline=bell.ago(minutes=-30))
    bell.poll(late, bell.job(second), at=bell.ago(minutes=50))
    bell.deliver("pager", BUSY, at=bell.ago(minutes=49))
    bell.poll(bell.job(first, "FAILED"), bell.job(second), at=bell.ago(minutes=40))
    bell.poll(bell.job(first, "FAILED"), bell.job(second, "FAILED"), at=bell.ago(minutes=30))
    with bell.database.write() as connection:
        number = notification_events.c.notification_id
        numbers = notification_events.select().with_only_columns(number)
        warned, failed, _ = sorted({*connection.execute(numbers).scalars()})
        both = notification_events.update().values(notification_id=failed)
        connection.execute(both.where(number == warned))
        connection.execute(notifications.delete().where(notifications.c.id == warned))
    text = "\n".join(lines(shown(bell, "deliveries", "--failed", "--limit", "1", width=120)))
    assert "(past)" not in text
    assert "DEADLINE" not in text
    assert "FAILED" in text
    assert "   1 more waits, a failure: batchbell deliveries --channel pager" in text


def test_what_was_given_up_has_its_command_and_a_reason_that_is_shared_once(bell: Bell) -> None:
    bell.configure(Filter(channel="gone"))
    first, second = uuids(2)
    jobs = {first: bell.job(first), second: bell.job(second)}
    bell.poll(*jobs.values(), at=bell.ago(minutes=9))
    for minutes, job_id in ((8, first), (6, second)):
        jobs[job_id] = bell.job(job_id, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=minutes))
        bell.deliver("gone", REFUSED, at=bell.ago(minutes=minutes - 1))
    text = lines(shown(bell, "deliveries"))
    assert sum("receiver answered 404" in line for line in text) == 1
    at = next(at for at, line in enumerate(text) if re.match(r"   no. 2  ✗  input  FAILED", line))
    assert re.fullmatch(r" {13}given up 5m( \d+s)? ago", text[at + 1])
    assert text[at + 2] == f"{' ' * 13}to send it again once repaired: batchbell deliveries retry 2"
    assert re.match(r"   no. 1  ✗  input  FAILED", text[at + 3])
    assert text[at + 5] == f"{' ' * 13}to send it again once repaired: batchbell deliveries retry 1"


def test_what_is_refused_for_its_own_sake_is_to_be_repaired_before_it_is_sent_again(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="tickets"))
    several = uuids(3)
    jobs = {each: bell.job(each) for each in several}
    bell.poll(*jobs.values(), at=bell.ago(minutes=9))
    answers = ("HTTP 400 Bad Request", "HTTP 413 Content Too Large")
    for minutes, job_id, answer in zip((8, 6), several, answers, strict=False):
        jobs[job_id] = bell.job(job_id, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=minutes))
        outcome = Outcome(delivered=False, reason=answer, permanent=True, fault=Fault.MESSAGE)
        bell.deliver("tickets", outcome, at=bell.ago(minutes=minutes - 1))
    bell.poll(*jobs.values(), bell.job(uuids(4)[-1], "FAILED"), at=bell.ago(minutes=4))
    bell.deliver("tickets", SENT, at=bell.ago(minutes=3))
    for arguments in ((), ("--failed",), ("--channel", "tickets")):
        text = lines(shown(bell, "deliveries", *arguments, width=140))
        assert re.fullmatch(
            r"!  tickets: 2 messages refused: HTTP 400 Bad Request \(1\), "
            r"HTTP 413 Content Too Large \(1\); others delivered 3m ago",
            text[1],
        )
        assert text[2].startswith("   See in the receiver's log what it objects to, then change")
        assert re.fullmatch(
            r" {13}given up 5m( \d+s)? ago; HTTP 413 Content Too Large; "
            r"to send it again once repaired: batchbell deliveries retry 2",
            text[4],
        )
    narrow = lines(shown(bell, "deliveries"))
    at = narrow.index(f"{' ' * 13}HTTP 413 Content Too Large")
    assert (
        narrow[at + 1] == f"{' ' * 13}to send it again once repaired: batchbell deliveries retry 2"
    )


def test_what_is_not_listed_is_counted_with_the_command_that_lists_it(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    jobs = {each: bell.job(each) for each in uuids(60)}
    bell.poll(*jobs.values(), at=bell.ago(minutes=90))
    for at, job_id in enumerate(uuids(6)):
        jobs[job_id] = bell.job(job_id, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=80 - at))
        if not at:
            bell.deliver("pager", BUSY, at=bell.ago(minutes=79))
    text = lines(shown(bell, "deliveries", "--failed", "--limit", "1"))
    assert text[-1] == "   5 more wait, all failures: batchbell deliveries --channel pager"
    every = lines(shown(bell, "deliveries", "--channel", "pager"))
    assert sum(re.match(r"   no. \d  1h ", line) is not None for line in every) == 6
    few = lines(shown(bell, "deliveries", "--channel", "pager", "--limit", "2"))
    assert few[-1] == "   4 older ones wait before these: batchbell deliveries --channel pager"
    with bell.database.write() as connection:
        connection.execute(notifications.update().values(state="dead", reason="HTTP 404 Not Found"))
    text = lines(shown(bell, "deliveries", "--failed", "--limit", "2"))
    assert "   4 more given up: batchbell deliveries --channel pager" in text


def test_more_than_is_usual_is_asked_for_with_a_limit(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"))
    with bell.database.write() as connection:
        for number in range(60):
            failed = Event(
                kind=EventKind.FAILED,
                account="default",
                job_id=f"job-{number}",
                qualifier="end:FAILED",
                happened_at=bell.started,
                seen_at=bell.started,
            )
            announce(connection, [failed], [Filter(channel="pager")], bell.started)
        connection.execute(
            notifications.update().values(
                state="dead",
                reason="HTTP 400 Bad Request",
                attempts=1,
                ended_at=bell.started,
            )
        )
    text = lines(shown(bell, "deliveries", "--failed"))
    assert "   10 more given up: batchbell deliveries --channel pager --limit 60" in text
    all_of = lines(shown(bell, "deliveries", "--channel", "pager", "--limit", "60"))
    assert "more given up" not in "\n".join(all_of)
    with bell.database.write() as connection:
        connection.execute(notifications.update().values(state="sent"))
    text = lines(shown(bell, "deliveries"))
    assert text[-1] == "10 older messages: batchbell deliveries --limit 200"
    text = lines(shown(bell, "deliveries", "--channel", "pager", "--limit", "20"))
    assert text[-1] == "40 older messages: batchbell deliveries --channel pager --limit 80"


def test_a_message_that_was_held_stands_where_it_was_sent(bell: Bell) -> None:
    """It was queued before all others: what a limit leaves out is what was sent before."""
    bell.configure(Filter(channel="team"))
    jobs = {name: bell.job(name) for name in ("first", "second", "third")}
    bell.poll(*jobs.values(), at=bell.ago(minutes=50))
    for at, name in enumerate(jobs):
        jobs[name] = bell.job(name, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=39 - 10 * at))
        bell.deliver("team", SENT, at=bell.ago(minutes=38 - 10 * at))
    with bell.database.write() as connection:
        held = notifications.update().where(notifications.c.id == 1)
        connection.execute(held.values(ended_at=bell.ago(minutes=3)))
    text = lines(shown(bell, "deliveries", "--limit", "2", width=120))
    sent = sent_of(text)
    assert re.fullmatch(rf"{_CLOCK}3m ago   no. 1  team", sent[0])
    assert re.match(r" {7}✗  input · first ", sent[1])
    assert re.fullmatch(rf"{_CLOCK}18m ago  no. 3  team", sent[2])
    assert re.match(r" {7}✗  input · third ", sent[3])
    assert sent[-1] == "1 older message: batchbell deliveries --limit 8"


def test_of_a_message_that_fails_where_others_are_taken_its_reason_is_said(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=9))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=8))
    with bell.database.write() as connection:
        connection.execute(
            notifications.update().values(attempts=3, set_aside=True, reason="HTTP 500")
        )
    text = lines(shown(bell, "deliveries"))
    assert re.match(r"!  team: 1 message waits, next attempt ", text[1])
    assert re.match(r"   no. 1  ✗  input", text[2])
    assert re.match(r" {13}set aside, retrying .*; HTTP 500$", text[3])


def test_what_a_removed_channel_lacks_has_no_command(bell: Bell) -> None:
    bell.configure(Filter(channel="gone"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=9))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=8))
    with bell.database.write() as connection:
        ledger.give_up_channel(connection, "gone", reason=CHANNEL_REMOVED, now=bell.started)
    bell.configure(Filter(channel="other"))
    text = "\n".join(lines(shown(bell, "deliveries")))
    assert "!  gone: 1 message given up: channel removed" in text
    assert "retry 1" not in text


def test_one_delivery_begins_with_how_far_it_came_and_what_helps(bell: Bell) -> None:
    bell.configure(*(Filter(channel=each) for each in ("team", "gone", "tickets", "busy")))
    jobs = [bell.job(each) for each in uuids(2)]
    bell.poll(*jobs, at=bell.ago(minutes=9))
    bell.poll(bell.job(uuids(1)[0], "FAILED"), jobs[1], at=bell.ago(minutes=8))
    bell.filters = ()
    refused = Outcome(
        delivered=False, reason="HTTP 400 Bad Request", permanent=True, fault=Fault.MESSAGE
    )
    answers = {"team": SENT, "gone": REFUSED, "tickets": refused, "busy": BUSY}
    for channel, outcome in answers.items():
        bell.deliver(channel, outcome, at=bell.ago(minutes=7))
    ledger = json.loads(bell.run("deliveries", "--json").output)
    of = {each["channel"]: str(each["notification_id"]) for each in ledger}

    def begins(channel: str) -> list[str]:
        text = lines(shown(bell, "deliveries", "show", of[channel], width=120))
        assert text[text.index("Attempts") + 1].strip()
        return text[: text.index("")]

    (sent,) = begins("team")
    assert re.fullmatch(r"✓  team: sent 7m( \d+s)? ago, delivery \d+", sent)
    head, *rest = begins("tickets")
    refused_at = f"{bell.ago(minutes=7):%Y-%m-%d %H:%M:%S} UTC"
    assert re.fullmatch(r"✗  tickets: given up 7m( \d+s)? ago, delivery \d+", head)
    assert rest == [
        "   HTTP 400 Bad Request",
        *broken(f"   {repair_words(['HTTP 400 Bad Request'], refused_at)}", 120, below=3),
        f"   to send it again once repaired: batchbell deliveries retry {of['tickets']}",
    ]
    test = "   to test it: batchbell notify-test"
    again = f"   to send it again once repaired: batchbell deliveries retry {of['gone']}"
    assert begins("gone")[1:] == ["   receiver answered 404", f"{test} gone", again]
    assert begins("busy")[1:] == ["   receiver answered 503", f"{test} busy"]


def test_one_that_waits_says_for_what(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    first, second = (bell.job(each) for each in uuids(2))
    bell.poll(first, second, at=bell.ago(minutes=9))
    bell.poll(bell.job(first.id, "FAILED"), second, at=bell.ago(minutes=8))
    (waits, *_) = lines(shown(bell, "deliveries", "show", "1", width=120))
    assert re.fullmatch(r"i  team: waiting since .*, delivery 1", waits)
    bell.deliver("team", BUSY, at=bell.ago(minutes=7))
    bell.poll(bell.job(first.id, "FAILED"), bell.job(second.id, "FAILED"), at=bell.ago(minutes=6))
    (behind, test, *_) = lines(shown(bell, "deliveries", "show", "2", width=120))
    assert behind.startswith("!  team: not told: its receiver fails since ")
    assert test == "   to test it: batchbell notify-test team"
    bell.configure(Filter(channel="other"))
    assert "notify-test" not in shown(bell, "deliveries", "show", "2", width=120)


def test_old_news_that_was_given_up_is_called_so_and_offered_by_no_number(bell: Bell) -> None:
    bell.configure(Filter(channel="gone"))
    near = bell.job("near", job_deadline=bell.ago(minutes=-30))
    bell.poll(near, at=bell.ago(minutes=50))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=49))
    bell.poll(bell.job("near", "FAILED"), at=bell.ago(minutes=10))
    for arguments in ((), ("show", "1")):
        text = "\n".join(lines(shown(bell, "deliveries", *arguments)))
        assert re.search(r"\(past\)|it tells only what is past", text)
        assert "retry 1" not in text


def test_of_much_that_was_given_up_the_ledger_shows_the_last(bell: Bell) -> None:
    bell.configure(Filter(channel="gone"))
    jobs = {each: bell.job(each) for each in uuids(7)}
    bell.poll(*jobs.values(), at=bell.ago(minutes=30))
    for at, job_id in enumerate(jobs):
        jobs[job_id] = bell.job(job_id, "FAILED")
        bell.poll(*jobs.values(), at=bell.ago(minutes=20 - at))
        bell.deliver("gone", REFUSED, at=bell.ago(minutes=20 - at))
    text = "\n".join(lines(shown(bell, "deliveries")))
    assert text.count("to send it again") == 5
    assert "   and 2 more: batchbell deliveries --failed" in text
    assert "\n".join(lines(shown(bell, "deliveries", "--failed"))).count("to send it again") == 7


def test_what_a_channel_is_told_later_stands_where_that_was_with_its_worst(bell: Bell) -> None:
    bell.configure(Filter(channel="one"), Filter(channel="two"), Filter(channel="three"))
    several = uuids(7)
    bell.poll(*map(bell.job, several), at=bell.ago(minutes=9))
    bell.poll(*(bell.job(each, "FAILED") for each in several), at=bell.ago(minutes=8))
    for channel, minutes in (("one", 7), ("two", 7), ("three", 3)):
        bell.deliver(channel, SENT, at=bell.ago(minutes=minutes))
    text = lines(shown(bell, "deliveries", width=120))
    sent = sent_of(text)[:12]
    assert sum("FAILED" in line for line in sent) == 8
    assert re.fullmatch(rf"{_CLOCK}3m ago  no. \d  three", sent[0])
    assert re.match(r" {7}✗  input · ", sent[1])
    assert re.fullmatch(r" {10}and 3 more: batchbell deliveries show \d", sent[5])
    assert re.fullmatch(rf"{_CLOCK}7m ago  no. \d  one, two", sent[6])


def test_the_ledger_has_a_line_for_what_several_channels_were_told(bell: Bell) -> None:
    bell.configure(Filter(channel="one"), Filter(channel="two"), Filter(channel="slow"))
    first, second = uuids(2)
    bell.poll(bell.job(first), bell.job(second), at=bell.ago(minutes=9))
    bell.poll(bell.job(first, "FAILED"), bell.job(second), at=bell.ago(minutes=8))
    for channel in ("one", "two"):
        bell.deliver(channel, SENT, at=bell.ago(minutes=7))
    bell.poll(bell.job(first, "FAILED"), bell.job(second, "FAILED"), at=bell.ago(minutes=5))
    bell.deliver("two", SENT, at=bell.ago(minutes=4))
    text = lines(shown(bell, "deliveries"))
    waits = text.index("Waiting for their time")
    assert re.fullmatch(r"i  for 5m: one \(1\)", text[waits + 1])
    assert re.fullmatch(r"i  for 8m: slow \(2\)", text[waits + 2])
    to_one, later, to_both, earlier = sent_of(text)[:4]
    assert re.fullmatch(rf"{_CLOCK}4m ago  no. \d  two", to_one)
    assert re.fullmatch(r" {7}✗  input  FAILED, .*", later)
    assert re.fullmatch(rf"{_CLOCK}7m ago  no. \d  one, two", to_both)
    assert re.fullmatch(r" {7}✗  input  FAILED, .*", earlier)
    assert "One with its attempts: batchbell deliveries show NUMBER" in text
    assert max(map(len, text)) <= 80
    narrow = "\n".join(lines(shown(bell, "deliveries", "--limit", "1", width=50)))
    assert re.search(r"(?m) ago  no. \d  two$", narrow)


def test_messages_that_only_say_that_jobs_get_on_are_counted_below_the_others(bell: Bell) -> None:
    bell.configure(Filter(channel="hook", events=("*",)))
    (job_id,) = uuids(1)
    for minutes, progress in ((50, 0.1), (40, 0.3), (30, 0.6)):
        bell.poll(bell.job(job_id, progress=progress), at=bell.ago(minutes=minutes))
        bell.deliver("hook", SENT, at=bell.ago(minutes=minutes - 1))
    # Nothing else was sent.
    assert "Past 50%" in "\n".join(lines(shown(bell, "deliveries", width=100)))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=20))
    bell.deliver("hook", SENT, at=bell.ago(minutes=19))
    every = lines(shown(bell, "deliveries", width=100))
    assert "Past" not in "\n".join(every)
    assert re.fullmatch(
        r"\d more only of progress, to hook: batchbell deliveries --channel hook", every[-1]
    )
    of_one = "\n".join(lines(shown(bell, "deliveries", "--channel", "hook", width=100)))
    assert "Past 50%" in of_one
    assert "only of progress" not in of_one


def test_events_on_a_terminal_are_columns_below_their_day(busy: Bell) -> None:
    narrow = lines(shown(busy, "events"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d UTC", narrow[0])
    failed = next(line for line in narrow if "FAILED" in line)
    name = failed.partition("✗  ")[2].partition("  ")[0]
    assert re.match(rf"\d\d:\d\d  ✗  {name} +FAILED, line 3: ", failed)
    # What is said begins in one column, and goes on there; kinds are for pipes.
    at = failed.index("FAILED")
    assert {line[:at].strip()[-1:] for line in narrow if line.startswith(" ")} <= {""}
    assert all(line[at - 2 : at] == "  " for line in narrow if re.match(r"\d\d:\d\d ", line))
    assert "batch.failed" not in "".join(narrow)
    assert f"{name} · 00000003" in "\n".join(lines(shown(busy, "events", width=120)))


def test_small_news_of_the_log_are_one_dim_row_unless_all_is_asked_for(bell: Bell) -> None:
    ids = uuids(2)
    bell.poll(at=bell.ago(minutes=90))
    for minutes, progress in ((80, 0.1), (70, 0.3), (60, 0.6)):
        running = (bell.job(each, progress=progress) for each in ids)
        bell.poll(*running, at=bell.ago(minutes=minutes))
    bell.poll(*(bell.job(each, "FAILED") for each in ids), at=bell.ago(minutes=50))
    output = shown(bell, "events", width=120)
    (small,) = (line for line in output.splitlines() if "2 jobs" in line)
    assert small.startswith("\x1b[2m")
    assert re.search(r"i  2 jobs +Created \(2 progressed\), until .*\d\d:\d\d", small)
    assert len([line for line in lines(output) if "FAILED" in line]) == 2
    for more in (["--all"], ["--kind", "batch.*"]):
        assert "\n".join(lines(shown(bell, "events", *more, width=120))).count("Past 50%") == 2


def test_the_log_leads_on_to_a_job_and_that_of_one_says_how_it_stands(bell: Bell) -> None:
    (job_id,) = uuids(1)
    bell.poll(at=bell.ago(minutes=30))
    bell.poll(bell.job(job_id), at=bell.ago(minutes=20))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=10))
    every = lines(shown(bell, "events", width=120))
    assert every[-2:] == ["", "About one job, and what to do: batchbell show JOB_ID"]
    one = lines(shown(bell, "events", "--job", job_id, width=120))
    assert re.match(r"input · 00000001  FAILED, nothing came back, ended \d+m", one[0])
    assert one[-2:] == ["    What to do:", f"      batchbell show -- {job_id}"]
    wanted = ("--job", job_id, "--since", "2h", "--kind", "*", "--all", "--limit", "1")
    whole = f"batchbell events --job {job_id} --since 2h --kind '\\*' --all --limit \\d"
    first = lines(shown(bell, "events", *wanted, width=160))[0]
    assert re.fullmatch(rf"\d older events?: {whole}", first)


def test_a_long_error_is_cut_in_the_log_and_whole_for_one_job(bell: Bell) -> None:
    (job_id,) = uuids(1)
    bell.poll(bell.job(job_id), at=bell.ago(minutes=2))
    bell.poll(bell.job(job_id, "FAILED", error="the end " * 20 + "is here"))
    assert "is here" not in shown(bell, "events", width=200)
    timeline = shown(bell, "show", job_id, width=250).partition("Timeline")[2]
    assert "is here" in timeline
    assert "input" not in timeline


def test_a_narrow_log_has_the_id_only_where_several_jobs_are_called_alike(bell: Bell) -> None:
    job_id, other = uuids(2)
    due = bell.ago(minutes=-5)
    for minutes in (80, 60, 40, 20, 8):
        job = bell.job(job_id, progress=0.4, job_deadline=due)
        bell.poll(job, at=bell.ago(minutes=minutes))
    text = " ".join(" ".join(lines(shown(bell, "events"))).split())
    assert re.search(r"input +DEADLINE in 13m, can't make \d\d:\d\d: ", text)
    assert "00000001" not in text
    wide = "\n".join(lines(shown(bell, "events", width=120)))
    assert re.search(r"input · 00000001 +DEADLINE in 13m, can't make \d\d:\d\d: ", wide)
    of_job = lines(shown(bell, "events", "--job", job_id, width=120))
    assert of_job[0].startswith("input · 00000001  IN_PROGRESS, due in ")
    assert not any("input" in line for line in of_job[1:])
    bell.poll(job, bell.job(other, "FAILED"), at=bell.ago(minutes=1))
    text = " ".join(" ".join(lines(shown(bell, "events"))).split())
    assert re.search(r"input +DEADLINE in 13m, can't make \d\d:\d\d: .*, 00000001", text)


def test_channels_that_fared_alike_share_a_line(bell: Bell) -> None:
    bell.configure(Filter(channel="one"), Filter(channel="two"), Filter(channel="gone"))
    (job_id,) = uuids(1)
    bell.poll(bell.job(job_id), at=bell.ago(minutes=9))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=8))
    bell.filters = ()
    for channel in ("one", "two"):
        bell.deliver(channel, SENT, at=bell.ago(minutes=7))
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=7))
    output = "\n".join(lines(shown(bell, "show", job_id, width=120)))
    assert "\n          told 2 of 3, 1 given up\n" in output
    given_up = r"given up \d+m( \d+s)? ago +gone: receiver answered 404$"
    assert re.search(rf"(?m)^ {{10}}✗ {given_up}", output)
    again = "    Send this message again, once gone takes it:\n      batchbell deliveries retry "
    assert f"\n{again}" in output
    explained = "\n".join(lines(shown(bell, "explain", job_id, width=120)))
    assert re.search(r"(?m)^  ✓ told .* UTC \(\d+m ago\) +one, two$", explained)
    assert re.search(rf"(?m)^  ✗ {given_up}", explained)
    assert re.search(again, explained)
    every = "\n".join(lines(shown(bell, "explain", "--all", job_id, width=120)))
    told = r"(?m)^ {10}✓ told .* UTC \(\d+m ago\) +one, two \(deliveries \d+, \d+\)$"
    assert re.search(told, every)
    assert any(
        re.search(r"ago  no. \d  one, two$", line) for line in lines(shown(bell, "deliveries"))
    )


def test_explain_folds_small_news_and_says_once_for_what_a_channel_waits(bell: Bell) -> None:
    bell.configure(Filter(channel="pager"), Filter(channel="team", min_severity=Severity.FAILURE))
    (job_id,) = uuids(1)
    bell.poll(at=bell.ago(minutes=90))
    due = bell.ago(minutes=-30)
    for minutes, progress in ((80, 0.1), (70, 0.6)):
        job = bell.job(job_id, progress=progress, job_deadline=due)
        bell.poll(job, at=bell.ago(minutes=minutes))
        bell.deliver("pager", BUSY, at=bell.ago(minutes=minutes))
    bell.poll(bell.job(job_id, "FAILED"), at=bell.ago(minutes=50))
    bell.deliver("team", SENT, at=bell.ago(minutes=49))
    text = lines(shown(bell, "explain", job_id, width=100))
    told = next(at for at, line in enumerate(text) if "told 1 of 2, 1 fails" in line)
    assert text[told - 1] == ""
    assert re.match(r"  ✓ told .*\(\d+m ago\) +team$", text[told + 1])
    assert re.match(r"  ! waits, next attempt now +pager: its receiver", text[told + 2])
    assert " ".join(" ".join(text).split()).count("receiver answered 503") == 1
    assert any(re.search(r"i  Created, in progress, past 50%, until ", line) for line in text)
    assert any(re.fullmatch(r" {10}! fails \(above\) +pager", line) for line in text)
    assert text[-1] == f"      batchbell explain --all -- {job_id}"
    assert all(len(line) <= 80 for line in lines(shown(bell, "explain", job_id)))
    every = "\n".join(lines(shown(bell, "explain", "--all", job_id, width=100)))
    assert "(above)" not in every
    assert re.search(r"i  Created\n", every)
    assert "0.0 s, failed: receiver answered 503" in every


def test_the_account_column_leaves_room_for_the_rest(busy: Bell) -> None:
    busy.poll(busy.job("other"), account="europe", at=busy.ago(seconds=3))
    text = lines(shown(busy, "status"))
    assert "Account" in "\n".join(text)
    assert max(map(len, text)) <= 80


def test_silence_and_emptiness_are_told(bell: Bell) -> None:
    assert "Nothing is watched yet" in " ".join(lines(shown(bell, "status")))
    bell.poll(at=bell.ago(hours=5))
    text = " ".join(lines(shown(bell, "status")))
    assert "The last poll was 5h ago: is the daemon running?" in text


def test_watching_redraws_when_something_changes_and_q_quits(bell: Bell) -> None:
    bell.poll(bell.job("one", progress=0.25))
    with terminal(bell, "status", "--watch") as made:
        made.read_until("25.0%")
        bell.poll(bell.job("one", progress=0.75))
        made.read_until("75.0%")
        made.type(b"q")
        made.read_all()
        assert made.process.returncode == 0
        assert "Traceback" not in made.output


def test_watching_shows_the_signs_that_the_status_has(bell: Bell) -> None:
    bell.poll(bell.job("one"))
    bell.poll(bell.job("one", "FAILED"))
    with terminal(bell, "status", "--watch") as made:
        made.read_until("✗")
        made.type(b"q")
        made.read_all()


@pytest.mark.parametrize("keyboard", [True, False])
def test_control_c_ends_watching(bell: Bell, *, keyboard: bool) -> None:
    bell.poll(*(bell.job(each) for each in uuids(100)))
    with terminal(bell, "status", "--watch", keyboard=keyboard) as made:
        made.read_until("q quits")
        made.process.send_signal(signal.SIGINT)
        made.read_all()
        assert made.process.returncode == 130
        assert "Traceback" not in made.output


def test_waiting_shows_a_bar_that_moves_and_is_gone_at_the_end(bell: Bell) -> None:
    first, second = uuids(2)
    with daemon_lock(bell.database.path):
        bell.poll(bell.job(first, progress=0.25), bell.job(second, progress=0.5))
        with terminal(bell, "wait", first[:8], second[:8]) as waiting:
            waiting.read_until("25.0%")
            waiting.read_until("0 of 2 done; Ctrl-C ends it")
            later = bell.started + timedelta(minutes=1)
            bell.poll(bell.job(first, progress=0.75), bell.job(second, "COMPLETED"), at=later)
            waiting.read_until("75.0%")
            waiting.read_until("1 of 2 done")
            bell.poll(
                bell.job(first, "FAILED"),
                bell.job(second, "COMPLETED"),
                at=later + timedelta(minutes=1),
            )
            output = waiting.read_all()
            assert waiting.process.returncode == 3
    told = [line for line in lines(output) if line.startswith((first, second))]
    assert f"{second}  COMPLETED 50.0%" in told
    assert f"{first}  FAILED 50.0%" in told
    # What moved is erased: the cursor goes up and each line is cleared.
    assert output.rstrip().endswith("\x1b[?25h") or "\x1b[2K" in output


def test_in_the_log_of_a_build_waiting_says_a_line_for_each_status(bell: Bell) -> None:
    (job_id,) = uuids(1)
    bell.poll(bell.job(job_id, progress=0.25), at=bell.ago(minutes=1))
    bell.poll(bell.job(job_id, "COMPLETED", progress=1.0))
    output = shown(bell, "wait", job_id, CI="true")
    assert lines(output) == ["COMPLETED 100.0%"]
    assert "\x1b" not in output


def test_control_c_ends_waiting_and_shows_the_cursor_again(bell: Bell) -> None:
    (job_id,) = uuids(1)
    with daemon_lock(bell.database.path):
        bell.poll(bell.job(job_id))
        with terminal(bell, "wait", job_id) as waiting:
            waiting.read_until("Ctrl-C ends it")
            os.killpg(waiting.process.pid, signal.SIGINT)
            output = waiting.read_all()
    assert waiting.process.returncode == 130
    assert "Traceback" not in output
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l")


def test_many_jobs_that_are_waited_for_leave_room(bell: Bell) -> None:
    ids = uuids(60)
    with daemon_lock(bell.database.path):
        bell.poll(*(bell.job(each) for each in ids))
        with terminal(bell, "wait", *ids) as waiting:
            output = waiting.read_until("40 more not shown")
    assert max(map(len, lines(output))) <= 80


def test_a_jobs_progress_is_a_line_of_signs(bell: Bell) -> None:
    for minutes in (50, 40, 30, 20, 10):
        bell.poll(bell.job("moving", progress=1 - minutes / 60), at=bell.ago(minutes=minutes))
    drawn = next(line for line in lines(shown(bell, "show", "moving")) if "Over time" in line)
    # With days where the times are of two: this may run at midnight.
    time = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d"
    signs = f"[▁▂▃▄▅▆▇█]{{{WIDTH}}}"
    assert re.search(rf" {time} 16\.7% {signs} 83\.3% {time} UTC$", drawn)
    assert len(drawn) <= 80


def test_a_line_of_signs_over_two_days_fits_too(bell: Bell) -> None:
    for hours in (30, 20, 10, 1):
        bell.poll(
            bell.job("moving", progress=1 - (hours - 1) / 60), at=bell.ago(minutes=60 * hours)
        )
    drawn = next(line for line in lines(shown(bell, "show", "moving")) if "Over time" in line)
    assert drawn.count("-") == 4
    assert "100.0%" in drawn
    assert len(drawn) <= 80


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("command", [("status", "--watch"), ("wait",)], ids=" ".join)
def test_whatever_ends_it_the_terminal_is_as_it_was(
    bell: Bell, command: tuple[str, ...], number: signal.Signals
) -> None:
    (job_id,) = uuids(1)
    with daemon_lock(bell.database.path):
        bell.poll(bell.job(job_id))
        arguments = [*command, job_id] if command == ("wait",) else [*command]
        with terminal(bell, *arguments) as made:
            made.read_until("Ctrl-C ends it" if command == ("wait",) else "q quits")
            made.process.send_signal(number)
            output = made.read_all()
            assert made.process.returncode == 128 + number
            assert made.modes == made.first_modes
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l")
    assert output.count("\x1b[?1049l") == output.count("\x1b[?1049h")


@pytest.mark.parametrize("width", [30, 40, 80])
def test_a_narrow_terminal_still_says_how_far_a_job_is(bell: Bell, width: int) -> None:
    ids = uuids(2)
    with daemon_lock(bell.database.path):
        bell.poll(*(bell.job(each, "VALIDATING", progress=0.25) for each in ids))
        with terminal(bell, "wait", *ids, width=width) as waiting:
            waiting.read_until("25.0%  VALIDATING")
            later = bell.started + timedelta(minutes=1)
            bell.poll(*(bell.job(each, "COMPLETED") for each in ids), at=later)
            output = waiting.read_all()
    bars = [line for line in lines(output) if "25.0%" in line and len(line) <= width]
    assert {line.split()[0] for line in bars} >= {each[:8] for each in ids}
    # A line that stays is one line, to be copied.
    assert f"{ids[0]}  COMPLETED 50.0%" in lines(output)


def test_of_what_several_were_told_a_limit_leaves_out_those_that_were_told_before(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="early"), Filter(channel="late"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=90))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=80))
    bell.deliver("early", SENT, at=bell.ago(minutes=79))
    bell.deliver("late", SENT, at=bell.ago(minutes=9))
    # What `early` was sent besides is not among the last: half of it would be no list.
    last = shown(bell, "deliveries", "--limit", "1", width=100)
    assert re.search(r"(?m)  no. \d  late$", "\n".join(lines(last)))
    assert "early" not in last
    assert "early" in shown(bell, "deliveries", width=100)


def test_who_was_told_stands_in_the_order_of_time_and_a_warning_after_the_end_is_no_success(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="late"), Filter(channel="mid"), Filter(channel="soon"))
    (job_id,) = uuids(1)
    due = bell.ago(minutes=-30)
    bell.poll(bell.job(job_id, progress=0.1, job_deadline=due), at=bell.ago(minutes=59))
    bell.poll(bell.job(job_id, progress=0.1, job_deadline=due), at=bell.ago(minutes=50))
    bell.deliver("soon", SENT, at=bell.ago(minutes=49))
    bell.deliver("mid", SENT, at=bell.ago(minutes=45))
    ended = bell.job(job_id, "FAILED", job_deadline=due, completed_at=bell.ago(minutes=20))
    bell.poll(ended, at=bell.ago(minutes=20))
    bell.deliver("late", SENT, at=bell.ago(minutes=9))
    explained = shown(bell, "explain", job_id, width=120)
    plain = lines(explained)
    at = next(at for at, line in enumerate(plain) if "DEADLINE in" in line)
    told = [line.split() for line in plain[at + 1 : at + 4]]
    assert [each[-1] for each in told] == ["soon", "mid", "late"]
    assert [each[0] for each in told] == ["✓", "✓", "!"]
    assert "after its end" in plain[at + 3]
    assert "told 2 of 3, 1 too late" in "\n".join(lines(shown(bell, "show", job_id)))
