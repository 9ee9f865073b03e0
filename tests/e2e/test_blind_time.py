"""News that comes late says when nobody looked, and why."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import command, config, json_url
from tests.e2e.messages import told_by_http
from tests.simulator.named_faults import refusal

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

HOUR = timedelta(hours=1)
#: Patient enough not to take a busy machine's pause for time in which nobody looked.
PATIENT = {"request_timeout": "30s"}


def gaps(bell: RunningDaemon) -> list[str]:
    """Return the reasons of the gaps that `status --json` knows."""
    done = command(bell, "status", "--json")
    done.check_returncode()
    return [gap["reason"] for gap in json.loads(done.stdout)["accounts"][0]["gaps"]]


def test_what_ended_while_the_daemon_was_down_carries_both_times_and_why(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job(progress=50)
    bell = start(
        config(api.base_url, {"hook": json_url(hook)}, account=PATIENT)
    ).wait_for_baseline()
    bell.stop()
    api.clock.advance(HOUR)
    api.update_job(job_id, status="FAILED", completed_at=api.clock.now())
    api.clock.advance(2 * HOUR)
    bell.start()
    (told,) = told_by_http(hook.wait_for(bool))

    assert told.key == (job_id, "FAILED")
    late = told.facts["Late news"]
    assert late.startswith("finished ")
    assert "; not polling " in late
    assert late.endswith(" UTC (daemon down)")
    bell.wait_for_polls()
    assert gaps(bell) == ["daemon down"]
    assert "UTC (daemon down)" in bell.get("/")[1]


@pytest.mark.parametrize(
    ("status", "text", "reason"), [(503, "try later", "API down"), (401, "no", "key refused")]
)
def test_what_ended_during_an_outage_of_the_api_says_so(
    api: ThreadedSimulator,
    start: StartDaemon,
    hook: HttpReceiver,
    status: int,
    text: str,
    reason: str,
) -> None:
    job_id = api.add_job(progress=50)
    bell = start(
        config(api.base_url, {"hook": json_url(hook)}, account=PATIENT)
    ).wait_for_baseline()
    api.fault(refusal(status, text))
    bell.wait_for_log("poll failed")
    api.update_job(job_id, status="COMPLETED", completed_at=api.clock.now())
    api.clock.advance(3 * HOUR)
    api.clear_faults()
    hook.wait_for(lambda got: job_id in [entry.job for entry in told_by_http(got)])

    (told,) = (entry for entry in told_by_http(hook.requests) if entry.job == job_id)
    assert told.facts["Late news"].endswith(f" UTC ({reason})")
    assert gaps(bell) == [reason]
