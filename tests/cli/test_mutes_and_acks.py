"""`ack`, `mute` and `unmute`, and what the reading commands show of them."""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.mute import Mute
from batchbell.core.routing import Filter
from batchbell.store import mutes
from batchbell.usecases.remind import remind
from tests.came_back import partial, put
from tests.cli.filled import HOUR, REFUSED, SENT, Bell, uuids

if TYPE_CHECKING:
    from datetime import datetime

TEAM = Filter(channel="team", remind_every=HOUR)
FIRST, SECOND = uuids(2)
#: Its short name is "big".
MODEL = "qwen/big"
ENDS_IN_PART = [("COMPLETED", "COMPLETED WITH ERRORS"), ("CANCELLED", "CANCELLED")]


@pytest.fixture
def failed(bell: Bell) -> Bell:
    """Two jobs, of which the first has failed, and the team was told."""
    bell.configure(TEAM)
    first, second = (bell.job(job_id, model_id=MODEL) for job_id in (FIRST, SECOND))
    bell.poll(first, second, at=bell.ago(hours=5))
    bell.poll(
        replace(first, status="FAILED", error="bad line", completed_at=bell.ago(hours=4)),
        second,
        at=bell.ago(hours=4),
    )
    bell.deliver("team", SENT, at=bell.ago(hours=4))
    return bell


def missed_its_deadline(bell: Bell) -> None:
    """Tell the team of a running job whose deadline passed while it was watched."""
    bell.configure(TEAM)
    late = bell.job(FIRST, model_id=MODEL, job_deadline=bell.ago(hours=3))
    bell.poll(late, at=bell.ago(hours=4))
    bell.poll(late, at=bell.ago(hours=2.9))
    bell.deliver("team", SENT, at=bell.ago(hours=2.9))


def end_in_part(bell: Bell, status: str) -> None:
    files = {"output_file_id": "file-1", "error_file_id": "file-2"}
    ended = bell.job(FIRST, status, model_id=MODEL, job_deadline=bell.ago(hours=3), **files)
    bell.poll(ended, at=bell.ago(hours=1))


def fail_again(bell: Bell, *, at: datetime | None = None) -> None:
    """Let the second job fail."""
    ended = bell.job(SECOND, "FAILED", model_id=MODEL)
    bell.poll(bell.job(FIRST, "FAILED", model_id=MODEL), ended, at=at)


DONE = f"✓ acknowledged: input · {FIRST}"


#: A time of day, with its day if that is another one.
MOMENT = r"(\d{4}-\d\d-\d\d )?\d\d:\d\d UTC"


class TestAck:
    def test_it_says_what_it_acknowledged(self, failed: Bell) -> None:
        done = failed.run("ack", "00000001")
        assert done.exit_code == 0
        assert done.output.startswith(f"✓ acknowledged: input · {FIRST}, FAILED ")
        assert (
            ", bad line\n  no reminders any more, and status asks nothing about it\n" in done.output
        )
        again = failed.run("ack", FIRST)
        assert again.exit_code == 0
        assert again.output.startswith("acknowledged already, ")

    def test_until_then_the_failure_comes_first_in_the_status(self, failed: Bell) -> None:
        before = failed.run("status").output
        assert "not acknowledged" in before
        assert before.index(FIRST) < before.index(SECOND)
        failed.run("ack", FIRST)
        after = failed.run("status").output
        assert "not acknowledged" not in after
        assert after.index(SECOND) < after.index(FIRST)

    def test_what_the_first_poll_found_failed_asks_for_no_look(self, bell: Bell) -> None:
        bell.poll(bell.job(FIRST, "FAILED"))
        assert "not acknowledged" not in bell.run("status").output

    def test_what_the_first_poll_found_cancelled_is_on_no_list(self, bell: Bell) -> None:
        bell.poll(bell.job(FIRST, "CANCELLED", completed_at=bell.ago(hours=2)))
        status = bell.run("status").output
        assert FIRST in status
        assert "to submit" not in status
        assert "To take what has ended" not in status
        assert "Take it off the list" not in bell.run("show", FIRST).output
        assert "has nothing to acknowledge" in bell.run("ack", FIRST).output

    def test_it_ends_the_reminders(self, failed: Bell) -> None:
        failed.run("ack", FIRST)
        assert remind(failed.database, filters=[TEAM], now=failed.started) is None

    def test_a_job_without_a_failure_is_a_sentence_and_no_error(self, failed: Bell) -> None:
        done = failed.run("ack", SECOND)
        assert done.exit_code == 0
        assert done.output == (
            f"input · {SECOND} has nothing to acknowledge: no end of it asks for anything\n"
        )

    def test_an_end_in_part_is_taken_off_the_list_too(self, failed: Bell) -> None:
        failed.poll(failed.job(SECOND, "CANCELLED", completed_at=failed.ago(minutes=1)))
        step = f"Take it off the list: batchbell ack -- {SECOND}"
        assert step in failed.run("show", SECOND).output
        done = failed.run("ack", SECOND)
        assert done.output.startswith(f"✓ acknowledged: input · {SECOND}, CANCELLED ")
        assert step not in failed.run("show", SECOND).output
        assert failed.run("ack", SECOND).output.startswith("acknowledged already, ")

    @pytest.mark.parametrize(("status", "said"), ENDS_IN_PART)
    def test_a_later_end_is_to_be_acknowledged_anew(
        self, bell: Bell, status: str, said: str
    ) -> None:
        missed_its_deadline(bell)
        assert bell.run("ack", FIRST).output.startswith(f"{DONE}, DEADLINE MISSED ")
        end_in_part(bell, status)
        assert "acknowledged;" not in bell.run("status").output
        assert f"Take it off the list: batchbell ack -- {FIRST}" in bell.run("show", FIRST).output
        assert remind(bell.database, filters=[TEAM], now=bell.started) is None
        assert bell.run("ack", FIRST).output.startswith(f"{DONE}, {said} ")
        assert "To take what has ended" not in bell.run("status").output

    @pytest.mark.parametrize(("status", "said"), ENDS_IN_PART)
    def test_an_acknowledged_end_is_what_happened_last(
        self, bell: Bell, status: str, said: str
    ) -> None:
        missed_its_deadline(bell)
        end_in_part(bell, status)
        assert bell.run("ack", FIRST).output.startswith(f"{DONE}, {said} ")
        assert "To take what has ended" not in bell.run("status").output
        assert bell.run("ack", FIRST).output.startswith("acknowledged already, ")
        assert remind(bell.database, filters=[TEAM], now=bell.started) is None

    def test_so_is_a_good_end_of_which_a_part_came_back(self, bell: Bell) -> None:
        missed_its_deadline(bell)
        bell.run("ack", FIRST)
        ended = bell.job(FIRST, "COMPLETED", model_id=MODEL, output_file_id="file-1")
        bell.poll(ended, at=bell.ago(hours=1))
        put(bell.database, partial(ended))
        assert bell.run("ack", FIRST).output.startswith(f"{DONE}, COMPLETED")

    def test_what_completed_whole_has_nothing_to_acknowledge(self, failed: Bell) -> None:
        failed.poll(failed.job(SECOND, "COMPLETED", output_file_id="file-1"))
        assert "no end of it asks for anything" in failed.run("ack", SECOND).output

    def test_a_job_that_completed_since_has_nothing_left(self, failed: Bell) -> None:
        failed.poll(failed.job(FIRST, "COMPLETED", output_file_id="file-1"))
        done = failed.run("ack", FIRST)
        assert done.exit_code == 0
        assert "nothing to acknowledge: it has completed since FAILED" in done.output

    def test_an_unknown_and_an_ambiguous_id_are_wrong_usage(self, failed: Bell) -> None:
        unknown, ambiguous = failed.run("ack", "nope"), failed.run("ack", "0000000")
        assert (unknown.exit_code, ambiguous.exit_code) == (2, 2)
        assert "begins with 'nope'" in unknown.output

    def test_the_reading_commands_show_it(self, failed: Bell) -> None:
        failed.run("ack", FIRST)
        assert "\nAcknowledged  " in failed.run("show", FIRST).output
        assert "\nacknowledged 2" in failed.run("explain", FIRST).output
        assert "acknowledged; bad line" in failed.run("status").output
        jobs = json.loads(failed.run("status", "--json").output)["jobs"]
        by_id = {job["id"]: job["acknowledged_at"] for job in jobs}
        assert by_id[FIRST].endswith("Z")
        assert by_id[SECOND] is None


class TestMute:
    def test_what_falls_into_it_is_said(self, bell: Bell) -> None:
        def said(*arguments: str) -> str:
            return bell.run("mute", *arguments).output.splitlines()[1]

        soon = bell.job(FIRST, job_deadline=bell.ago(minutes=-22.5))
        bell.poll(soon, bell.job(SECOND, job_deadline=bell.ago(hours=1)))
        assert said(FIRST, "--for", "6h") == "! its deadline in 22m and its end ring nobody"
        assert said(FIRST, "--for", "9m") == "i its end rings nobody"
        assert said(SECOND, "--for", "6h") == "i its end rings nobody"
        bell.poll(soon, bell.job(SECOND, job_deadline=bell.ago(hours=-1)))
        assert said("--account", "default", "--for", "6h") == (
            "! 2 deadlines (the first in 22m) and the ends of 2 running jobs ring nobody"
        )
        bell.poll(bell.job(FIRST, "FAILED"), bell.job(SECOND))
        assert said(FIRST, "--for", "6h") == "i nothing new of it rings"

    def test_no_command_is_made_of_an_id_that_a_shell_would_read(self, bell: Bell) -> None:
        bell.poll(bell.job("$(reboot)"))
        assert "batchbell" not in bell.run("mute", "$(reboot)", "--for", "6h").output
        assert "batchbell" not in bell.run("status").output.partition("MUTED")[2]
        done = bell.run("unmute", "$(reboot)").output
        assert done.endswith("What happened meanwhile: batchbell events\n")

    def test_a_mute_of_a_job_that_is_gone_goes_by_its_id(self, bell: Bell) -> None:
        gone = Mute(job_id="gone", account="old", muted_at=bell.started, until=bell.ago(hours=-6))
        with bell.database.write() as connection:
            mutes.save(connection, gone)
        assert "\njob gone of account old" in bell.run("mute", "--list").output

    def test_a_job_is_muted_and_explain_says_so(self, failed: Bell) -> None:
        done = failed.run("mute", "00000002", "--for", "6h")
        assert done.exit_code == 0
        assert re.match(rf"✓ muted until {MOMENT} \(in 6h\): ", done.output)
        first, *more = done.output.splitlines()
        assert first.endswith(f"(in 6h): input · {SECOND} of account default")
        assert more == ["i its end rings nobody", f"    Unmute: batchbell unmute -- {SECOND}"]
        fail_again(failed)
        explained = failed.run("explain", SECOND).output
        assert re.search(r"not told +team: muted until 2", explained)
        assert re.search(f"\nmuted until {MOMENT}", explained)
        assert "\nMuted " in failed.run("show", SECOND).output

    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            (("--model", "qwen/*"), "jobs on models qwen/*"),
            (("--account", "default"), "all jobs of account default"),
            (
                ("--model", "other*", "--account", "default"),
                "jobs on models other* of account default",
            ),
        ],
    )
    def test_models_and_accounts_are_muted(
        self, failed: Bell, scope: tuple[str, ...], words: str
    ) -> None:
        whose, untold, undo = failed.run("mute", *scope, "--for", "2d").output.splitlines()
        assert whose.endswith(words)
        assert undo == f"    Unmute: batchbell unmute {shlex.join(scope)}"
        assert untold == (
            "i their ends ring nobody"
            if "other*" in scope
            else "! 1 deadline (in 23h) and the ends of 1 running job ring nobody"
        )
        fail_again(failed)
        muted = "muted until" in failed.run("explain", SECOND).output.partition("failed")[2]
        assert muted == ("other*" not in scope)

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ((FIRST,), "say for how long"),
            (("--for", "6h"), "name a JOB_ID, a --model or an --account"),
            ((FIRST, "--model", "x", "--for", "6h"), "not both"),
            (("--model", " ", "--for", "6h"), "--model is empty"),
            (("--account", "prod", "--for", "6h"), "there is default"),
            (("nope", "--for", "6h"), "begins with 'nope'"),
            (("--account", "default", "--for", "0s"), "must be 1m to 365d"),
            (("--account", "default", "--for", "366d"), "must be 1m to 365d"),
            (("--account", "default", "--for", "soon"), "not a duration"),
            (("--list", "--for", "6h"), "--list goes alone"),
        ],
    )
    def test_what_makes_no_sense_is_wrong_usage(
        self, failed: Bell, arguments: tuple[str, ...], complaint: str
    ) -> None:
        done = failed.run("mute", *arguments)
        assert done.exit_code == 2
        assert complaint in done.output
        assert failed.run("mute", "--list").output == "Nothing is muted.\n"

    def test_the_list_shows_what_is_muted_now_the_next_to_end_first(self, failed: Bell) -> None:
        failed.run("mute", "--account", "default", "--for", "2d")
        failed.run("mute", FIRST, "--for", "6h")
        lines = failed.run("mute", "--list").output.splitlines()
        assert lines[1].startswith(f"input · {FIRST} of account default")
        assert lines[2].startswith("all jobs of account default")
        listed = json.loads(failed.run("mute", "--list", "--json").output)
        assert [(one["account"], one["model"], one["job_id"]) for one in listed] == [
            ("default", None, FIRST),
            ("default", None, None),
        ]
        assert listed[0]["muted_at"] < listed[0]["until"]

    def test_of_a_job_that_is_to_be_cancelled_it_says_so(self, bell: Bell) -> None:
        stuck = bell.job("stuck", progress=0.1, job_deadline=bell.ago(minutes=-9))
        bell.poll(stuck, bell.job("runs"), at=bell.ago(hours=2))
        bell.poll(stuck, bell.job("runs"), at=bell.ago(minutes=1))
        cancel = "    It is still to be cancelled now: batchbell cancel -- stuck\n"
        assert bell.run("mute", "stuck", "--for", "6h").output.endswith(cancel)
        assert "cancel" not in bell.run("mute", "runs", "--for", "6h").output

    def test_status_shows_the_mutes_and_the_jobs_they_cover(self, failed: Bell) -> None:
        failed.run("mute", SECOND, "--for", "6h")
        shown = failed.run("status").output
        (row,) = (line for line in shown.splitlines() if line.startswith(SECOND))
        assert re.search(f"muted until {MOMENT}", row)
        assert re.search(rf"\ninput · {SECOND} of account default  until {MOMENT}", shown)
        assert shown.endswith(f"(in 5h 59m); its end rings nobody; batchbell unmute -- {SECOND}\n")
        assert "\nMUTED" in shown
        jobs = json.loads(failed.run("status", "--json").output)["jobs"]
        assert [job["muted_until"] is None for job in jobs] == [True, False]

    @pytest.mark.parametrize("width", [140, 80, 56])
    def test_on_a_terminal_no_word_is_parted(
        self, failed: Bell, width: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for module in ("hanging", "output"):
            monkeypatch.setattr(f"batchbell.cli.terminal.{module}.on_terminal", lambda: True)
        for module in ("mute", "terminal.called"):
            monkeypatch.setattr(f"batchbell.cli.{module}.on_terminal", lambda: True)
        monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((width, 24)))
        done = failed.run("mute", SECOND, "--for", "6h").output.splitlines()
        listed = failed.run("mute", "--list").output.splitlines()
        ended = failed.run("unmute", SECOND).output.splitlines()
        assert len(listed) >= len(("whose", "until", "meanwhile", "unmute"))
        for lines in (done, listed, ended):
            # A command is never parted.
            assert max(len(line) for line in lines if SECOND not in line) <= width
            assert "input · 00000002" in " ".join(line.strip() for line in lines)
            assert "account default" in " ".join(line.strip() for line in lines)

    def test_it_counts_by_the_apis_clock(self, failed: Bell) -> None:
        failed.poll(failed.job(FIRST, "FAILED"), skew=timedelta(hours=2))
        failed.run("mute", "--account", "default", "--for", "6h")
        (mute,) = json.loads(failed.run("mute", "--list", "--json").output)
        assert mute["until"] < failed.ago(hours=-5).isoformat()


class TestUnmute:
    def test_it_ends_the_mute_that_is_named_and_shows_the_others(self, failed: Bell) -> None:
        failed.run("mute", FIRST, "--for", "6h")
        failed.run("mute", "--model", "qwen/*", "--for", "6h")
        done = failed.run("unmute", FIRST)
        assert done.exit_code == 0
        lines = done.output.splitlines()
        assert lines[:2] == [
            f"✓ unmuted: input · {FIRST} of account default",
            f"    What happened meanwhile: batchbell events --job {FIRST}",
        ]
        assert lines[2].startswith("i still muted until ")
        assert lines[2].endswith("jobs on models qwen/*")
        assert "unmuted: jobs on models" in failed.run("unmute", "--model", "qwen/*").output
        assert failed.run("mute", "--list").output == "Nothing is muted.\n"

    def test_all_ends_every_mute(self, failed: Bell) -> None:
        failed.run("mute", FIRST, "--for", "6h")
        failed.run("mute", "--account", "default", "--for", "6h")
        assert failed.run("unmute", "--all").output.count("unmuted: ") == 2
        assert failed.run("unmute", "--all").output == "nothing was muted\n"

    def test_a_mute_that_is_not_there_is_a_sentence_and_no_error(self, failed: Bell) -> None:
        done = failed.run("unmute", "--account", "default")
        assert (done.exit_code, done.output) == (0, "there was no such mute\n")

    @pytest.mark.parametrize("arguments", [(), ("--all", FIRST), (FIRST, "--model", "x")])
    def test_what_makes_no_sense_is_wrong_usage(
        self, failed: Bell, arguments: tuple[str, ...]
    ) -> None:
        assert failed.run("unmute", *arguments).exit_code == 2


class TestReminders:
    def test_show_counts_them_and_explain_names_each(self, failed: Bell) -> None:
        for hours in (3, 2):
            remind(failed.database, filters=[TEAM], now=failed.ago(hours=hours))
            failed.deliver("team", SENT, at=failed.ago(hours=hours))
        shown = failed.run("show", FIRST).output
        assert re.search(r"reminded .* UTC \(2h .*ago\), the last of 2 reminders +team", shown)
        timeline = failed.run("explain", FIRST).output.partition("batch.failed")[2]
        assert timeline.count("reminded") == 2
        (event,) = (
            one
            for one in json.loads(failed.run("explain", FIRST, "--json").output)["events"]
            if one["kind"] == "batch.failed"
        )
        assert [one["reminder"] for one in event["deliveries"]] == [False, True, True]
        assert all(one["attempt_log"] for one in event["deliveries"])

    def test_one_given_up_asks_for_nothing(self, failed: Bell) -> None:
        remind(failed.database, filters=[TEAM], now=failed.ago(hours=3))
        failed.deliver("team", REFUSED, at=failed.ago(hours=3))
        assert re.search(r"reminder given up .* +team", failed.run("explain", FIRST).output)
        assert "deliveries retry" not in failed.run("explain", FIRST).output
        assert "1 (reminder)" in failed.run("deliveries").output
        assert "given up (" not in failed.run("status").output
        refused = failed.run("deliveries", "retry", "2")
        assert refused.exit_code == 2
        assert "is a reminder, which comes again by itself" in refused.output
