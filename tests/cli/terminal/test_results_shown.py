"""What came back of jobs, in the lists and pages of the terminal."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click
from rich.console import Console
from sqlalchemy import update

from batchbell.cli.terminal.results_head import KnownJob, headed_lines
from batchbell.cli.terminal.results_lines import results_lines
from batchbell.cli.terminal.rich_status import status_view
from batchbell.cli.terminal.signs import COLOURS
from batchbell.cli.terminal.status_words import summary
from batchbell.core.awaiting import awaiting_verdicts
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.results.collecting import to_be_read
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import FileKind, ResultFile, ResultsState
from batchbell.core.routing import Filter
from batchbell.store.tables import notifications
from batchbell.store.views.status import look
from batchbell.usecases.announce import announce
from batchbell.usecases.announce_results import announce_results, release_end
from tests.came_back import partial, put, unread
from tests.cli.terminal.test_terminal import lines, shown

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob
    from batchbell.core.results.job_results import JobResults
    from tests.cli.filled import Bell

LINE = "945 of 1,000 whole · 40 failed · 10 missing · 5 empty"


def completed(bell: Bell, job_id: str, **fields: object) -> BatchJob:
    ended = {"completed_at": bell.ago(minutes=20), "progress": 1.0, "output_file_id": "file-out"}
    return bell.job(job_id, **{"status": "COMPLETED", **ended, **fields})  # type: ignore[arg-type]


def test_status_has_what_came_back_under_each_job(bell: Bell) -> None:
    good, errors = completed(bell, "one"), completed(bell, "two", error_file_id="file-err")
    bell.poll(good, errors)
    put(bell.database, partial(good), partial(errors))
    assert bell.run("status").output.count(LINE) == 2
    assert "see its error file" not in bell.run("status").output
    with bell.database.read() as connection:
        seen = look(connection, bell.started, everything=False, daemon_runs=True)
    console = Console(file=io.StringIO(), width=100, markup=False, force_terminal=True)
    console.print(status_view(seen, console))
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue().count("945 of 1,000 whole") == 2


def test_what_is_awaited_or_lost_is_said_and_errors_are_still_named(bell: Bell) -> None:
    jobs = [completed(bell, name, error_file_id="file-err") for name in ("awaited", "lost")]
    bell.poll(*jobs)
    put(
        bell.database,
        unread(jobs[0], ResultsState.WAITING),
        unread(jobs[1], ResultsState.LOST, "HTTP 404"),
    )
    output = bell.run("status").output
    assert "results are being counted; some requests failed" in output
    assert "ask for its files; results lost, HTTP 404; some requests failed" in output
    with bell.database.read() as connection:
        seen = look(connection, bell.started, everything=False, daemon_runs=True)
    assert "2 ended in 24 h, 1 failure" in summary(seen)


def test_show_and_explain_have_results(bell: Bell) -> None:
    job = completed(bell, "one")
    bell.poll(job)
    put(bell.database, partial(job))
    assert f"Results      {LINE}\n" in bell.run("show", "one").output
    for command in ("show", "explain"):
        document = json.loads(bell.run(command, "one", "--json").output)
        assert document["results"]["verdict"] == "partial"
        assert len(document["results"]["causes"]) == 2
        assert document["job"]["results"]["failed"] == 40
    listed = json.loads(bell.run("status", "--json").output)["jobs"][0]["results"]
    assert listed["tokens"] == {"prompt": 400_000, "completion": 12_000, "total": 412_000}


def end_of(job: BatchJob, bell: Bell) -> Event:
    return Event(
        kind=EventKind.COMPLETED,
        account="default",
        job_id=job.id,
        qualifier="end:COMPLETED",
        happened_at=bell.started,
        seen_at=bell.started,
        job=job,
    )


def test_explain_says_that_a_message_waits_for_its_verdict_and_until_when(bell: Bell) -> None:
    job = completed(bell, "one")
    bell.poll(job)
    bell.configure(Filter(channel="team"))
    (end,) = awaiting_verdicts([end_of(job, bell)], timedelta(minutes=5), bell.started)
    with bell.database.write() as connection:
        announce(connection, [end], bell.filters, bell.started)
    until = end.facts.results.awaited_until
    assert until is not None
    output = bell.run("explain", "one").output
    words = f"waits for its verdict until {until:%H:%M:%S} UTC at the latest"
    assert words in output
    assert words in bell.run("show", "one").output
    with bell.database.write() as connection:
        release_end(connection, to_be_read(job, "default"), bell.started, tried_until=None)
    output = bell.run("explain", "one").output
    assert re.search(r"waits for its turn since .* +team", output)
    assert "verdict" not in output


def test_what_is_not_due_yet_says_when_it_is(bell: Bell) -> None:
    bell.configure(Filter(channel="team"))
    bell.poll(bell.job("one"), at=bell.ago(hours=3))
    bell.poll(bell.job("one", "FAILED"), at=bell.ago(minutes=3))
    later = bell.started + timedelta(minutes=5)
    with bell.database.write() as connection:
        connection.execute(update(notifications).values(next_attempt_at=later))
    expected = rf"waits until {later:%H:%M:%S} UTC +team"
    assert re.search(expected, bell.run("explain", "one").output)


def test_explain_says_who_was_told_of_a_verdict_and_why_others_were_not(bell: Bell) -> None:
    job = completed(bell, "one")
    bell.poll(job)
    bell.configure(Filter(channel="team"), Filter(channel="all", events=("batch.results",)))
    end, known = end_of(job, bell), partial(job, at=bell.started)
    with bell.database.write() as connection:
        awaited = awaiting_verdicts([end], timedelta(minutes=5), bell.started)
        announce(connection, awaited, bell.filters, bell.started)
        announce_results(connection, known, bell.filters, bell.started)
        lost = replace(known, state=ResultsState.LOST, verdict=Verdict.UNKNOWN, reason="HTTP 404")
        announce_results(connection, lost, bell.filters, bell.started)
    output = bell.run("explain", "one").output
    words = "batch.incomplete             INCOMPLETE: input (Llama-3.3-70B) · 945 of 1,000 whole"
    assert words in output
    in_end = "it is part of the message about the job's end, which waits"
    assert re.search(rf"not told +team: {in_end}\n", output)
    assert re.search(r"waits .* +all", output.partition("batch.results ")[2])
    assert "RESULTS LOST: input (Llama-3.3-70B), HTTP 404" in output
    # A terminal says once what the end says too.
    said = r"COMPLETED, 40 FAILED, 945 of 1,000 whole, 10 missing, 5 empty"
    text = "\n".join(lines(shown(bell, "events", width=120)))
    assert re.search(rf"!  \S.* {said}$", text, re.MULTILINE)
    assert "INCOMPLETE, no answer" not in text
    text = "\n".join(lines(shown(bell, "events", "--all", width=120)))
    assert re.search(rf"{said}$", text, re.MULTILINE)
    assert re.search(r"INCOMPLETE, no answer to 10 of 1,000$", text, re.MULTILINE)
    assert text.count("945 of 1,000") == 1
    of_job = "\n".join(lines(shown(bell, "explain", "one", width=120)))
    assert re.search(rf"!  {said}$", of_job, re.MULTILINE)


def test_explain_begins_with_the_end_though_its_verdict_was_told_after_it(bell: Bell) -> None:
    job = completed(bell, "one")
    bell.poll(job)
    bell.configure(Filter(channel="all", events=("batch.*",)))
    with bell.database.write() as connection:
        announce(connection, [end_of(job, bell)], bell.filters, bell.started)
        announce_results(connection, partial(job, at=bell.started), bell.filters, bell.started)
    head, told, *_ = bell.run("explain", "one").output.split("\n\n")
    helps, outcome = head.splitlines()[1], told.splitlines()[0]
    assert helps.startswith("Fetch its output, repair 10 requests (without a reason), and ")
    assert outcome.startswith("COMPLETED ")
    assert outcome.endswith(": told 0 of 1, 1 waits")


def test_a_job_whose_results_are_lost_needs_a_look_until_it_is_acknowledged(bell: Bell) -> None:
    job = completed(bell, "one")
    bell.poll(job)
    lost = unread(job, ResultsState.LOST, "HTTP 404")
    with bell.database.write() as connection:
        announce(connection, [end_of(job, bell)], (), bell.started)
        announce_results(connection, lost, (), bell.started)
    put(bell.database, lost)

    def unseen() -> int:
        with bell.database.read() as connection:
            seen = look(connection, bell.started, everything=False, daemon_runs=True)
        return len(seen.open_failures)

    assert unseen() == 1
    assert bell.run("ack", "one").exit_code == 0
    assert unseen() == 0


def headed(
    results: JobResults, job: BatchJob | None, now: datetime, *, asks: bool = False
) -> list[str]:
    return [
        click.unstyle(line)
        for line in headed_lines(results, KnownJob("input", job, asks_for_ack=asks), now)
    ]


def test_results_of_a_job_that_was_cut_short_ask_for_what_its_end_asks_for(bell: Bell) -> None:
    ended = completed(bell, "one", status="EXPIRED", error_file_id="file-err")
    known = partial(ended)
    head, helps, *_ = headed(known, ended, bell.started)
    assert head == "input  EXPIRED: 945 of 1,000 whole, 40 failed, 10 missing, 5 empty"
    assert helps.startswith("Fetch what is done, which is billed, and submit the rest again")
    assert headed(known, None, bell.started)[:2] == [head, helps]


def test_what_helps_is_said_of_lost_results_and_of_a_job_that_left_no_file(bell: Bell) -> None:
    ended = completed(bell, "one")
    lost = unread(ended, ResultsState.LOST, "HTTP 404")
    helps = "Ask Together for the output file file-out, or submit it again"
    head, told, ask, *_ = headed(lost, ended, bell.started)
    assert head == "input  LOST: HTTP 404"
    assert told == f"{helps}: what came back is not known."
    assert (
        ask
        == "    1 Ask Together: at https://www.together.ai/contact, for the output file file-out"
    )
    why = "the output file can't be had: no such file (404: gone)"
    output = ResultFile(kind=FileKind.OUTPUT, id="file-out", trouble="no such file (404: gone)")
    told = "\n".join(headed(replace(lost, reason=why, files=(output,)), ended, bell.started))
    assert told.startswith(f"input  LOST: output file not found (404)\n{helps}")
    assert "no such file" not in told
    assert "Output   file-out  can't be had" in told
    failed = bell.job("two", "FAILED", error="line 3: invalid JSON")
    skipped = unread(failed, ResultsState.SKIPPED, "it has no result file")
    assert headed(skipped, failed, bell.started)[:4] == [
        "input  FAILED · it has no result file",
        "line 3: invalid JSON",
        "Repair line 3 of the input file and submit it again.",
        "    1 Write a file of all requests: batchbell retry -- two",
    ]
    # Whoever does not know the job knows no reason.
    assert headed(skipped, None, bell.started)[1] == ""
    waits = unread(ended, ResultsState.WAITING, "it is IN_PROGRESS")
    assert headed(waits, ended, bell.started)[1] == ""


def test_results_of_a_job_that_completed_say_its_verdict_first(bell: Bell) -> None:
    head, helps, *_ = headed(partial(completed(bell, "one")), None, bell.started)
    assert head == "input  COMPLETED, 40 FAILED: 945 of 1,000 whole, 10 missing, 5 empty"
    assert helps.startswith("Fetch its output, repair 10 requests (without a reason), and ")


def test_what_is_done_about_an_end_ends_with_taking_it_off_the_list(bell: Bell) -> None:
    ended = completed(bell, "one")
    for asks in (False, True):
        told = headed(partial(ended), ended, bell.started, asks=asks)
        assert ("    5 Take it off the list: batchbell ack -- one" in told) is asks


def test_a_verdict_has_the_colour_that_its_severity_has_everywhere(bell: Bell) -> None:
    first, *_ = results_lines(partial(bell.job("some", "COMPLETED")))
    assert first.startswith(click.style("PARTIAL", fg=COLOURS[Severity.WARNING], bold=True))


def test_what_came_back_whole_and_is_cut_is_no_success(bell: Bell) -> None:
    known = partial(bell.job("some", "COMPLETED"))
    whole = Counts(requests=9, succeeded=9, failed=0, missing=0, foreign=0)
    for counts, severity, label in (
        (whole, Severity.SUCCESS, "COMPLETE"),
        (replace(whole, truncated=2), Severity.WARNING, "COMPLETE, 2 CUT"),
    ):
        good = replace(known, verdict=Verdict.COMPLETE, counts=counts, causes=())
        first, *_ = results_lines(good)
        assert first.startswith(click.style(label, fg=COLOURS[severity], bold=True))
