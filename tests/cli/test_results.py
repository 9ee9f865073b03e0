"""What came back of a job, as scripts and people are told it."""

from __future__ import annotations

import json
import re
from contextlib import closing
from sqlite3 import connect
from typing import TYPE_CHECKING

import click
import pytest

from batchbell.cli.terminal import hanging, output
from batchbell.cli.terminal.results_lines import results_lines
from batchbell.core.results.cause import Cause
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.messages.subject import short_id
from batchbell.simulator.fate import Mix
from tests.cli.config_file import API_KEY, SMALL_FILES, batchbell, poll, write_config
from tests.simulator.file_faults import CONTENTS, file_of, file_refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOME = Mix(failed=40, missing=10, empty=5, truncated=8)
GONE = file_refusal(404, "no such file")


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def config(tmp_path: Path, api: ThreadedSimulator) -> Path:
    return write_config(tmp_path, base_url=api.base_url)


def ended(api: ThreadedSimulator, mix: Mix = SOME, **fields: object) -> str:
    """Add a job of 1,000 requests."""
    known = {"status": "COMPLETED", "error_file_id": "file-e", "file_size_bytes": 400_000}
    return api.add_mixed_job(mix, **{**known, **fields})


def test_all_is_counted_and_the_exit_code_says_that_not_all_came(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = ended(api)
    result = batchbell(config, "results", job_id)
    assert result.exit_code == 3
    assert result.output.startswith(
        "PARTIAL: 937 to 942 of 1,000 whole, 40 failed, 10 missing, 5 empty, 8 cut\n"
    )
    assert "Answers  5 empty, 8 cut at their token limit" in result.output
    assert "sending it again helps" in result.output
    assert API_KEY not in result.output
    assert not config.with_name("bell.db").exists()


def test_the_document_has_every_key_whatever_is_known(api: ThreadedSimulator, config: Path) -> None:
    job_id = ended(api)
    whole = json.loads(batchbell(config, "results", job_id, "--json").output)
    numbers = {name: whole[name] for name in ("requests", "succeeded", "failed", "missing")}
    assert numbers == {"requests": 1000, "succeeded": 950, "failed": 40, "missing": 10}
    assert (whole["job"], whole["state"], whole["verdict"]) == (job_id, "counted", "partial")
    assert sum(cause["count"] for cause in whole["causes"]) == 40
    assert [file["kind"] for file in whole["files"]] == ["input", "output", "errors"]
    assert all(len(file["sha256"]) == 64 and file["bytes"] for file in whole["files"])

    api.fault(GONE, path=CONTENTS)
    lost = batchbell(config, "results", job_id, "--json")
    assert lost.exit_code == 1
    assert json.loads(lost.output).keys() == whole.keys()
    assert json.loads(lost.output)["state"] == "waiting"
    assert json.loads(lost.output)["succeeded"] is None


def test_everything_is_0(api: ThreadedSimulator, config: Path) -> None:
    result = batchbell(config, "results", ended(api, Mix(), error_file_id=None))
    assert (result.exit_code, result.output.splitlines()[0]) == (0, "COMPLETE: 1,000 of 1,000 ok")


def test_a_job_without_result_files_has_nothing_to_count(
    api: ThreadedSimulator, config: Path
) -> None:
    job_id = api.add_job(status="FAILED", output_file_id=None, error_file_id=None)
    result = batchbell(config, "results", job_id)
    assert (result.exit_code, result.output) == (1, "SKIPPED: it has no result file\n")


def test_without_the_input_what_is_missing_is_not_known(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api)
    api.fault(GONE, path=f"/files/{api.job(job_id)['input_file_id']}/content")
    result = batchbell(config, "results", job_id)
    assert result.exit_code == 3
    words = "UNKNOWN: 937 to 942 whole, 40 failed, 5 empty, 8 cut, of how many is not known"
    assert result.output.startswith(words)
    assert "there is no input to compare with" in result.output

    refused = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"))
    assert refused.exit_code == 1
    assert "the input file" in refused.output
    assert not (tmp_path / "again").exists()


def test_a_file_too_large_leaves_the_verdict_unknown(
    api: ThreadedSimulator, tmp_path: Path
) -> None:
    config = write_config(tmp_path, base_url=api.base_url, more=SMALL_FILES)
    job_id = ended(api)
    api.fault(file_of(b"x" * 2000), path=CONTENTS)
    result = batchbell(config, "results", job_id)
    assert result.exit_code == 3
    assert "the output file is larger than 1,000 bytes" in result.output


def test_what_failed_or_is_missing_is_written_as_it_was_sent(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api)
    again = tmp_path / "again.jsonl"
    result = batchbell(config, "retry", job_id, "--to", str(again))
    assert result.exit_code == 0
    assert f"! 50 requests written to {again}\n" in result.output
    assert "\nOnce repaired, submit them, with curl:\n  ( set -e\n" in result.output
    batchbell(config, "fetch", job_id, "--to", str(tmp_path), "--input")
    given = (tmp_path / f"{job_id}.input.jsonl").read_bytes().splitlines(keepends=True)
    written = again.read_bytes().splitlines(keepends=True)
    assert len(written) == 50
    assert written == [line for line in given if line in set(written)]
    answered = {
        json.loads(line)["custom_id"]
        for line in (tmp_path / f"{job_id}.output.jsonl").read_text().splitlines()
    }
    assert not answered & {json.loads(line)["custom_id"] for line in written}
    assert again.stat().st_mode & 0o777 == 0o600


def test_empty_and_cut_answers_are_sent_again_where_that_is_asked_for(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = str(tmp_path / "again.jsonl")
    result = batchbell(config, "retry", ended(api), "--to", again, "--include", "empty,truncated")
    assert "! 13 of 63 requests written to " in result.output


def test_nothing_to_send_again_is_no_file(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.jsonl"
    again.write_text("before")
    job_id = ended(api, Mix(), error_file_id=None)
    result = batchbell(config, "retry", job_id, "--to", str(again))
    assert result.exit_code == 1
    assert "nothing to send again, 1,000 of 1,000 ok\n" in result.output
    assert result.output.startswith("✓ ")
    assert again.read_text() == "before"


def test_the_file_to_send_again_has_the_name_of_the_input_and_writes_over_none(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job_id = ended(api)
    poll(config)
    first = batchbell(config, "retry", job_id)
    assert first.exit_code == 0
    name = first.output.partition(" written to ")[2].splitlines()[0]
    assert name.endswith(f".{short_id(job_id)}.retry.jsonl")
    assert job_id not in name
    assert f"  file={name}\n" in first.output
    (tmp_path / name).write_text("repaired by hand")
    again = batchbell(config, "retry", job_id)
    assert again.exit_code == 2
    assert f"{name} is there already, written " in again.output
    assert ": remove it, or name another with --to\n" in again.output
    assert (tmp_path / name).read_text() == "repaired by hand"
    other = batchbell(config, "retry", job_id, "--skip-repair")
    assert other.exit_code == 0
    assert name.replace(".retry.", ".retry-skip-repair.") in other.output
    over = batchbell(config, "retry", job_id, "--to", name)
    assert f" written to {name}, in place of what was there\n" in over.output


def test_two_jobs_of_one_input_have_files_of_their_own(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    jobs = ended(api), ended(api)
    poll(config)
    with closing(connect(config.with_name("bell.db"))) as database, database:
        database.execute("update files set filename = 'nightly.jsonl'")
    for job_id in jobs:
        result = batchbell(config, "retry", job_id)
        assert f" written to nightly.{short_id(job_id)}.retry.jsonl\n" in result.output
        assert result.exit_code == 0


def test_a_link_that_leads_nowhere_has_the_name_too(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    failed = failed_job(api)
    (tmp_path / f"{failed}.retry.jsonl").symlink_to("nowhere")
    refused = batchbell(config, "retry", failed)
    assert refused.exit_code == 2
    assert f"{failed}.retry.jsonl is there already, written " in refused.output
    assert not (tmp_path / "nowhere").exists()


def test_what_has_the_name_is_told_only_where_there_is_something_to_send(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    well = ended(api, Mix(), error_file_id=None)
    failed = failed_job(api)
    for job_id in (well, failed):
        (tmp_path / f"{job_id}.retry.jsonl").mkdir()
    nothing = batchbell(config, "retry", well)
    assert nothing.exit_code == 1
    assert "nothing to send again, 1,000 of 1,000 ok\n" in nothing.output
    refused = batchbell(config, "retry", failed)
    assert refused.exit_code == 2
    said = f"{failed}.retry.jsonl is a directory: remove it, or name another file with --to\n"
    assert said in refused.output


def test_without_a_snapshot_the_file_is_called_after_the_job(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    job_id = ended(api)
    result = batchbell(config, "retry", job_id)
    assert f" written to {job_id}.retry.jsonl\n" in result.output


def test_what_fails_again_as_it_is_can_be_left_out(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api)
    counted = json.loads(batchbell(config, "results", job_id, "--json").output)["causes"]
    wrong = sum(cause["count"] for cause in counted if cause["retry_helps"] is False)
    assert 0 < wrong < 40
    again = tmp_path / "again.jsonl"

    whole = batchbell(config, "retry", job_id, "--to", str(again))
    all_lines = again.read_text().splitlines()
    assert (whole.exit_code, len(all_lines)) == (0, 50)
    assert f"\n{wrong} of its lines need repair first:\n" in whole.output
    others = f"Only the {50 - wrong} that need none: batchbell retry --skip-repair -- {job_id}\n"
    assert others in whole.output

    spans = re.findall(r"(?m)^ {11}lines? (.*)$", whole.output)
    named = [int(number) for span in spans for number in span.split(", ") if "-" not in number]
    result = batchbell(config, "retry", job_id, "--to", str(again), "--skip-repair")
    some = again.read_text().splitlines()
    assert result.exit_code == 0
    assert result.output.startswith(f"! {50 - wrong} requests written to {again}, in place of ")
    assert f"\n{wrong} requests left out, to be repaired first:\n" in result.output
    assert "\nSubmit them, with curl:\n" in result.output
    left_out = {json.loads(line)["custom_id"] for line in set(all_lines) - set(some)}
    assert len(left_out) == wrong
    assert named
    assert {json.loads(all_lines[number - 1])["custom_id"] for number in named} <= left_out
    for cause in counted:
        is_left_out = cause["retry_helps"] is False
        assert (cause["example"] in left_out) is is_left_out
        assert (f", for example {cause['example']}\n" in result.output) is is_left_out


def test_where_only_answers_of_little_use_are_left_it_says_how_to_ask_for_them(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, Mix(failed=0, truncated=8))
    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"))
    assert result.exit_code == 1
    said = r"! .*: nothing to send again, 992 of 1,000 whole, 8 cut\nNot asked for: 8 cut answers\n"
    assert re.match(said, result.output)
    option = "retry --include truncated"
    assert result.output.endswith(f"    With those: batchbell {option} -- {job_id}\n")

    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"), "--skip-repair")
    option = "retry --include truncated --skip-repair"
    assert result.output.endswith(f"    With those: batchbell {option} -- {job_id}\n")


def test_where_all_that_failed_needs_repair_nothing_is_written(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, Mix(failed=1))
    (cause,) = json.loads(batchbell(config, "results", job_id, "--json").output)["causes"]
    wrong = {"custom_id": cause["example"], "error": {"code": 400, "message": "Invalid model"}}
    api.fault(file_of(json.dumps(wrong).encode()), path="/files/file-e/content")
    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"), "--skip-repair")
    assert result.exit_code == 1
    assert result.output.endswith(": what failed needs repair first\n")
    assert f" · {job_id}: nothing to send again, 999 of 1,000 ok, 1 failed: " in result.output
    assert not (tmp_path / "again").exists()


def test_of_a_job_that_left_no_files_the_whole_input_is_written(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    given = b'{"custom_id": "a", "body": {}}\n\nnot JSON\n{"custom_id": "b", "body": {}}'
    again = tmp_path / "again.jsonl"
    job_id = failed_job(api, error="line 3: invalid JSON")
    api.fault(file_of(given), path=CONTENTS)
    result = batchbell(config, "retry", job_id, "--to", str(again))
    assert result.exit_code == 0
    assert again.read_bytes() == given
    assert result.output.startswith(f"✓ 3 requests written to {again}, the whole input\n")
    assert "Nothing came back of this job, which is FAILED.\n" in result.output
    assert "Repair line 3 of again.jsonl first: invalid JSON\n" in result.output
    assert "\nOnce repaired, submit them, with curl:\n" in result.output

    passing = failed_job(api, error="503 Service Unavailable: the model is overloaded")
    result = batchbell(config, "retry", passing, "--to", str(again))
    assert "Nothing is wrong with the input: 503 Service Unavailable" in result.output
    assert "\nSubmit them, with curl:\n" in result.output

    result = batchbell(config, "retry", passing, "--to", str(again), "--include", "failed")
    assert result.exit_code == 1
    not_asked = "Not asked for: all of it is missing\n"
    assert (
        f": no file written\n{not_asked}    With that: batchbell retry -- {passing}\n"
        in result.output
    )

    api.fault(file_of(b"\n"), path=CONTENTS)
    result = batchbell(config, "retry", failed_job(api), "--to", str(again))
    assert result.exit_code == 1
    assert "its input is empty" in result.output


def test_of_a_job_whose_output_is_lost_all_is_written_when_asked_for(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.jsonl"
    job_id = ended(api)
    api.fault(GONE, path=f"/files/{api.job(job_id)['output_file_id']}/content")
    refused = batchbell(config, "retry", job_id, "--to", str(again))
    assert refused.exit_code == 1
    command = f"batchbell retry --include all -- {job_id}"
    assert refused.output.endswith(f"\n    To write its whole input: {command}\n")
    result = batchbell(config, "retry", job_id, "--to", str(again), "--include", "all")
    assert result.exit_code == 0
    assert len(again.read_text().splitlines()) == 1000
    assert "answered, and paid, twice" in result.output


def test_of_a_job_that_has_vanished_all_is_written_once_the_api_does_not_know_it(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.jsonl"
    job_id = ended(api, status="IN_PROGRESS")
    poll(config)
    still_there = batchbell(config, "retry", job_id, "--to", str(again), "--include", "all")
    assert still_there.exit_code == 1
    assert "is IN_PROGRESS: send again when it has ended" in still_there.output
    api.fault(GONE, path=f"/batches/{job_id}")
    result = batchbell(config, "retry", job_id, "--to", str(again), "--include", "all")
    assert result.exit_code == 0, result.output
    assert len(again.read_text().splitlines()) == 1000


@pytest.mark.parametrize(("input_file_id", "is_named"), [("file-i", True), (None, False)])
def test_the_whole_input_is_named_that_can_not_be_read_for_now(
    input_file_id: str | None,
    is_named: bool,  # noqa: FBT001 - a table
    api: ThreadedSimulator,
    config: Path,
    tmp_path: Path,
) -> None:
    job_id = ended(api, input_file_id=input_file_id)
    api.fault(file_refusal(500, "try again."), path="/files/file-i/content")
    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"))
    assert result.exit_code == 1
    assert f"what to send again can't be said of job {job_id}: " in result.output
    assert ".." not in result.output
    command = f"batchbell retry --include all -- {job_id}"
    named = f"\n    To write its whole input, once that can be read: {command}\n"
    assert (named in result.output) is is_named


def test_of_the_whole_input_none_can_be_left_out(api: ThreadedSimulator, config: Path) -> None:
    result = batchbell(config, "retry", ended(api), "--include", "all", "--skip-repair")
    assert result.exit_code == 2
    assert "--include all reads no result file" in result.output


@pytest.mark.parametrize("input_file_id", ["file-gone", None])
def test_without_its_input_it_says_what_to_submit(
    input_file_id: str | None, api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    api.fault(file_refusal(404, "no such file."), path=CONTENTS)
    job_id = failed_job(api, input_file_id=input_file_id)
    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again"))
    assert result.exit_code == 1
    assert ".." not in result.output
    assert "its whole input is to be sent again; that can't be had here: " in result.output
    assert "Submit the file again that the job was made of." in result.output
    assert not (tmp_path / "again").exists()


def failed_job(api: ThreadedSimulator, **fields: object) -> str:
    """Add a job that left no files."""
    none = {"output_file_id": None, "error_file_id": None}
    return api.add_job(**{"status": "FAILED", **none, **fields})


def test_a_word_nobody_knows_is_told(api: ThreadedSimulator, config: Path) -> None:
    result = batchbell(config, "retry", ended(api), "--include", "lost")
    assert result.exit_code == 2
    assert "failed, missing, empty, truncated" in result.output


def test_a_folder_that_is_not_there_is_told(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    result = batchbell(config, "retry", ended(api), "--to", str(tmp_path / "no" / "again"))
    assert result.exit_code == 1
    assert "can't be written" in result.output


def test_a_long_cause_goes_on_below_where_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    cause = Cause(
        code="context_length_exceeded",
        message="This model's maximum context length is … tokens, the request has …",
        count=1,
        share=1.0,
        example="req-1",
        retry_helps=False,
    )
    known = JobResults(
        account="default",
        job_id="job",
        status="COMPLETED",
        state=ResultsState.COUNTED,
        causes=(cause,),
    )
    monkeypatch.setattr(hanging, "on_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    _, _, first, second, example, masked = results_lines(known)
    assert click.unstyle(masked) == "  What … stands for is only in the error file"
    assert first == (
        "        1  100%  context_length_exceeded This model's maximum context length is"
    )
    assert second == " " * 21 + "… tokens, the request has …"
    assert click.unstyle(example).strip() == "repair it first · e.g. req-1"


def test_a_terminal_is_told_of_which_job_and_what_to_do_first(
    api: ThreadedSimulator, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ended(api)
    monkeypatch.setattr(output, "on_terminal", lambda: True)
    # Bars are drawn before.
    _, called, rest = batchbell(config, "results", job_id).output.partition(short_id(job_id))
    first, *others = f"{called}{rest}".splitlines()
    assert first.startswith(f"{short_id(job_id)}  COMPLETED WITH ERRORS: 937 to 942 of 1,000 whole")
    helps = others.index("    1 Fetch files: batchbell fetch -- " + job_id)
    assert "".join(others[:helps]).startswith(
        "Fetch its output, repair 18 requests (12 too long, 6 invalid), raise max_tokens, and "
    )
    every = f"batchbell retry --include failed,missing,empty,truncated -- {job_id}"
    called = "the rest, the empty answers and the cut answers"
    assert others[helps + 1] == f"    2 Write a file of {called}: {every}"
    # What belongs together stands together: causes, what it took, files.
    firsts = [others[at + 1].split()[0] for at, line in enumerate(others[:-1]) if not line]
    assert firsts[0] == "Causes"
    assert firsts[-1] == "Input"


def test_what_a_running_job_has_so_far_is_not_all_it_will_have(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, status="IN_PROGRESS", output_file_id="file-o")
    result = batchbell(config, "results", job_id)
    assert result.exit_code == 1
    assert "it is IN_PROGRESS" in result.output

    result = batchbell(config, "retry", job_id, "--to", str(tmp_path / "again.jsonl"))
    assert result.exit_code == 1
    assert f"job {job_id} is IN_PROGRESS: send again when it has ended" in result.output
    assert not (tmp_path / "again.jsonl").exists()
