"""Each step of a deadline is told in its time and once, whatever the API does."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.simulator.clock import SimulatedClock
from tests.e2e.fast_daemon import FastDaemon
from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, told_by_http
from tests.simulator.faults import Hang
from tests.simulator.named_faults import refusal
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.e2e.bell_database import BellDatabase
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

MINUTE = timedelta(minutes=1)
#: Steps are measured by the API's clock, and its answers carry whole seconds.
ROUNDING = timedelta(seconds=2)
STEPS: Mapping[str, object] = {"deadline_warnings": ["10m", "1m"]}


def told_at(bell: BellDatabase, kind: str) -> datetime:
    """Return when the latest event of a kind was decided."""
    query = "SELECT max(seen_at) FROM events WHERE kind = ?"
    return datetime.fromtimestamp(bell.value(query, kind) / 1e6, UTC)


def labels(hook: HttpReceiver) -> list[str]:
    """Return what was told, steps without how long there is left."""
    return [re.sub(r" (in .*|now)", "", entry.label) for entry in told_by_http(hook.requests)]


@pytest.mark.long
def test_each_step_is_told_once_though_the_api_is_down_and_again_for_another_deadline(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    deadline = api.clock.now() + 10 * MINUTE + timedelta(seconds=4)
    job_id = api.add_job(progress=40, job_deadline=deadline)
    settings = config(
        api.base_url, {"hook": json_url(hook)}, alerts={**STEPS, "unreachable_after": "1d"}
    )
    bell = start(settings).wait_for_baseline()

    api.refuse()
    hook.wait_for(arrived(1))
    late = api.clock.now() - (deadline - 10 * MINUTE)
    assert late > -ROUNDING
    (step,) = told_by_http(hook.requests)
    assert (step.job, step.facts["Status"]) == (job_id, "IN_PROGRESS")
    assert re.fullmatch(r"DEADLINE in (9m \d+s|10m)", step.label)
    assert re.search(
        r" its \d\d:\d\d UTC deadline: 60\.0% are left to do in (9m \d+s|9m|10m)$", step.headline
    )
    # What to do says what is left.
    assert "Forecast" not in step.facts
    unlikely = (
        "Cancel it now and submit the rest: it will probably expire unfinished, as 60.0% are left "
    )
    assert step.facts["What to do"].startswith(unlikely)

    api.accept()
    api.fault(refusal(503, "try again later"))
    # As long before it as may be: a busy machine takes its time.
    api.clock.advance(deadline - MINUTE - api.clock.now())
    tightest = told_by_http(hook.wait_for(arrived(2)))[1]
    assert re.fullmatch(r"DEADLINE (now|in (\d+s|1m))", tightest.label)
    api.clock.advance(MINUTE)
    missed = told_by_http(hook.wait_for(arrived(3)))[2]
    assert missed.label == "DEADLINE MISSED"

    api.clear_faults()
    bell.wait_for_polls()
    bell.restart().wait_for_polls()
    assert labels(hook) == ["DEADLINE", "DEADLINE", "DEADLINE MISSED"]

    api.update_job(job_id, job_deadline=api.clock.now() + 9 * MINUTE)
    again = told_by_http(hook.wait_for(arrived(4)))[3]
    assert re.fullmatch(r"DEADLINE in (8m \d+s|9m)", again.label)
    bell.wait_for_polls()
    assert labels(hook) == ["DEADLINE", "DEADLINE", "DEADLINE MISSED", "DEADLINE"]


def _polls(api: ThreadedSimulator) -> int:
    return sum(request.target == "/v1/batches" for request in api.requests)


# A server's clock, by which replicas go, can't be made fast.
@pytest.mark.sqlite
def test_a_step_is_told_in_time_while_a_poll_hangs(tmp_path: Path, hook: HttpReceiver) -> None:
    speed = 5.0
    with running_simulator(clock=SimulatedClock(speed=speed)) as api:
        moment = api.clock.now() + timedelta(seconds=20)
        job_id = api.add_job(progress=40, job_deadline=moment + 10 * MINUTE)
        # Longer than any machine takes for the rest.
        quick = {"poll_interval": "5s", "request_timeout": "5m"}
        settings = config(api.base_url, {"hook": json_url(hook)}, account=quick, alerts=STEPS)
        with FastDaemon(tmp_path, settings, speed=speed) as bell:
            bell.wait_for_baseline()
            api.fault(Hang())
            polls = _polls(api)
            (told,) = told_by_http(hook.wait_for(arrived(1)))
            assert told.job == job_id
            assert _polls(api) <= polls + 1, "no poll ended"
            late = told_at(bell, "batch.deadline_approaching") - moment
            assert late > -ROUNDING
            assert re.fullmatch(r"DEADLINE in (9m \d+s|10m)", told.label)
