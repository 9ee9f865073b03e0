"""The dead man's switch, pinged by a real daemon."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from batchbell.runtime.heartbeat import DEADLINE_SECONDS
from tests.e2e.harness import command, config
from tests.loopback_receivers import HANG
from tests.simulator.named_faults import refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, HttpRequest
    from tests.simulator.thread import ThreadedSimulator

TOKEN = "fake-token-of-the-heartbeat"


def paths(requests: Iterable[HttpRequest]) -> list[str]:
    return [request.path for request in requests]


def heartbeat(api: ThreadedSimulator, hook: HttpReceiver) -> dict[str, object]:
    url = f"http://{hook.netloc}/{TOKEN}"
    return config(api.base_url, alerts={"heartbeat_url": url})


def test_it_says_start_success_and_failure(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    api.add_job(progress=50)
    api.add_job(status="COMPLETED")
    bell = start(heartbeat(api, hook))
    first = hook.wait_for(lambda got: len(got) >= 3)
    assert paths(first[:3]) == [f"/{TOKEN}/start", f"/{TOKEN}", f"/{TOKEN}"]
    assert first[1].json == {"accounts": 1, "jobs": 2, "running": 1}

    api.fault(refusal(401, "Invalid API key provided"))
    failed = hook.wait_for(lambda got: paths(got)[-1] == f"/{TOKEN}/fail")
    assert "Invalid API key provided" in failed[-1].json["failing"]["default"]

    api.clear_faults()
    hook.wait_for(lambda got: paths(got)[-1] == f"/{TOKEN}")
    bell.stop()
    assert TOKEN not in bell.log_text()


def test_a_receiver_that_hangs_holds_up_neither_polls_nor_the_stop(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    hook.default = HANG
    bell = start(heartbeat(api, hook)).wait_for_baseline()
    bell.wait_for_polls(4)
    # One at a time: the next one waits until this is given up.
    pauses = [later.at - earlier.at for earlier, later in pairwise(hook.requests)]
    assert all(pause > DEADLINE_SECONDS - 1 for pause in pauses)
    bell.stop()


def test_a_poll_from_cron_pings_too(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(heartbeat(api, hook)).wait_for_baseline()
    bell.stop()
    hook.received.clear()
    command(bell, "poll").check_returncode()
    assert paths(hook.requests) == [f"/{TOKEN}"]
