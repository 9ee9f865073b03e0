"""The running daemon keeps result files, says when it can't, and goes on when it can."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from batchbell.simulator.fate import Mix
from tests.e2e.harness import RunningDaemon, config, json_url
from tests.e2e.messages import arrived
from tests.e2e.stage import batchbell
from tests.e2e.waiting import wait_until
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

SOME = Mix(failed=40, missing=10)


def ended(api: ThreadedSimulator, bell: RunningDaemon) -> str:
    """Let a job end that the daemon has seen run."""
    job = api.add_mixed_job(SOME, file_size_bytes=400_000, status="IN_PROGRESS")
    bell.wait_for_polls()
    api.update_job(job, status="COMPLETED", error_file_id=f"errors-{job[:8]}")
    return job


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


KEPT = {"input.jsonl", "output.jsonl", "errors.jsonl", "verdict.json"}


def test_files_are_kept_and_a_folder_in_the_way_is_red_until_it_is_gone(
    tmp_path: Path, api: ThreadedSimulator, hook: HttpReceiver, new_place: Callable[[], str]
) -> None:
    folder = tmp_path / "kept"
    results = {"collect": "keep", "folder": str(folder), "wait": "5m"}
    channels = {"team": json_url(hook)}
    wanted = config(api.base_url, channels, results=results)
    with RunningDaemon(tmp_path, wanted, url=new_place(), warm=shared_server()) as bell:
        bell.wait_for_baseline()
        first = ended(api, bell)
        (message,) = hook.wait_for(arrived(1))
        assert "950 of 1,000 ok, 40 failed, 10 missing" in message.json["title"]
        place = folder / "default" / first
        assert names(place) == KEPT
        assert json.loads((place / "verdict.json").read_bytes())["verdict"] == "partial"
        kept = [path for path in folder.rglob("*") if path.is_file()]
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
        assert "kept files" in batchbell(bell, "status")

        bell.reload(config(api.base_url, channels, results={**results, "wait": "2s"}))
        folder.rename(tmp_path / "away")
        folder.write_text("in the way")
        second = ended(api, bell)
        hook.wait_for(arrived(2))
        wait_until(lambda: bell.get("/healthz")[0] == 503, "a red health check")
        assert "it can't be kept in" in bell.get("/healthz")[1]

        folder.unlink()
        wait_until(lambda: names(folder / "default" / second) == KEPT, "what is kept")
        wait_until(lambda: bell.get("/healthz")[0] == 200, "a green health check")
        last = hook.wait_for(arrived(3))[-1]
        assert "950 of 1,000 ok" in last.json["title"]
