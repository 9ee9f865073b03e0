"""One output of a job and of those that sent its requests again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from batchbell.core.results.tally import MOST_REQUESTS
from batchbell.simulator.fate import Mix
from tests.cli.config_file import SMALL_FILES, batchbell, write_config
from tests.cli.terminal.test_terminal import ESCAPE, terminal
from tests.cli.test_fetch import OnTerminal
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS, file_of, file_refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOME = Mix(failed=40, missing=10)


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def config(tmp_path: Path, api: ThreadedSimulator) -> Path:
    return write_config(tmp_path, base_url=api.base_url)


def answer(custom_id: str, text: str = "yes") -> dict[str, object]:
    body = {
        "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    return {"custom_id": custom_id, "response": {"status_code": 200, "body": body}}


def error(custom_id: str, code: str = "429") -> dict[str, object]:
    return {"custom_id": custom_id, "error": {"message": "rate limit exceeded", "code": code}}


def written(rows: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def ended(
    api: ThreadedSimulator,
    ids: list[str],
    answers: list[dict[str, object]],
    errors: list[dict[str, object]] | None = None,
    *,
    gone: str = "",
) -> str:
    """Add a job with exactly these files, but for one that is gone."""
    files = {"input": written([{"custom_id": each, "body": {}} for each in ids])}
    files["output"] = written(answers)
    if errors is not None:
        files["error"] = written(errors)
    name = "-".join(["f", *ids])
    for kind, content in files.items():
        fault = file_refusal(404, "gone") if kind == gone else file_of(content)
        api.fault(fault, path=f"/files/{name}-{kind}/content")
    named = {f"{kind}_file_id": f"{name}-{kind}" for kind in files}
    return api.add_job(**{"status": "COMPLETED", "error_file_id": None, **named})


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_request_has_its_best_answer_in_the_inputs_order(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first = ended(
        api, ["a", "b", "c", "d", "e"], [answer("d"), answer("a"), answer("c", "")], [error("b")]
    )
    again = ended(api, ["b", "c", "e"], [answer("c", "now"), answer("b", "too")], [error("e", "1")])
    later = ended(api, ["b", "e", "x"], [answer("x"), answer("b", "last")], [error("e", "2")])
    merged = tmp_path / "merged.jsonl"
    result = batchbell(config, "merge", first, again, later, "--to", str(merged))
    assert result.exit_code == 3
    assert rows(merged) == [
        answer("a"),
        answer("b", "last"),
        answer("c", "now"),
        answer("d"),
    ]
    assert rows(tmp_path / "merged.errors.jsonl") == [error("e", "2")]
    lines = result.output.splitlines()
    assert lines[0] == "PARTIAL: 4 of 5 ok, 1 failed, 1 line of other requests"
    assert "Tokens   35 (21 in, 14 out)" in lines
    assert lines[-2:] == [f"4 answers: {merged}", f"1 error: {merged.with_suffix('')}.errors.jsonl"]
    assert merged.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.glob("*.jsonl")} == {
        "merged.jsonl",
        "merged.errors.jsonl",
    }
    assert not list(tmp_path.glob(".*"))


def test_when_everything_came_back_there_are_no_errors_any_more(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first = ended(api, ["a", "b"], [answer("a")], [error("b")])
    again = ended(api, ["b"], [answer("b")])
    (tmp_path / "all.errors").write_text("of an earlier merge")
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "all"))
    assert result.exit_code == 0
    assert result.output.startswith("COMPLETE: 2 of 2 ok\n")
    assert len(rows(tmp_path / "all")) == 2
    assert not (tmp_path / "all.errors").exists()


def test_a_job_with_no_result_at_all_is_answered_by_its_retry(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = ended(api, ["a", "b"], [answer("a"), answer("b")])
    given = api.job(again)["input_file_id"]
    first = api.add_job(
        status="EXPIRED", input_file_id=given, output_file_id=None, error_file_id=None
    )
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "all"))
    assert (result.exit_code, len(rows(tmp_path / "all"))) == (0, 2)


def test_it_merges_jobs_of_a_thousand_requests(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    known = {"status": "COMPLETED", "error_file_id": "file-e", "file_size_bytes": 400_000}
    first = api.add_mixed_job(SOME, **known)
    whole = api.add_mixed_job(Mix(failed=0), status="COMPLETED", file_size_bytes=400_000)
    result = batchbell(config, "merge", first, whole, "--to", str(tmp_path / "all.jsonl"))
    assert result.exit_code == 0
    batchbell(config, "fetch", first, "--to", str(tmp_path), "--input")
    asked = [row["custom_id"] for row in rows(tmp_path / f"{first}.input.jsonl")]
    assert [row["custom_id"] for row in rows(tmp_path / "all.jsonl")] == asked


@pytest.mark.parametrize("kind", ["input", "output", "error"])
def test_without_one_of_the_files_nothing_is_written(
    api: ThreadedSimulator, config: Path, tmp_path: Path, kind: str
) -> None:
    first = ended(api, ["a", "b"], [answer("a")], [error("b")], gone=kind)
    again = ended(api, ["b"], [answer("b")])
    merged = tmp_path / "merged"
    merged.write_text("before")
    result = batchbell(config, "merge", first, again, "--to", str(merged))
    assert result.exit_code == 1
    assert f"file of job {first}" in result.output
    assert merged.read_text() == "before"


@pytest.mark.parametrize("name", ["cut", "server_error"])
def test_a_download_that_fails_leaves_what_is_there(
    api: ThreadedSimulator, config: Path, tmp_path: Path, name: str
) -> None:
    first, again = (api.add_mixed_job(SOME, status="COMPLETED") for _ in range(2))
    api.fault(FAILING_DOWNLOADS[name], path=CONTENTS)
    merged = tmp_path / "merged"
    merged.write_text("before")
    assert batchbell(config, "merge", first, again, "--to", str(merged)).exit_code == 1
    assert merged.read_text() == "before"
    assert not list(tmp_path.glob(".*"))


def test_a_file_too_large_is_not_merged(api: ThreadedSimulator, tmp_path: Path) -> None:
    config = write_config(tmp_path, base_url=api.base_url, more=SMALL_FILES)
    first, again = (api.add_mixed_job(SOME, status="COMPLETED") for _ in range(2))
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "merged"))
    assert result.exit_code == 1
    assert "more than 1,000 bytes" in result.output


def test_a_retry_that_still_runs_is_said(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first, again = ended(api, ["a"], []), api.add_job(status="IN_PROGRESS")
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "merged"))
    assert result.exit_code == 1
    assert f"job {again} is IN_PROGRESS: merge it when it has ended" in result.output


def test_a_job_is_not_its_own_retry(api: ThreadedSimulator, config: Path, tmp_path: Path) -> None:
    first = ended(api, ["a"], [])
    result = batchbell(config, "merge", first, first, "--to", str(tmp_path / "merged"))
    assert result.exit_code == 2
    assert "named twice" in result.output


def test_a_folder_that_is_not_there_is_said(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first, again = ended(api, ["a"], [answer("a")]), ended(api, ["b"], [])
    path = tmp_path / "no" / "merged"
    result = batchbell(config, "merge", first, again, "--to", str(path))
    assert result.exit_code == 1
    assert f"{path} can't be written: No such file or directory" in result.output


def test_a_job_whose_input_nobody_knows_is_not_merged(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    again = ended(api, ["b"], [answer("b")])
    first = api.add_job(status="COMPLETED", input_file_id=None)
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "merged"))
    assert result.exit_code == 1
    assert f"job {first} has no input file" in result.output


@pytest.mark.unmeasured
def test_more_requests_than_are_remembered_are_not_merged(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    lines = b"".join(b'{"custom_id":"%d"}\n' % number for number in range(MOST_REQUESTS + 1))
    api.fault(file_of(lines), path="/files/file-of-many/content")
    first = api.add_job(status="COMPLETED", input_file_id="file-of-many")
    again = ended(api, ["b"], [answer("b")])
    result = batchbell(config, "merge", first, again, "--to", str(tmp_path / "merged"))
    assert result.exit_code == 1
    assert f"job {first} has more than 500,000 requests" in result.output
    assert not (tmp_path / "merged").exists()


def test_on_a_terminal_each_file_has_a_bar(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first = ended(api, ["a", "b"], [answer("a")], [error("b")])
    again = ended(api, ["b"], [answer("b")])
    to = str(tmp_path / "all")
    with terminal(OnTerminal(config), "merge", first, again, "--to", to, width=120) as shown:
        output = ESCAPE.sub("", shown.read_all())
    assert shown.process.returncode == 0
    for name in (f"{first}.input", f"{first}.output", f"{first}.errors", f"{again}.output"):
        assert f"{name}.jsonl ━" in output
    assert "COMPLETE: 2 of 2 ok" in output


@pytest.mark.parametrize("command", ["merge", "retry"])
def test_a_kept_file_is_not_written_over(
    api: ThreadedSimulator, tmp_path: Path, command: str
) -> None:
    folder = tmp_path / "kept"
    config = write_config(tmp_path, base_url=api.base_url, more=f'[results]\nfolder = "{folder}"')
    first, again = ended(api, ["a", "b"], [answer("a")]), ended(api, ["c"], [])
    path = folder / "default" / first / "output.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("kept")
    said = {"files": [{"kind": "output", "id": "f-a-b-output", "bytes": 4}]}
    path.with_name("verdict.json").write_text(json.dumps(said))

    jobs = [first, again] if command == "merge" else [first]
    result = batchbell(config, command, *jobs, "--to", str(path))
    assert result.exit_code == 2
    assert "is a kept file of the job: write somewhere else" in " ".join(result.output.split())
    assert path.read_text() == "kept"
