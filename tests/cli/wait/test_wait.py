from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.cli.wait.waiting import Waited, exit_status, wait_for
from batchbell.core.job import BatchJob
from batchbell.store.sqlite.lock import daemon_lock, daemon_runs
from tests.cli.config_file import API_KEY, batchbell, poll, write_config
from tests.simulator.faults import Hang
from tests.simulator.named_faults import refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.cli.filled import Bell


class HandTime:
    """Stands in for the `time` module: each sleep does the next thing instead."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.slept: list[float] = []
        self._steps = iter(steps)

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        assert len(self.slept) < 1_000, "it never ends"
        next(self._steps, lambda: None)()


@pytest.fixture
def hand_time(monkeypatch: pytest.MonkeyPatch) -> Callable[..., HandTime]:
    def install(*steps: Callable[[], object]) -> HandTime:
        made = HandTime(*steps)
        monkeypatch.setattr("batchbell.cli.wait.command.time", made)
        return made

    return install


@pytest.fixture
def daemon(bell: Bell) -> Iterator[ExitStack]:
    """A daemon that holds its lock until the test closes this."""
    with ExitStack() as lock:
        lock.enter_context(daemon_lock(bell.database.path))
        yield lock


def waited(bell: Bell, *arguments: str) -> Result:
    return bell.run("wait", *arguments)


@pytest.mark.usefixtures("daemon")
def test_a_line_for_each_status_until_the_job_completes(
    bell: Bell, hand_time: Callable[..., HandTime]
) -> None:
    bell.poll(bell.job("one", "VALIDATING", progress=0.0), at=bell.ago(minutes=9))
    time = hand_time(
        lambda: bell.poll(bell.job("one", progress=0.25), at=bell.ago(minutes=8)),
        lambda: bell.poll(bell.job("one", progress=0.7175), at=bell.ago(minutes=7)),
        lambda: bell.poll(
            bell.job("one", "COMPLETED", progress=1.0, output_file_id="o"), at=bell.ago(minutes=6)
        ),
    )
    result = waited(bell, "one")
    assert result.output == "VALIDATING 0.0%\nIN_PROGRESS 25.0%\nCOMPLETED 100.0%\n"
    assert result.exit_code == 0
    assert time.slept == [1.0, 1.0, 1.0]


@pytest.mark.usefixtures("daemon")
@pytest.mark.parametrize("status", ["FAILED", "EXPIRED", "CANCELLED"])
def test_one_bad_end_among_several_is_exit_3(
    bell: Bell, hand_time: Callable[..., HandTime], status: str
) -> None:
    bell.poll(bell.job("good"), bell.job("bad"), at=bell.ago(minutes=9))
    hand_time(
        lambda: bell.poll(
            bell.job("good"), bell.job("bad", status, progress=None), at=bell.ago(minutes=8)
        ),
        lambda: bell.poll(
            bell.job("good", "COMPLETED", output_file_id="o"),
            bell.job("bad", status),
            at=bell.ago(minutes=7),
        ),
    )
    result = waited(bell, "goo", "bad", "good")
    assert result.exit_code == 3
    assert result.output.splitlines()[-2:] == [f"bad  {status} 50.0%", "good  COMPLETED 50.0%"]


@pytest.mark.usefixtures("daemon")
def test_time_that_is_up_is_exit_4_and_says_what_is_left(
    bell: Bell, hand_time: Callable[..., HandTime]
) -> None:
    bell.poll(bell.job("one", progress=0.7175))
    time = hand_time()
    result = waited(bell, "one", "--timeout", "90s")
    assert result.exit_code == 4
    assert result.stderr == "timed out: one IN_PROGRESS 71.8%\n"
    assert sum(time.slept) == 90


@pytest.mark.usefixtures("daemon")
def test_a_job_that_two_polls_do_not_list_is_unknown(
    bell: Bell, hand_time: Callable[..., HandTime]
) -> None:
    bell.poll(bell.job("one"), at=bell.ago(minutes=9))
    hand_time(
        lambda: bell.poll(bell.job("one"), at=bell.ago(minutes=8)),
        lambda: bell.poll(bell.job("one"), at=bell.ago(minutes=7)),
    )
    result = waited(bell, "never-seen")
    assert result.exit_code == 1
    assert result.stderr == "unknown: two polls did not list it\n"


@pytest.mark.usefixtures("daemon")
def test_a_new_job_that_the_second_poll_lists_is_waited_for(
    bell: Bell, hand_time: Callable[..., HandTime]
) -> None:
    bell.poll(at=bell.ago(minutes=9))
    hand_time(
        lambda: bell.poll(at=bell.ago(minutes=8)),
        lambda: bell.poll(bell.job("new", "COMPLETED"), at=bell.ago(minutes=7)),
    )
    assert waited(bell, "new").exit_code == 0


@pytest.mark.usefixtures("daemon")
def test_a_vanished_job_is_exit_1(bell: Bell, hand_time: Callable[..., HandTime]) -> None:
    bell.poll(bell.job("lost"), at=bell.ago(minutes=50))
    hand_time(*(lambda m=m: bell.poll(at=bell.ago(minutes=m)) for m in (40, 30, 20)))
    result = waited(bell, "lost")
    assert result.exit_code == 1
    assert result.stderr == "vanished: the API lists it no longer\n"


@pytest.mark.usefixtures("daemon")
def test_json_is_the_result_and_nothing_else(
    bell: Bell, hand_time: Callable[..., HandTime]
) -> None:
    bell.poll(bell.job("one", "FAILED"), bell.job("two"))
    hand_time()
    result = waited(bell, "one", "two", "--timeout", "5s", "--json")
    assert result.stderr == ""
    jobs = json.loads(result.stdout)["jobs"]
    assert [(job["id"], job["account"], job["outcome"]) for job in jobs] == [
        ("one", "default", "failed"),
        ("two", "default", "waiting"),
    ]
    assert jobs[1]["job"]["progress"] == 0.5


def test_a_job_that_has_ended_needs_neither_daemon_nor_api(bell: Bell) -> None:
    bell.poll(bell.job("one", "COMPLETED", output_file_id="o"))
    assert waited(bell, "one").exit_code == 0


def test_an_ambiguous_beginning_is_wrong_usage(bell: Bell) -> None:
    bell.poll(bell.job("one-1"), bell.job("one-2"))
    assert waited(bell, "one").exit_code == 2


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


def test_without_a_daemon_the_api_is_asked_and_nothing_is_written(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS", progress=71.75)
    api.fault(refusal(503, "try again"), times=1)
    time = hand_time(
        lambda: None,
        lambda: api.update_job(job_id, status="COMPLETED", progress=100, output_file_id="o"),
    )
    result = batchbell(config, "wait", job_id)
    assert result.exit_code == 0
    assert result.stdout == "IN_PROGRESS 71.8%\nCOMPLETED 100.0%\n"
    assert time.slept[0] == 60
    assert list(tmp_path.iterdir()) == [config]


def test_without_a_daemon_a_job_the_api_does_not_know_twice_is_unknown(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    hand_time()
    result = batchbell(config, "wait", "never-seen")
    assert result.exit_code == 1
    assert result.stderr.endswith("unknown: the API does not know it\n")
    assert len(api.requests) == 2


def test_without_a_daemon_a_dead_api_is_told_once_and_asked_again(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url, accounts=("asia", "europe"))
    job_id = api.add_job(status="COMPLETED", progress=100)
    api.refuse()
    hand_time(lambda: None, api.accept)
    result = batchbell(config, "wait", job_id)
    assert result.exit_code == 0
    assert result.stderr.count("asking again") == 1


def test_without_a_daemon_a_beginning_is_looked_up_in_the_old_snapshot(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS", progress=40)
    poll(config)
    api.update_job(job_id, status="FAILED", progress=40)
    hand_time()
    result = batchbell(config, "wait", job_id[:8])
    assert (result.exit_code, result.stdout) == (3, "FAILED 40.0%\n")


def test_without_a_daemon_an_api_that_hangs_does_not_outlast_the_timeout(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    api.fault(Hang())
    time = hand_time()
    result = batchbell(config, "wait", "one", "--timeout", "1s")
    assert result.exit_code == 4
    assert result.stderr == "timed out: one not seen yet\n"
    assert time.slept == [1.0]


def test_without_a_daemon_a_refused_key_ends_the_waiting(
    tmp_path: Path, api: ThreadedSimulator, hand_time: Callable[..., HandTime]
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    api.fault(refusal(401, "Invalid API key provided"))
    hand_time()
    result = batchbell(config, "wait", "one")
    assert result.exit_code == 1
    assert "Invalid API key provided" in result.stderr


def test_without_a_daemon_a_key_that_is_changed_while_it_waits_is_taken(
    tmp_path: Path, hand_time: Callable[..., HandTime]
) -> None:
    with running_simulator(api_key=API_KEY) as api:
        config = write_config(tmp_path, base_url=api.base_url)
        job_id = api.add_job(status="IN_PROGRESS", progress=50)

        def change_the_key() -> None:
            api.api_key = "fake-key-of-tomorrow"
            config.write_text(config.read_text().replace(API_KEY, api.api_key))
            api.update_job(job_id, status="COMPLETED", progress=100, output_file_id="o")

        hand_time(change_the_key)
        result = batchbell(config, "wait", job_id)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("COMPLETED 100.0%\n")


def test_without_a_daemon_an_account_has_to_be_configured(
    tmp_path: Path, hand_time: Callable[..., HandTime]
) -> None:
    hand_time()
    result = batchbell(write_config(tmp_path), "wait", "one", "--account", "mars")
    assert result.exit_code == 2
    assert "account 'mars' is not configured; there is default" in result.stderr


def test_a_daemon_is_noticed_by_its_lock_without_creating_anything(tmp_path: Path) -> None:
    path = tmp_path / "bell.db"
    assert not daemon_runs(path)
    assert list(tmp_path.iterdir()) == []
    with daemon_lock(path):
        assert daemon_runs(path)
    assert not daemon_runs(path)


def test_a_bad_end_counts_more_than_time_and_time_more_than_loss() -> None:
    failed = Waited("a", job=BatchJob(id="a", status="FAILED"))
    running = Waited("b", job=BatchJob(id="b", status="IN_PROGRESS"))
    gone = Waited("c", gone="unknown")
    done = Waited("d", job=BatchJob(id="d", status="COMPLETED"))
    assert exit_status([failed, running, gone, done]) == 3
    assert exit_status([running, gone, done]) == 4
    assert exit_status([gone, done]) == 1
    assert exit_status([done]) == 0
    assert [each.outcome for each in (failed, running, gone, done)] == [
        *["failed", "waiting", "gone", "completed"],
    ]


def test_the_pause_is_cut_to_the_time_that_is_left() -> None:
    time = HandTime()
    left: list[float | None] = []

    def look(seconds: float | None) -> float:
        left.append(seconds)
        return timedelta(minutes=1).total_seconds()

    status = wait_for(
        [Waited("a")],
        look=look,
        timeout_seconds=90.0,
        tell=lambda _each, _news: None,
        clock=time.monotonic,
        sleep=time.sleep,
    )
    assert (status, time.slept, left) == (4, [60.0, 30.0], [90.0, 30.0, 0.0])
