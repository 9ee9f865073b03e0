"""SIGKILL at random bytes of large downloads that are kept: each file is whole, or not there."""

from __future__ import annotations

import random
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import RunningDaemon, config
from tests.e2e.test_hooks import hook_channel, told
from tests.e2e.waiting import wait_until
from tests.simulator.file_faults import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator
    from tests.warm_start import WarmServer

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
        # On a busy machine the simulated API stands still for seconds.
        account={"request_timeout": "60s"},
        results={"collect": "keep", "folder": str(tmp_path / "kept"), "wait": "1h"},
    )
    bell = RunningDaemon(tmp_path, settings, warm=warm)
    kept = tmp_path / "kept/default"
    with bell:
        bell.wait_for_baseline()
        folders = [kept / a_job_ends(api)]
        for _ in range(kills):
            least = moment.randrange(1, len(output))
            wait_until(partial(has_come, folders[-1], contents, least), "a download")
            bell.kill()
            for name in set(contents) & {path.name for path in folders[-1].iterdir()}:
                assert (folders[-1] / name).read_bytes() == contents[name], name
            bell.start()
            if whole(folders[-1], contents):
                # It was quicker than we, and what is recorded is not downloaded again.
                folders.append(kept / a_job_ends(api))
        jobs = sorted(folder.name for folder in folders)
        hook.wait_for(lambda got: {job for each in got for _, job in told(each)} == set(jobs))
        bell.wait_until_delivered()
    recorded = bell.rows("SELECT job, json_extract(files, '$[1].sha256'), attempts FROM results")
    assert sorted(map(tuple, recorded)) == [(job, sha256(output).hexdigest(), 1) for job in jobs]
    for folder in folders:
        assert (folder / "output.jsonl").read_bytes() == output
        assert {path.name for path in folder.iterdir()} == {*contents, "verdict.json"}
    # A kill between a message and its record sends it again, under the same id.
    under = {(each.headers["webhook-id"], job) for each in hook.requests for _, job in told(each)}
    assert sorted(job for _, job in under) == jobs
    for request in hook.requests:
        if len(told(request)) == 1:
            assert f"{lines:,} of {lines:,} ok" in request.json["data"]["title"]


def a_job_ends(api: ThreadedSimulator) -> str:
    return api.add_job(status="COMPLETED", input_file_id="file-input", output_file_id="file-output")


def has_come(folder: Path, contents: dict[str, bytes], least: int) -> bool:
    """Whether so many bytes of the download are there, or all."""
    return size_of(folder / "output.jsonl.part") >= least or whole(folder, contents)


def whole(folder: Path, contents: dict[str, bytes]) -> bool:
    """Whether the download has its name already."""
    return size_of(folder / "output.jsonl") == len(contents["output.jsonl"])
