from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from batchbell.cli.reading import corrected_now
from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.core.routing import Filter
from batchbell.core.times import rfc3339
from batchbell.errors import UnauthorizedError, UnavailableError
from batchbell.json_views.health import status_json
from batchbell.json_views.writing import document
from batchbell.messages.plain_text import utc_time
from batchbell.store import accounts, results
from batchbell.store.sqlite.lock import daemon_lock
from batchbell.store.views.status import look
from batchbell.usecases.membership import Identity, Membership
from tests.cli.filled import BUSY, REFUSED, SENT, Bell, uuids


def rows(output: str) -> list[list[str]]:
    """Return the words of each line of the table of jobs."""
    return [line.split() for line in output.split("\n\n", maxsplit=1)[0].splitlines()]


def test_before_the_first_poll_it_says_what_to_expect(bell: Bell) -> None:
    output = bell.run("status").output
    assert "Nothing is watched yet: start batchbell run, and jobs appear" in output


def test_without_jobs_it_says_when_one_will_appear(bell: Bell) -> None:
    bell.poll()
    output = bell.run("status").output
    assert output.startswith("No batch jobs yet")
    assert "default   polled just now" in output


def test_a_pipe_gets_whole_ids_plain_columns_and_no_escapes(bell: Bell) -> None:
    job_id = uuids(1)[0]
    bell.poll(bell.job(job_id, progress=0.7175))
    output = bell.run("status").output
    header, row = rows(output)
    assert header == ["JOB", "STATUS", "PROGRESS", "WHEN", "FORECAST", "NAME", "MODEL", "REMARK"]
    assert row[:3] == [job_id, "IN_PROGRESS", "71.8%"]
    assert "due in 23h" in output
    assert "meta-llama/Llama-3.3-70B-Instruct-Turbo" in output
    assert output.isascii()
    assert "\x1b" not in output


def test_what_needs_attention_comes_first(bell: Bell) -> None:
    ended = {"completed_at": bell.ago(minutes=20), "progress": 1.0}
    listed = (
        bell.job("fine-a"),
        bell.job("fine-b", job_deadline=bell.ago(hours=-3)),
        bell.job("odd", "QUEUED"),
        bell.job("close", job_deadline=bell.ago(minutes=-30)),
        bell.job("overdue", job_deadline=bell.ago(minutes=5)),
        bell.job("endless", job_deadline=None),
        bell.job("done", "COMPLETED", output_file_id="file-o", **ended),
        bell.job(
            "failed",
            "FAILED",
            error="line 3: invalid JSON",
            created_at=bell.ago(hours=3),
            completed_at=bell.ago(hours=2),
        ),
    )
    bell.poll(*listed, bell.job("partly"), at=bell.ago(minutes=1))
    partly = bell.job("partly", "COMPLETED", output_file_id="o", error_file_id="e", **ended)
    bell.poll(*listed, partly)
    output = bell.run("status").output
    order = [row[0] for row in rows(output)[1:]]
    # By what they ask for: to be cancelled, submitted, looked into and let run, then nothing. What
    # the first poll found failed is no news.
    assert order == [
        *["close", "partly", "odd", "overdue"],
        *["fine-b", "fine-a", "endless", "failed", "done"],
    ]
    assert "overdue 5m" in output
    assert "due in 29m" in output
    assert "ended 2h ago" in output
    assert "repair line 3, submit again; invalid JSON" in output
    assert "warning: see its errors, submit those again; some requests failed" in output


def test_a_job_that_lacks_everything_is_shown_with_dashes(bell: Bell) -> None:
    bell.poll(BatchJob(id="bare"))
    assert rows(bell.run("status").output)[1] == [
        "bare",
        *"------",
        *["warning:", "look", "up", "its", "status"],
    ]


def test_jobs_that_ended_long_ago_are_counted_and_shown_on_request(bell: Bell) -> None:
    old = {"created_at": bell.ago(days=3), "completed_at": bell.ago(days=2)}
    untimed = {"created_at": bell.ago(days=3)}
    bell.poll(
        bell.job("old", "COMPLETED", **old),
        bell.job("old-untimed", "FAILED", **untimed),
        bell.job("running"),
    )
    output = bell.run("status").output
    assert [row[0] for row in rows(output)[1:2]] == ["running"]
    assert "2 older jobs still to act on: batchbell status --all" in output
    everything = bell.run("status", "--all").output
    assert {row[0] for row in rows(everything)[1:]} == {"running", "old", "old-untimed"}
    assert "over 24 h ago" not in everything


def test_the_account_is_a_column_only_if_there_are_several(bell: Bell) -> None:
    bell.poll(bell.job("one"))
    assert rows(bell.run("status").output)[0][0] == "JOB"
    bell.poll(bell.job("two"), account="europe")
    table = rows(bell.run("status").output)
    assert table[0][:2] == ["ACCOUNT", "JOB"]
    assert sorted(row[0] for row in table[1:]) == ["default", "europe"]


def test_a_job_the_api_lists_no_longer_is_marked(bell: Bell) -> None:
    bell.poll(bell.job("lost"), at=bell.ago(minutes=40))
    for minutes in (30, 20, 10):
        bell.poll(at=bell.ago(minutes=minutes))
    assert "the API has not listed it since 30m ago" in bell.run("status").output


def test_a_failing_account_says_since_when_and_why(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=10))
    refused = UnauthorizedError("the API refused the key (401)")
    for minutes in (6, 5, 4):
        bell.poll(at=bell.ago(minutes=minutes), answer=refused)
    output = bell.run("status").output
    assert "failing for 6m (3 polls): the API refused the key (401)" in output
    assert "last good poll 10m ago" in output


def test_an_account_that_was_never_polled_says_so(bell: Bell) -> None:
    with bell.database.write() as connection:
        accounts.save(connection, accounts.load(connection, "new"))
    assert "new       not polled yet" in bell.run("status").output


def test_an_account_that_never_answered_says_so(bell: Bell) -> None:
    bell.poll(answer=UnauthorizedError("no"))
    assert "(1 poll): no; no good poll yet" in bell.run("status").output


def test_one_failed_poll_is_a_warning_and_an_outage_that_was_told_a_failure(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=10))
    bell.poll(at=bell.ago(minutes=9), answer=UnavailableError("503"))
    assert "default   warning: failing for 9m (1 poll): 503" in bell.run("status").output
    assert account_severity(bell) == "warning"
    bell.poll(at=bell.ago(minutes=8), answer=UnauthorizedError("401"))
    assert "default   failure: failing for 9m (2 polls): 401" in bell.run("status").output
    assert account_severity(bell) == "failure"


def account_severity(bell: Bell) -> str:
    (account,) = json.loads(bell.run("status", "--json").output)["accounts"]
    severity = account["severity"]
    assert isinstance(severity, str)
    return severity


@pytest.mark.parametrize(
    ("skew", "unusable"), [(timedelta(minutes=2), 0), (timedelta(minutes=-2), 0), (None, 1)]
)
def test_a_clock_that_is_off_and_rows_of_no_use_are_a_warning(
    bell: Bell, skew: timedelta | None, unusable: int
) -> None:
    answer = Listing(jobs=(), ids=frozenset(), skipped_rows=unusable)
    bell.poll(answer=answer, skew=skew)
    assert re.search("(?m)^default   warning: polled", bell.run("status").output)
    assert account_severity(bell) == "warning"


def test_skew_and_unusable_rows_are_shown_and_times_follow_the_api(bell: Bell) -> None:
    ahead = timedelta(minutes=30)
    answer = Listing(jobs=(), ids=frozenset(), skipped_rows=1, bad_fields=2)
    bell.poll(at=bell.started - ahead, skew=ahead, answer=answer)
    output = bell.run("status").output
    assert "polled just now" in output or " s ago" in output
    assert "this machine's clock is 30m ahead, the API's is used" in output
    assert "1 row of the listing can't be used; 2 fields of the listing can't be used" in output


def test_long_silence_asks_whether_the_daemon_runs(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=5))
    assert bell.run("status").output.startswith("The last poll was 5h ago: is the daemon running?")


def test_a_healthy_daemon_with_a_long_interval_is_not_asked_after(bell: Bell) -> None:
    bell.grace_period = timedelta(minutes=45)
    bell.poll(bell.job("one"), at=bell.ago(minutes=14))
    output = bell.run("status").output
    assert "is the daemon running?" not in output
    assert "polled 14m ago" in output


def test_a_daemon_whose_polls_are_late_is_not_asked_whether_it_runs(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=5))
    with daemon_lock(bell.database.path):
        output = bell.run("status").output
    assert "is the daemon running?" not in output
    assert "blind since" in output


def test_an_account_that_was_taken_out_of_the_configuration_is_no_trouble(bell: Bell) -> None:
    bell.poll(bell.job("one"), at=bell.ago(hours=5), account="old")
    bell.poll(bell.job("two"))
    with bell.database.write() as connection:
        accounts.configure(connection, ["default"])
    output = bell.run("status").output
    assert "old       no longer watched; polled 5h ago" in output
    assert "blind" not in output


def test_channels_tell_last_success_failure_waiting_and_given_up(bell: Bell) -> None:
    bell.configure(*(Filter(channel=name) for name in ("good", "busy", "dead", "idle", "was")))
    bell.filters = bell.filters[:3]
    bell.poll(bell.job("one"), at=bell.ago(minutes=9))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=8))
    bell.deliver("good", SENT, at=bell.ago(minutes=7))
    bell.deliver("busy", BUSY, at=bell.ago(minutes=6))
    bell.filters = ()
    bell.deliver("dead", REFUSED, at=bell.ago(minutes=5))
    output = bell.run("status").output
    assert "good      delivered 7m ago" in output
    assert "failing for 6m: receiver answered 503; nothing sent yet; 1 waiting" in output
    assert "1 given up (batchbell deliveries --failed)" in output
    assert "idle      nothing sent yet" in output


def test_what_was_given_up_is_a_warning_though_the_channel_works_again(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), bell.job("two"), at=bell.ago(minutes=9))
    bell.poll(bell.job("one", "FAILED"), bell.job("two"), at=bell.ago(minutes=8))
    bell.deliver("team", REFUSED, at=bell.ago(minutes=7))
    bell.poll(bell.job("one", "FAILED"), bell.job("two", "FAILED"), at=bell.ago(minutes=6))
    bell.deliver("team", SENT, at=bell.ago(minutes=5))
    assert "team      warning: delivered 5m ago; 1 given up" in bell.run("status").output
    (channel,) = json.loads(bell.run("status", "--json").output)["channels"]
    assert channel["severity"] == "warning"


def test_it_says_how_much_of_results_is_kept(bell: Bell) -> None:
    job_id = uuids(1)[0]
    bell.poll(bell.job(job_id, status="COMPLETED"))
    assert "RESULTS" not in bell.run("status", "--all").output
    file = ResultFile(kind=FileKind.OUTPUT, id="file-o", bytes=1_250_000, path="/kept/output.jsonl")
    known = JobResults(
        account="default",
        job_id=job_id,
        status="COMPLETED",
        state=ResultsState.COUNTED,
        files=(file,),
    )
    with bell.database.write() as connection:
        results.save(connection, known, datetime.now(UTC))
    assert bell.run("status").output.endswith("RESULTS\nkept files  1.2 MB of 1 job\n")


def test_json_has_the_apis_names_the_account_fractions_and_utc_times(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    created = datetime(2026, 11, 1, 6, 11, 22, 752345, tzinfo=UTC)
    bell.poll(bell.job("b"), bell.job("a", created_at=created, progress=0.7175))
    answer = json.loads(bell.run("status", "--json").output)
    assert list(answer) == ["jobs", "accounts", "channels", "replicas"]
    assert [job["id"] for job in answer["jobs"]] == ["a", "b"]
    job = answer["jobs"][0]
    assert (job["account"], job["progress"]) == ("default", 0.7175)
    assert job["severity"] == "info"
    assert job["created_at"] == "2026-11-01T06:11:22.752345Z"
    assert job["error"] is None
    assert job["input_file"] == "input.jsonl"
    api_names = {
        *["id", "user_id", "input_file_id", "file_size_bytes", "status", "progress", "created_at"],
        *["completed_at", "job_deadline", "endpoint", "model_id", "output_file_id"],
        *["error_file_id", "error"],
    }
    assert api_names < set(job)
    assert answer["accounts"][0]["name"] == "default"
    assert answer["accounts"][0]["severity"] == "success"
    assert answer["accounts"][0]["failing_since"] is None
    assert answer["channels"] == [
        {
            "name": "team",
            "severity": "info",
            "last_success_at": None,
            "failing_since": None,
            "last_error": "",
            "held_until": None,
            "held_because": "",
            "disabled_at": None,
            "pending": 0,
            "dead": 0,
        }
    ]


def test_json_holds_jobs_that_ended_long_ago_too_and_nothing_is_a_document(bell: Bell) -> None:
    empty = json.loads(bell.run("status", "--json").output)
    assert empty == {"jobs": [], "accounts": [], "channels": [], "replicas": []}
    bell.poll(bell.job("old", "FAILED", completed_at=bell.ago(days=30)))
    assert len(json.loads(bell.run("status", "--json").output)["jobs"]) == 1


def test_jobs_printed_part_by_part_are_the_document_of_all_of_them(bell: Bell) -> None:
    ids = uuids(1_200)
    ended = {"progress": 1.0, "output_file_id": "file-o"}
    bell.poll(*(bell.job(each, "COMPLETED", **ended) for each in ids), bell.job("Z", "FAILED"))
    bell.poll(bell.job("b", "COMPLETED"), bell.job("grün", "FAILED", error="größe"), account="B")
    with bell.database.read() as connection:
        now = corrected_now(accounts.load_all(connection))
        seen = look(connection, now, everything=True, daemon_runs=False)
    assert bell.run("status", "--json").output == document(status_json(seen)) + "\n"


def test_a_reader_of_json_who_has_seen_enough_goes_without_a_word(bell: Bell) -> None:
    # More than a pipe holds.
    bell.poll(*(bell.job(each) for each in uuids(500)))
    command = [sys.executable, "-m", "batchbell", "--config", str(bell.config), "status", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"jobs": [\n'
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.unmeasured
def test_ten_thousand_jobs_are_one_document_and_one_table(bell: Bell) -> None:
    ids = uuids(10_000)
    bell.poll(*(bell.job(each) for each in ids))
    assert [job["id"] for job in json.loads(bell.run("status", "--json").output)["jobs"]] == ids
    assert len(rows(bell.run("status").output)) == 10_001


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_watching_needs_a_terminal(bell: Bell, more: list[str]) -> None:
    result = bell.run("status", "--watch", *more)
    assert result.exit_code == 2
    assert "--watch needs a terminal" in result.stderr


def test_a_gap_in_polling_is_shown_for_a_day(bell: Bell) -> None:
    bell.poll(at=bell.ago(days=4))
    bell.poll(at=bell.ago(days=2))
    bell.poll(at=bell.ago(hours=10))
    bell.poll(at=bell.ago(hours=5))
    bell.poll()
    (account,) = json.loads(bell.run("status", "--json").output)["accounts"]
    assert [(gap["reason"], gap["until"]) for gap in account["gaps"]] == [
        ("daemon down", rfc3339(bell.ago(hours=10))),
        ("daemon down", rfc3339(bell.ago(hours=5))),
        ("daemon down", rfc3339(bell.started)),
    ]
    output = bell.run("status").output
    assert output.count("UTC (daemon down)") == 3
    assert output.isascii()


def test_an_account_nobody_polls_any_more_is_blind_since_then(bell: Bell) -> None:
    bell.poll(at=bell.ago(hours=6))
    (account,) = json.loads(bell.run("status", "--json").output)["accounts"]
    since = rfc3339(bell.ago(hours=6))
    assert account["gaps"] == [{"since": since, "until": None, "reason": "daemon down"}]
    assert f"blind since {utc_time(bell.ago(hours=6))} (daemon down)" in bell.run("status").output


def test_an_outage_is_told_apart_from_a_daemon_that_is_down(bell: Bell) -> None:
    bell.poll(at=bell.ago(hours=6))
    with daemon_lock(bell.database.path):
        for hours in (5, 3, 1):
            bell.poll(at=bell.ago(hours=hours), answer=UnauthorizedError("the key is refused"))
        output = bell.run("status").output
    assert output.count("blind since") == 1
    assert "(key refused)" in output


def test_daemons_that_share_the_database_are_shown(bell: Bell) -> None:
    bell.poll(bell.job("a"))
    assert "Replicas" not in bell.run("status").output
    for name, config in (("one", "x"), ("two", "y"), ("three", "y")):
        identity = Identity(id=name, name=f"{name}:1", version="1.2.3")
        member = Membership(bell.database, identity, seconds=lambda: 0.0)
        member.want(["account default"], config)
        member.beat()
    with bell.database.write() as connection:
        connection.exec_driver_sql("UPDATE replicas SET until = 0 WHERE id = 'three'")
    shown = bell.run("status").output
    assert "polls default; delivers to no channel; batchbell 1.2.3; since " in shown
    assert "; last sign of life " in shown
    assert "its configuration is another one than the others'" in shown
    assert "others have its accounts" in shown
    told = {
        each["name"]: each for each in json.loads(bell.run("status", "--json").output)["replicas"]
    }
    assert {name: each["alive"] for name, each in told.items()} == {
        "one:1": True,
        "two:1": True,
        "three:1": False,
    }
    assert told["one:1"]["accounts"] == ["default"]
    assert told["one:1"]["channels"] == []
    checks = json.loads(bell.run("doctor", "--json").output)["checks"]
    found = {
        each["check"]: each["result"] for each in checks if each["check"].startswith("replica")
    }
    assert sorted(found.values()) == ["success", "warning", "warning"]
