from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from batchbell.simulator.fate import Mix
from batchbell.store.sqlite.lock import daemon_lock
from tests.cli.config_file import API_KEY, write_config
from tests.cli.process import running
from tests.e2e.waiting import wait_until
from tests.fakes import START
from tests.loopback_receivers import HttpReceiver
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS
from tests.simulator.named_faults import refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.usecases.test_prune_kept import kept_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=API_KEY) as simulator:
        yield simulator


def poll(config: Path, *options: str) -> tuple[int, str, str]:
    """Run the command as cron would; return its exit status, output and log."""
    with running("--config", str(config), "poll", *options) as process:
        status = process.end()
    return status, "".join(process.out.all()), "".join(process.err.all())


def poll_news(config: Path) -> tuple[int, str, str]:
    """Poll until something is new.

    The API tells its time in whole seconds: a listing of the second in which a job was recorded
    is not known to be newer, and changes nothing.
    """

    def told() -> tuple[int, str, str] | None:
        answer = poll(config)
        return None if answer[1] == "default: polled, nothing new\n" else answer

    answer = wait_until(told, "news")
    assert answer is not None
    return answer


def test_one_round_polls_and_delivers_and_says_so_in_a_line(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    with HttpReceiver() as receiver:
        url = f"json://{receiver.netloc}"
        config = write_config(tmp_path, base_url=api.base_url, channels={"team": url})
        job_id = api.add_job(status="IN_PROGRESS")
        status, out, _ = poll(config)
        assert (status, out) == (0, "default: polled, 1 new event: account.watching\n")
        assert receiver.requests == []

        api.update_job(job_id, status="COMPLETED")
        status, out, _ = poll_news(config)
        assert (status, out) == (0, "default: polled, 1 new event: batch.completed\n")
        (request,) = receiver.requests
        assert job_id in request.text

        status, out, _ = poll(config)
        assert (status, out) == (0, "default: polled, nothing new\n")
        assert len(receiver.requests) == 1


def test_a_verdict_that_comes_after_the_end_is_told_in_the_round_that_finds_it(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    with HttpReceiver() as receiver:
        url = f"json://{receiver.netloc}"
        config = write_config(tmp_path, base_url=api.base_url, channels={"team": url})
        jobs = [api.add_mixed_job(Mix(missing=100), file_size_bytes=40_000) for _ in range(3)]
        poll(config)
        api.fault(FAILING_DOWNLOADS["not_found"], path=CONTENTS)
        for job_id in jobs:
            api.update_job(job_id, status="COMPLETED", error_file_id=None)
        poll_news(config)
        api.clear_faults()
        with closing(sqlite3.connect(tmp_path / "bell.db")) as database, database:
            database.execute("UPDATE results SET next_attempt_at = 0")
        poll(config)
        titles = [request.json["title"] for request in receiver.requests]
    # No deadline of a job that ended is named.
    assert not any(" due " in title for title in titles)
    told = [title.partition(": ")[0] for title in titles]
    assert told == ["3 to watch", "3 INCOMPLETE"]


def test_what_is_older_than_the_history_is_forgotten(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="COMPLETED")
    poll(config)
    api.remove_job(job_id)
    (path,) = tmp_path.glob("*.db")
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE batch_jobs SET missed_polls = 3, missing_since = 1")
        database.commit()
        assert poll(config)[0] == 0
        assert database.execute("SELECT count(*) FROM batch_jobs").fetchone() == (0,)


def test_kept_files_that_are_old_are_removed(tmp_path: Path, api: ThreadedSimulator) -> None:
    folder = tmp_path / "kept"
    config = write_config(
        tmp_path, base_url=api.base_url, more=f'[results]\nfolder = "{folder}"\nkeep_for = "1h"'
    )
    place = kept_at(folder, "job", START)
    assert poll(config)[0] == 0
    assert not place.exists()
    folder.rmdir()
    folder.write_text("in the way")
    status, _, log = poll(config)
    assert status == 0
    assert "old result files stay: kept files can't be removed" in log


def test_an_account_that_can_not_be_polled_holds_up_no_other(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url, accounts=("lab", "prod"))
    config.write_text(config.read_text().replace(API_KEY, "another-fake-key", 1))

    status, out, err = poll(config, "--json")

    assert status == 1
    lab, prod = json.loads(out)["accounts"]
    assert (lab["account"], lab["ok"]) == ("lab", False)
    assert "401" in lab["error"]
    assert lab["events"] == [{"kind": "account.unauthorized", "job": None}]
    assert (prod["account"], prod["ok"], prod["error"]) == ("prod", True, None)
    assert "another-fake-key" not in out + err


def test_a_failed_poll_is_told_beside_the_log(tmp_path: Path, api: ThreadedSimulator) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    api.fault(refusal(503, "overloaded"))

    status, out, err = poll(config)

    assert (status, out) == (1, "")
    assert "default: not polled: " in err
    assert "overloaded" in err


def test_beside_a_running_daemon_it_is_refused(tmp_path: Path, api: ThreadedSimulator) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    with daemon_lock(tmp_path / "bell.db"):
        status, out, err = poll(config)

    assert (status, out) == (75, "")
    assert "already runs" in err
    assert api.requests == ()


def test_a_wrong_configuration_is_told_whole(tmp_path: Path) -> None:
    config = write_config(tmp_path, channels={"team": "nonsense://x"}, more='log_level = "loud"')

    status, _, err = poll(config)

    assert status == 78
    assert "channels.team.url" in err
    assert "log_level" in err
    assert "Traceback" not in err
