"""Time in which nobody looked is no standstill, and what happened in it says when that was."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, told_by_http
from tests.e2e.waiting import wait_until
from tests.simulator.named_faults import refusal

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator

HOUR = timedelta(hours=1)


def test_neither_a_kill_nor_an_outage_longer_than_a_stall_is_one(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    still, failing, expiring = (api.add_job(progress=40) for _ in range(3))
    late = api.add_job(progress=40, job_deadline=api.clock.now() + 1.5 * HOUR)
    alerts = {"deadline_warnings": ["15m"], "stalled_after": "30m", "unreachable_after": "1d"}
    # Patient enough not to take a busy machine's pause for time in which nobody looked.
    account = {"request_timeout": "30s"}
    bell = start(
        config(api.base_url, {"hook": json_url(hook)}, account=account, alerts=alerts)
    ).wait_for_baseline()

    bell.kill()
    api.clock.advance(HOUR)
    api.update_job(failing, status="FAILED", completed_at=api.clock.now())
    api.clock.advance(HOUR)
    bell.start()
    failed, missed = told_by_http(hook.wait_for(arrived(1)))
    assert [failed.key, missed.key] == [(failing, "FAILED"), (late, "DEADLINE MISSED")]
    unseen = r"seen .* UTC; not polling .* UTC \(daemon down\)"
    assert re.fullmatch(f"finished .*, {unseen}", failed.facts["Late news"])
    assert re.fullmatch(f"deadline .*, {unseen}", missed.facts["Late news"])

    api.fault(refusal(503, "try again later"))
    bell.wait_for_log("poll failed")
    api.update_job(expiring, status="EXPIRED")
    api.clock.advance(2 * HOUR)
    asked = len(api.requests)
    wait_until(lambda: len(api.requests) > asked + 2, "failed polls")
    api.clear_faults()
    expired = told_by_http(hook.wait_for(arrived(2)))[2]
    assert expired.key == (expiring, "EXPIRED")
    assert re.fullmatch(r".*not polling .* UTC \(API down\)", expired.facts["Late news"])

    bell.wait_for_polls()
    kinds = ["account.watching", "batch.failed", "batch.deadline_missed", "batch.expired"]
    assert [kind for kind in bell.told() if kind != "batch.results"] == kinds
    flat = bell.value("SELECT flat_for FROM batch_jobs WHERE id = ?", still)
    assert timedelta(microseconds=flat) < HOUR / 2
