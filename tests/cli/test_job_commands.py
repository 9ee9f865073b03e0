from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import Severity
from batchbell.core.routing import Filter
from batchbell.messages.plain_text import short_times, utc_time
from batchbell.store import channels
from tests.cli.filled import BUSY, REFUSED, SENT, Bell

if TYPE_CHECKING:
    from datetime import datetime

PAIR = ("c3b1a9d2-2f43-4f0f-8d77-111111111111", "c3b1a9d2-2f43-4f0f-8d77-222222222222")
COMMANDS = ("show", "explain", "events --job")


@pytest.fixture
def told(bell: Bell) -> Bell:
    """A job that failed: one channel was told, one is busy, one refused, two were not told."""
    bell.configure(
        Filter(channel="team"),
        Filter(channel="busy"),
        Filter(channel="gone"),
        Filter(channel="ops", events=("account.*",)),
        Filter(channel="quiet", min_severity=Severity.FAILURE, models=("other/*",)),
    )
    bell.poll(bell.job(PAIR[0]), bell.job(PAIR[1]), at=bell.ago(minutes=60))
    failed = bell.job(PAIR[0], "FAILED", error="line 3: invalid JSON", file_size_bytes=2_237_747)
    bell.poll(failed, bell.job(PAIR[1]), at=bell.ago(minutes=50))
    bell.deliver("team", BUSY, at=bell.ago(minutes=49))
    bell.deliver("team", SENT, at=bell.ago(minutes=48))
    bell.deliver("busy", BUSY, at=bell.ago(minutes=47))
    bell.filters = ()
    bell.deliver("gone", REFUSED, at=bell.ago(minutes=46))
    return bell


def outcome_line(explained: str) -> str:
    """Return what became of a job, and how many know it: that stands below what to do."""
    return explained.split("\n\n")[1].splitlines()[0]


def test_show_tells_all_fields_and_who_was_told(told: Bell) -> None:
    output = told.run("show", PAIR[0]).output
    assert output.splitlines()[:8] == [
        f"input · {PAIR[0][:8]}  FAILED, nothing came back, ended 50m ago",
        "line 3: invalid JSON",
        "Repair line 3 of input.jsonl and submit it again.",
        f"    1 Write a file of all requests: batchbell retry -- {PAIR[0]}",
        "    2 Repair it: line 3 (the same line as in input.jsonl)",
        "    3 Submit it: retry prints the command for it",
        f"    4 Take it off the list: batchbell ack -- {PAIR[0]}",
        "",
    ]
    assert f"Job         {PAIR[0]}" in output
    # Its first line has it.
    assert not re.search(r"^Status ", output, re.MULTILINE)
    assert re.search(r"Ended +\S+ \S+ UTC \(50m ago\)\n", output)
    assert "(50m ago)" in output
    assert "line 3: invalid JSON" in output
    assert "file-input, 2,237,747 bytes" in output
    assert "batch.failed" in output
    assert re.search(r"told .* after 2 attempts +team: receiver answered 503", output)
    fails = r"its receiver fails since .* UTC \(receiver answered 503\)"
    assert re.search(rf"waits, next attempt now +busy: {fails}", output)
    assert re.search(r"given up 4\dm ago +gone: receiver answered 404", output)
    assert re.search(r"(?m)^    Test busy: batchbell notify-test busy$", output)
    assert re.search(
        r"(?m)^ +Send this message again, once gone takes it: batchbell deliveries retry \d+$",
        output,
    )


def test_show_begins_with_what_a_status_would_hide(bell: Bell) -> None:
    ended = {"completed_at": bell.ago(minutes=20), "output_file_id": "file-o"}
    bell.poll(
        bell.job("flawed", "COMPLETED", error_file_id="file-e", **ended),
        bell.job("fine", "COMPLETED", **ended),
        bell.job("nothing", "COMPLETED", completed_at=bell.ago(minutes=20)),
        bell.job("late", job_deadline=bell.ago(minutes=5)),
    )
    begins = {
        "flawed": "COMPLETED WITH ERRORS, ended 20m ago",
        "fine": "COMPLETED, ended 20m ago",
        "nothing": "COMPLETED WITHOUT OUTPUT, ended 20m ago",
        "late": "IN_PROGRESS, overdue 5m",
    }
    for job, how in begins.items():
        assert bell.run("show", job).output.splitlines()[0] == f"input · {job}  {how}"


def test_show_has_the_commands_for_what_helps_below_it(bell: Bell) -> None:
    files = {"output_file_id": "file-o", "error_file_id": "file-e"}
    late_job = bell.job("late", progress=0.0, job_deadline=bell.ago(minutes=5))
    bell.poll(bell.job("ended", "COMPLETED", **files), late_job)
    assert "\n    Fetch files: batchbell fetch -- ended\n\n" in bell.run("show", "ended").output
    late = bell.run("show", "late").output
    cancels = "    1 Cancel it: batchbell cancel -- late"
    again = "    2 Write a file of all requests, once it is cancelled: batchbell retry -- late"
    submit = "    3 Submit it: retry prints the command for it"
    ack = "    4 Take it off the list: batchbell ack -- late"
    assert f"and it may expire at any time.\n{cancels}\n{again}\n{submit}\n{ack}\n\n" in late
    bell.poll(bell.job("it's `odd`", "COMPLETED", **files))
    assert "batchbell" not in bell.run("show", "it's").output.partition("Timeline")[0]


def test_a_failure_that_somebody_acknowledged_needs_no_ack(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=10))
    assert "    3 Take it off the list: batchbell ack -- one\n" in bell.run("show", "one").output
    bell.run("ack", "one")
    assert "batchbell ack" not in bell.run("show", "one").output


def test_show_says_so_when_nothing_has_happened(told: Bell) -> None:
    output = told.run("show", PAIR[1]).output
    assert "No events: it was already there at the first poll" in output


def test_show_has_the_name_of_an_input_file_alone_in_its_line(bell: Bell) -> None:
    bell.poll(bell.job("one", file_size_bytes=2_237_747))
    output = bell.run("show", "one").output
    assert "\nInput name  input.jsonl\n" in output
    assert "\nInput file  file-input, 2,237,747 bytes\n" in output


def test_show_has_one_figure_for_how_long_a_job_stands_still(bell: Bell) -> None:
    for minutes in (90, 60, 30, 0):
        bell.poll(bell.job("one", progress=0.25), at=bell.ago(minutes=minutes))
    output = bell.run("show", "one").output
    assert "no progress for" in output
    assert re.search(r"Progress  +25\.0% since \d{4}-\d\d-\d\d \d\d:\d\d UTC\n", output)


def test_show_draws_no_progress_that_never_moved(bell: Bell) -> None:
    bell.poll(bell.job("one", progress=0.25), at=bell.ago(minutes=20))
    assert "Over time" not in bell.run("show", "one").output
    bell.poll(bell.job("one", progress=0.5), at=bell.ago(minutes=10))
    assert re.search(r"Over time  +.* 25\.0% .* 50\.0% ", bell.run("show", "one").output)


def test_show_knows_an_overdue_and_a_vanished_job(bell: Bell) -> None:
    job = bell.job("lost", job_deadline=bell.ago(minutes=5), progress=None)
    bell.poll(job, at=bell.ago(minutes=50))
    for minutes in (30, 20, 10):
        bell.poll(at=bell.ago(minutes=minutes))
    output = bell.run("show", "lost").output
    assert "(5m ago), and it is not finished" in output
    assert "no longer, since " in output
    assert "told to nobody" in output


def test_show_of_a_failed_job_begins_with_its_error(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    assert "no such column" not in bell.run("show", "one").output
    bell.poll(bell.job("one", "FAILED", error="no such column"), at=bell.ago(minutes=10))
    assert bell.run("show", "one").output.splitlines()[1] == "no such column"


def test_show_says_why_nobody_was_told_and_leaves_out_the_deadline_of_what_ended(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="ops", events=("channel.*",)))
    bell.poll(bell.job("one", job_deadline=bell.ago(hours=-5)), at=bell.ago(minutes=20))
    assert "\nDeadline " in bell.run("show", "one").output
    bell.poll(bell.job("one", "FAILED", job_deadline=bell.ago(hours=-5)), at=bell.ago(minutes=10))
    output = bell.run("show", "one").output
    assert re.search(r"i not told +ops: its events leave out batch.failed", output)
    assert "Who was told, and who not, and why:\n    batchbell explain -- one\n" in output
    assert "\nDeadline " not in output


def test_show_leaves_it_to_explain_who_does_not_ask_for_what_is_no_trouble(bell: Bell) -> None:
    bell.configure(Filter(channel="ops"))
    bell.poll(at=bell.ago(minutes=30))
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    assert "not told" not in bell.run("show", "one").output.partition("Who was told")[0]
    explained = bell.run("explain", "one").output
    assert re.search(r"not told +ops: its events leave out batch.created", explained)


def test_explain_has_a_line_for_the_channels_that_were_told_in_the_same_minute(bell: Bell) -> None:
    bell.configure(Filter(channel="oncall"), Filter(channel="team"), Filter(channel="gone"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=20))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=10))
    for channel, outcome in (("oncall", SENT), ("team", SENT), ("gone", REFUSED)):
        bell.deliver(channel, outcome, at=bell.ago(minutes=9))
    output = bell.run("explain", "one").output
    assert re.search(r"told .* UTC \(9m ago\) +oncall, team \(deliveries \d+, \d+\)\n", output)
    assert re.search(r"given up 9m ago +gone \(delivery \d+\): receiver answered 404", output)


def test_explain_tells_every_attempt_and_why_a_channel_was_not_told(told: Bell) -> None:
    output = told.run("explain", PAIR[0]).output
    outcome = outcome_line(output)
    how_many = "told 1 of 3, 1 given up, 1 fails, 2 not told"
    assert outcome == f"FAILED {at(told.ago(minutes=50), told)}: {how_many}"
    ops = '"batch.failed" among channels.ops.events'
    assert f"\n    To tell ops of such, configure: {ops}\n" in output
    assert re.search(
        r"\n    Send this message again, once gone takes it: batchbell deliveries retry \d+\n",
        output,
    )
    assert re.search(r"told .* after 2 attempts +team", output)
    assert ", 0.0 s, failed: receiver answered 503" in output
    assert ", 0.0 s, delivered" in output
    assert re.search(r"not told +ops: its events leave out batch.failed", output)
    assert re.search(r"not told +quiet: it takes only models like other/\*, not meta-", output)
    assert "`" not in output


def test_explain_tells_a_warnings_deadline_and_when_it_was_noticed(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    due = bell.ago(minutes=-45)
    bell.poll(bell.job("one", job_deadline=due), at=bell.ago(minutes=9))
    bell.poll(bell.job("one", job_deadline=due), at=bell.ago(minutes=8))
    output = bell.run("explain", "one").output
    heading, helps, *_ = output.splitlines()
    outcome = outcome_line(output)
    assert helps.startswith("Let it run: ")
    assert re.fullmatch(r"input · one  IN_PROGRESS, due in 4\dm", heading)
    noticed = bell.ago(minutes=9)
    assert outcome.startswith(
        f"DEADLINE NEAR, due {at(due, bell)}, noticed {at(noticed, bell)}: told 0 of 1, 1 waits"
    )


def test_explain_says_of_a_warning_that_its_job_will_be_late(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    job = bell.job("one", progress=0.4, job_deadline=bell.ago(minutes=-5))
    for minutes in (80, 60, 40, 20, 8):
        bell.poll(job, at=bell.ago(minutes=minutes))
    output = bell.run("explain", "one").output
    _, helps, *_ = output.splitlines()
    outcome = outcome_line(output)
    assert helps.startswith("Cancel it now and submit the rest")
    # What to do stands before who was told.
    assert (
        "\n    1 Cancel it: batchbell cancel -- one\n    All steps: batchbell show -- one\n\nD"
        in output
    )
    assert re.match(
        r"DEADLINE NEAR, can't make its .*\d\d:\d\d UTC deadline: 60\.0% are left to do in 13m, no",
        outcome,
    )
    assert f", noticed {at(bell.ago(minutes=8), bell)}" in outcome


def test_who_waits_behind_a_failing_receiver_says_so_once_and_how_to_test_it(
    bell: Bell,
) -> None:
    bell.configure(Filter(channel="pager"))
    bell.poll(bell.job("one"), bell.job("two"), at=bell.ago(minutes=60))
    bell.poll(bell.job("one", "FAILED"), bell.job("two"), at=bell.ago(minutes=50))
    bell.deliver("pager", BUSY, at=bell.ago(minutes=49))
    bell.poll(bell.job("two", "FAILED"), at=bell.ago(minutes=40))
    since = at(bell.ago(minutes=49), bell)
    explained = bell.run("explain", "two").output
    waits = (
        rf"! waits, next attempt now +pager( \(delivery 2\))?: its receiver fails since {since} \("
    )
    assert re.search(waits, explained)
    assert "    Test pager: batchbell notify-test pager" in explained
    shown = bell.run("show", "two").output
    assert re.search(waits, shown.partition("Timeline")[2])
    assert shown.count("its receiver fails") == 1
    with bell.database.write() as connection:
        channels.save(connection, replace(channels.load(connection, "pager"), told=True))
    # As everywhere once that was told.
    for command in (("show", "two"), ("explain", "two"), ("deliveries", "show", "2")):
        assert "! waits, next attempt" not in bell.run(*command).output
    assert re.search(waits.replace("!", "✗"), bell.run("explain", "two").output)


def test_what_failed_on_a_channel_that_is_well_says_when_it_is_tried_again(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), at=bell.ago(minutes=60))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=50))
    bell.deliver("team", BUSY, at=bell.ago(minutes=49))
    with bell.database.write() as connection:
        channels.save(connection, ChannelHealth(channel="team"))
    words = r"! retrying now after 1 attempt +team: receiver answered 503\n"
    assert re.search(words, bell.run("show", "one").output)


def test_explain_says_of_an_old_end_its_day(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(days=3, hours=1))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(days=3))
    outcome = outcome_line(bell.run("explain", "one").output)
    assert outcome.startswith(f"FAILED {utc_time(bell.ago(days=3))}: ")


def at(moment: datetime, bell: Bell) -> str:
    """Return a time as it is shown today; this may run at midnight."""
    return f"{short_times(moment, bell.started)[0]} UTC"


def test_explain_says_when_news_came_late_or_nobody_could_be_told(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=3))
    times = {"created_at": bell.ago(hours=4), "completed_at": bell.ago(hours=2)}
    ended = bell.job("one", "FAILED", **times)
    bell.poll(ended, at=bell.ago(hours=1))
    bell.poll(ended, bell.job("two"), at=bell.ago(minutes=1))
    output = bell.run("explain", "one").output
    assert "seen 1h later" in output
    assert "told to nobody: there was no channel" in output
    bell.poll(bell.job("old", created_at=bell.ago(days=9)), account="other")
    assert "Nothing was told: it was first seen " in bell.run("explain", "old").output


def test_a_message_that_waits_for_its_first_attempt_says_since_when(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), at=bell.ago(hours=3))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=3))
    since = at(bell.ago(minutes=3), bell)
    assert re.search(rf"waits for its turn since {since} +team\n", bell.run("show", "one").output)


def test_json_of_a_job_holds_events_deliveries_and_for_explain_attempts(told: Bell) -> None:
    shown = json.loads(told.run("show", PAIR[0], "--json").output)
    assert shown["job"]["account"] == "default"
    (event,) = shown["events"]
    assert (event["kind"], event["severity"]) == ("batch.failed", "failure")
    assert event["job"]["status"] == "FAILED"
    assert set(event["not_told"]) == {"ops", "quiet"}
    assert [each["channel"] for each in event["deliveries"]] == ["busy", "gone", "team"]
    assert [each["state"] for each in event["deliveries"]] == ["pending", "dead", "sent"]
    assert "attempt_log" not in event["deliveries"][0]
    explained = json.loads(told.run("explain", PAIR[0], "--json").output)
    attempts = explained["events"][0]["deliveries"][2]["attempt_log"]
    assert [attempt["delivered"] for attempt in attempts] == [False, True]
    assert attempts[0]["started_at"].endswith("Z")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_beginning_that_names_one_job_is_enough(told: Bell, command: str) -> None:
    result = told.run(*command.split(), PAIR[0][:-8])
    assert result.exit_code == 0
    assert "batch.failed" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_an_ambiguous_beginning_names_the_candidates(told: Bell, command: str) -> None:
    result = told.run(*command.split(), "c3b1")
    assert result.exit_code == 2
    assert all(job_id in result.stderr for job_id in PAIR)
    assert "write more of it" in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("text", ["nope", "%", "_", ""])
def test_an_unknown_job_points_to_status(told: Bell, command: str, text: str) -> None:
    result = told.run(*command.split(), text)
    assert result.exit_code == 2
    assert "batchbell status" in result.stderr


def test_a_whole_id_wins_over_longer_ones_that_begin_with_it(bell: Bell) -> None:
    bell.poll(bell.job("job-1"), bell.job("job-12"))
    assert "Job         job-1\n" in bell.run("show", "job-1").output


def test_a_job_goes_by_the_name_of_its_input_file(bell: Bell) -> None:
    bell.poll(bell.job("one"))
    for name in ("input", "input.jsonl"):
        assert "Job         one\n" in bell.run("show", name).output
    assert "FAILED" not in bell.run("explain", "input").output
    assert bell.run("show", "inpu").exit_code == 2
    assert bell.run("show", "input", "--account", "mars").exit_code == 2


def test_a_name_of_several_jobs_names_none(bell: Bell) -> None:
    bell.poll(bell.job("one", "FAILED"), bell.job("two"))
    refused = bell.run("show", "input")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[1:] == ["  two  (IN_PROGRESS)", "  one  (FAILED)"]
    assert "'input' may be any of these jobs; write the id of one:" in refused.stderr


def test_no_name_stands_before_an_id(bell: Bell) -> None:
    bell.poll(bell.job("input-7"), bell.job("two"))
    assert "Job         input-7\n" in bell.run("show", "input").output


def test_many_candidates_are_not_all_listed(bell: Bell) -> None:
    bell.poll(*(bell.job(f"job-{number:02}") for number in range(30)))
    stderr = bell.run("show", "job").stderr
    assert len(stderr.splitlines()) == 12
    assert stderr.endswith("  ...\n")


def test_the_same_id_in_two_accounts_needs_the_account(bell: Bell) -> None:
    bell.poll(bell.job("same"), account="europe")
    bell.poll(bell.job("same"), account="asia")
    result = bell.run("show", "same")
    assert result.exit_code == 2
    assert "same  (IN_PROGRESS, account asia)" in result.stderr
    assert "name the --account" in result.stderr
    assert "Account     asia" in bell.run("show", "same", "--account", "asia").output
    assert "in account mars" in bell.run("show", "same", "--account", "mars").stderr
