from __future__ import annotations

import errno
import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.cli.config_file import API_KEY, SMALL_FILES, batchbell, poll, write_config
from tests.cli.terminal.test_terminal import ESCAPE, terminal
from tests.simulator.faults import Stalled, Truncated
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS, file_of, redirect
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture
def config(tmp_path: Path, api: ThreadedSimulator) -> Path:
    return write_config(tmp_path, base_url=api.base_url)


def ended(api: ThreadedSimulator, **fields: object) -> str:
    return api.add_job(
        **{
            "status": "COMPLETED",
            "error_file_id": "file-e",
            "file_size_bytes": 400_000,
            **fields,
        }
    )


def test_the_files_of_a_job_are_fetched_without_daemon_and_database(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api)
    folder = tmp_path / "made" / "here"
    result = batchbell(config, "fetch", job_id, "--to", str(folder), "--input")
    names = [f"{job_id}.{kind}.jsonl" for kind in ("output", "errors", "input")]
    assert (result.exit_code, result.output.split()) == (0, [str(folder / name) for name in names])
    counts = [len((folder / name).read_bytes().splitlines()) for name in names]
    assert counts == [975, 25, 1000]
    assert {path.name for path in folder.iterdir()} == set(names)
    assert {(folder / name).stat().st_mode & 0o777 for name in names} == {0o600}
    assert not config.with_name("bell.db").exists()


def test_the_beginning_of_an_id_will_do_where_the_snapshot_has_it(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api)
    poll(config)
    result = batchbell(config, "fetch", job_id[:8], "--to", str(tmp_path))
    assert result.exit_code == 0
    assert (tmp_path / f"{job_id}.output.jsonl").exists()


@pytest.mark.parametrize(
    "name", sorted(FAILING_DOWNLOADS.keys() - {"hang", "stalled", "slow", "huge", "huge_claimed"})
)
def test_a_file_that_is_there_is_kept_when_a_download_fails(
    api: ThreadedSimulator, config: Path, tmp_path: Path, name: str
) -> None:
    job_id = ended(api, error_file_id=None)
    path = tmp_path / f"{job_id}.output.jsonl"
    path.write_text("before")
    api.fault(FAILING_DOWNLOADS[name], path=CONTENTS)
    result = batchbell(config, "fetch", job_id, "--to", str(tmp_path))
    assert result.exit_code == 1
    assert path.read_text() == "before"
    assert not list(tmp_path.glob(".fetch-*"))
    assert API_KEY not in result.output


def test_one_job_that_fails_does_not_keep_the_others_from_being_fetched(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    first, second = ended(api), ended(api, error_file_id=None)
    api.fault(Truncated(), path=f"/files/{api.job(first)['output_file_id']}/content")
    result = batchbell(config, "fetch", first, second, "--to", str(tmp_path))
    assert result.exit_code == 1
    assert f"job {first}" in result.output
    assert "files of 1 of 2 jobs could not be fetched" in result.output
    assert [path.name for path in tmp_path.glob("*.jsonl")] == [f"{second}.output.jsonl"]


def test_a_file_too_large_is_not_fetched(api: ThreadedSimulator, tmp_path: Path) -> None:
    config = write_config(tmp_path, base_url=api.base_url, more=SMALL_FILES)
    result = batchbell(config, "fetch", ended(api), "--to", str(tmp_path))
    assert result.exit_code == 1
    assert "more than 1,000 bytes" in result.output
    assert not list(tmp_path.glob("*.jsonl"))


def test_a_redirect_to_storage_is_followed_without_the_key(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, error_file_id=None)
    with running_simulator() as storage:
        storage.fault(file_of(b"{}\n"))
        api.fault(redirect(f"{storage.base_url}/signed?key=1"), path=CONTENTS)
        result = batchbell(config, "fetch", job_id, "--to", str(tmp_path))
        (asked,) = storage.requests
    assert result.exit_code == 0
    assert (tmp_path / f"{job_id}.output.jsonl").read_bytes() == b"{}\n"
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("location", ["http://storage.example/file", "ftp://127.0.0.1/", "", "//["])
def test_a_redirect_that_others_could_read_is_not_followed(
    api: ThreadedSimulator, config: Path, tmp_path: Path, location: str
) -> None:
    api.fault(redirect(location), path=CONTENTS)
    result = batchbell(config, "fetch", ended(api), "--to", str(tmp_path))
    assert result.exit_code == 1
    assert "the API redirects a file to" in result.output


def test_a_job_without_result_files_says_so(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    result = batchbell(config, "fetch", api.add_job(), "--to", str(tmp_path))
    assert result.exit_code == 1
    assert "it is IN_PROGRESS and has no result files" in result.output


def test_no_id_leads_out_of_the_folder(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = "../~root/é"
    assert ended(api, id=job_id, error_file_id=None) == job_id
    folder = tmp_path / "here"
    result = batchbell(config, "fetch", job_id, "--to", str(folder))
    assert result.exit_code == 0
    assert [path.name for path in folder.iterdir()] == ["..%2F%7Eroot%2F%C3%A9.output.jsonl"]


def test_a_folder_that_can_not_be_written_to_is_said(api: ThreadedSimulator, config: Path) -> None:
    result = batchbell(config, "fetch", ended(api), "--to", "/proc/nowhere")
    assert result.exit_code == 1
    assert "the files can't be written to /proc/nowhere" in result.output


def test_a_full_disk_leaves_what_is_there_and_is_said(
    api: ThreadedSimulator, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ended(api, error_file_id=None)
    path = tmp_path / f"{job_id}.output.jsonl"
    path.write_text("before")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = batchbell(config, "fetch", job_id, "--to", str(tmp_path))
    assert result.exit_code == 1
    assert "No space left on device" in result.output
    assert path.read_text() == "before"
    assert not list(tmp_path.glob(".fetch-*"))


def test_a_file_of_a_job_the_api_has_forgotten_is_asked_for_all_the_same(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, error_file_id=None)
    poll(config)
    api.fault(FAILING_DOWNLOADS["not_found"], path="/batches/*")
    result = batchbell(config, "fetch", job_id, "--to", str(tmp_path))
    assert result.exit_code == 0
    first = (tmp_path / f"{job_id}.output.jsonl").read_bytes().splitlines()[0]
    assert json.loads(first)["response"]["status_code"] == 200


@dataclass
class OnTerminal:
    config: Path


def test_on_a_terminal_a_bar_shows_how_much_is_there(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, error_file_id=None)
    api.fault(Stalled(share=0.5), path=CONTENTS)
    with terminal(OnTerminal(config), "fetch", job_id, "--to", str(tmp_path), width=120) as shown:
        half = re.compile(r"output\.jsonl\s+━+╸━+\s+1\d\d\.\d/3\d\d\.\d kB")
        while not half.search(ESCAPE.sub("", shown.read_until("kB"))):
            shown.read_more()
    assert not list(tmp_path.glob(".fetch-*"))


def test_on_a_terminal_only_the_paths_stay(
    api: ThreadedSimulator, config: Path, tmp_path: Path
) -> None:
    job_id = ended(api, error_file_id=None)
    with terminal(OnTerminal(config), "fetch", job_id, "--to", str(tmp_path), width=200) as shown:
        output = shown.read_all()
    assert ESCAPE.sub("", output).splitlines()[-1].endswith(f"{job_id}.output.jsonl")
    assert shown.process.returncode == 0
