from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from tests.cli.config_file import API_KEY, batchbell, write_config
from tests.cli.process import running
from tests.loopback_receivers import HttpReceiver
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=API_KEY) as simulator:
        yield simulator


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def config(tmp_path: Path, api: ThreadedSimulator, receiver: HttpReceiver) -> Path:
    url = f"json://{receiver.netloc}"
    path = write_config(tmp_path, base_url=api.base_url, channels={"team": url})
    path.write_text(
        path.read_text().replace("request_timeout", 'poll_interval = "1s"\nrequest_timeout')
    )
    return path


def test_it_tells_what_changes_until_it_is_asked_to_stop(
    config: Path, api: ThreadedSimulator, receiver: HttpReceiver
) -> None:
    job_id = api.add_job(status="IN_PROGRESS")
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        api.update_job(job_id, status="FAILED")
        (request,) = receiver.wait_for(bool)
        assert job_id in request.text

        daemon.signal(signal.SIGTERM)
        assert daemon.end() == 0
    assert daemon.out.all() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_also_stops_in_order_while_it_starts(tmp_path: Path, number: signal.Signals) -> None:
    config = tmp_path / "batchbell.toml"
    os.mkfifo(config, mode=0o600)
    with running("--config", str(config), "run") as daemon:
        # It reads its configuration as soon as this opens, and waits for the end of it.
        with config.open("w"):
            daemon.signal(signal.SIGHUP)
            daemon.signal(number)
            assert daemon.end() == 0
        assert daemon.err.all() == []


def test_what_cancel_causes_is_delivered_by_the_running_daemon_at_once(
    config: Path, api: ThreadedSimulator, receiver: HttpReceiver
) -> None:
    slow = config.read_text().replace('poll_interval = "1s"', 'poll_interval = "1h"')
    config.write_text(slow + 'events = ["batch.canceling"]\n')
    job_id = api.add_job(status="IN_PROGRESS")
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")

        assert batchbell(config, "cancel", job_id, "--yes").exit_code == 0

        (request,) = receiver.wait_for(bool)
    assert job_id in request.text


def test_a_second_daemon_on_the_database_is_refused(config: Path) -> None:
    with running("--config", str(config), "run") as first:
        first.wait_for_err("account.watching")
        with running("--config", str(config), "run") as second:
            assert second.end() == 75
        assert "already runs" in "".join(second.err.all())


def test_a_wrong_configuration_is_told_whole_before_anything_starts(
    config: Path, tmp_path: Path
) -> None:
    config.write_text(config.read_text().replace("json://", "nonsense://") + "colour = 1\n")
    with running("--config", str(config), "run") as daemon:
        assert daemon.end() == 78

    told = "".join(daemon.err.all())
    assert "channels.team.url" in told
    assert "channels.team.colour" in told
    assert "Traceback" not in told
    assert not (tmp_path / "bell.db").exists()


def test_a_reload_takes_the_new_log_level_and_refuses_nonsense(config: Path) -> None:
    good = config.read_text()
    with running("--config", str(config), "run") as daemon:
        daemon.wait_for_err("account.watching")
        config.write_text('log_level = "loud"\n' + good)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_err("reload refused")

        config.write_text('log_level = "debug"\n' + good)
        daemon.signal(signal.SIGHUP)
        daemon.wait_for_err('"message": "polled"')
