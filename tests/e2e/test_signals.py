"""The process: it stops in time whatever the network does, and is alone on its database."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import command, config, json_url
from tests.e2e.messages import arrived, keys, told_by_http
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HANG
from tests.simulator.faults import Hang

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

both_signals = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])


@both_signals
def test_an_idle_daemon_stops_promptly(
    api: ThreadedSimulator, start: StartDaemon, number: signal.Signals
) -> None:
    bell = start(config(api.base_url, account={"poll_interval": "15m"})).wait_for_baseline()

    bell.stop(number)
    assert "Traceback" not in bell.log_text()
    assert bell.logs()[-1]["message"] == "stopping"


@both_signals
def test_it_stops_in_the_middle_of_a_poll_that_hangs(
    api: ThreadedSimulator, start: StartDaemon, number: signal.Signals
) -> None:
    api.fault(Hang())
    bell = start(config(api.base_url, account={"request_timeout": "10m"}))
    wait_until(lambda: api.requests, "a poll")

    bell.stop(number)
    assert "Traceback" not in bell.log_text()


def test_it_stops_in_the_middle_of_a_send_that_hangs_and_sends_it_after_the_next_start(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    hook.answer_next(HANG)
    api.update_job(job_id, status="FAILED")
    hook.wait_for(arrived(1))

    bell.stop()
    assert "Traceback" not in bell.log_text()
    bell.start()
    first, second = hook.wait_for(arrived(2))
    assert keys(told_by_http([second])) == [(job_id, "FAILED")]
    assert first.body == second.body
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]


@pytest.mark.sqlite
@pytest.mark.parametrize("other", ["run", "poll"])
def test_a_second_daemon_on_the_same_database_is_refused_in_one_sentence(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other: str
) -> None:
    job_id = api.add_job()
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()

    refused = command(bell, other)
    assert refused.returncode == 75
    assert "another batchbell already runs on" in refused.stderr
    assert str(bell.database) in refused.stderr
    assert "Traceback" not in refused.stderr

    # The first one goes on as before.
    api.update_job(job_id, status="COMPLETED")
    assert keys(told_by_http(hook.wait_for(arrived(1)))) == [(job_id, "COMPLETED")]


def test_a_killed_daemon_leaves_no_lock_behind(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    bell.kill()

    polled = command(bell, "poll")
    assert (polled.returncode, polled.stderr.count("Traceback")) == (0, 0)
