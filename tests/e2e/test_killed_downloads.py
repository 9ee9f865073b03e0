"""SIGKILL at random bytes of large downloads that are kept: each file is whole, or not there."""

from __future__ import annotations

import random
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import RunningDaemon, config
from tests.e2e.test_hooks import hook_channel
from tests.e2e.waiting import wait_until
from tests.simulator.file_faults import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.warm_start import WarmServer
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

#: What the API makes at most, bytes.
LARGE = 100_000_000
LINE = b'{"custom_id":"request-%07d","response":{"status_code":200,"body":{"choices":[%s]}}}\n'
CHOICE = b'{"message":{"content":"%s"},"finish_reason":"stop"}' % (b"word " * 1_900)


def large_file() -> bytes:
    """Return an output of a hundred megabytes, each line another one."""
    length = len(LINE % (0, CHOICE))
    return b"".join(LINE % (number, CHOICE) for number in range(LARGE // length))


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


# What a kill leaves in a folder is no database's, and a server's claims outlive it by 20 s.
@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_download_that_is_killed_leaves_no_part_under_its_name(
    tmp_path: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    warm: WarmServer,
    pytestconfig: pytest.Config,
) -> None:
    """More of them with `--kills 200`."""
    kills, moment = int(pytestconfig.getoption("--kills")), random.Random(7)  # noqa: S311 - no secret
    output = large_file()
    lines = output.count(b"\n")
    api.fault(file_of(output), path="/files/file-output/content")
    requests = b"".join(b'{"custom_id":"request-%07d"}\n' % number for number in range(lines))
    api.fault(file_of(requests), path="/files/file-input/content")
    contents = {"input.jsonl": requests, "output.jsonl": output}
    settings = config(
        api.base_url,
        {"hook": hook_channel(hook)},
        results={"collect": "keep", "folder": str(tmp_path / "kept"), "wait": "1h"},
    )
    bell = RunningDaemon(tmp_path, settings, warm=warm)
    with bell:
        bell.wait_for_baseline()
        job_id = api.add_job(
            status="COMPLETED", input_file_id="file-input", output_file_id="file-output"
        )
        folder = tmp_path / "kept/default" / job_id
        for _ in range(kills):
            least = moment.randrange(1, len(output))
            wait_until(partial(has_come, folder, contents, least), "a download")
            bell.kill()
            for name in set(contents) & {path.name for path in folder.iterdir()}:
                assert (folder / name).read_bytes() == contents[name], name
            if whole(folder, contents):
                # it was quicker than we: begin anew
                (folder / "output.jsonl").unlink()
            bell.start()
        hook.wait_for(lambda got: len(got) >= 1)
        bell.wait_until_delivered()
    digest = bell.value("SELECT json_extract(files, '$[1].sha256') FROM results")
    assert digest == sha256(output).hexdigest()
    assert bell.value("SELECT attempts FROM results") == 1
    assert (folder / "output.jsonl").read_bytes() == output
    assert {path.name for path in folder.iterdir()} == {*contents, "verdict.json"}
    assert len(hook.requests) == 1
    assert f"{lines:,} of {lines:,} ok" in hook.requests[0].json["data"]["title"]


def has_come(folder: Path, contents: dict[str, bytes], least: int) -> bool:
    """Whether so many bytes of the download are there, or all."""
    return size_of(folder / "output.jsonl.part") >= least or whole(folder, contents)


def whole(folder: Path, contents: dict[str, bytes]) -> bool:
    """Whether the download has its name already."""
    return size_of(folder / "output.jsonl") == len(contents["output.jsonl"])
