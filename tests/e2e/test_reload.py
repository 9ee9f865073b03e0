"""SIGHUP: a new configuration is taken whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, keys, told_by_http
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from batchbell.simulator.thread import ThreadedSimulator
    from tests.e2e.conftest import StartDaemon
    from tests.receivers import HttpReceiver


def test_a_new_channel_gets_only_new_events(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    before, after = api.add_job(), api.add_job()
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    api.update_job(before, status="FAILED")
    hook.wait_for(arrived(1))

    line = bell.reload(config(api.base_url, {"hook": json_url(hook), "new": json_url(other_hook)}))
    assert (line["message"], line["channels"]) == ("reloaded", "hook, new")
    api.update_job(after, status="FAILED")
    hook.wait_for(arrived(2))
    told = told_by_http(other_hook.wait_for(arrived(1)))
    bell.wait_until_delivered()
    assert keys(told) == [(after, "FAILED")]
    assert len(other_hook.requests) == 1


def test_a_configuration_that_cant_be_used_changes_nothing_and_all_its_faults_are_told(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    broken = config(
        api.base_url,
        {"hook": "slak://obviously-fake-token"},
        account={"poll_interval": "soon"},
    )

    line = bell.reload(broken)
    assert line["message"].startswith("reload refused, the old configuration stays: ")
    assert "accounts.default.poll_interval" in line["message"]
    assert "did you mean slack://" in line["message"]
    assert "obviously-fake-token" not in bell.log_text()
    api.update_job(job_id, status="FAILED")
    assert keys(told_by_http(hook.wait_for(arrived(1)))) == [(job_id, "FAILED")]


def test_what_a_removed_channel_still_had_to_send_is_dead(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    hook.stop()
    both = {"gone": json_url(hook), "stays": json_url(other_hook)}
    bell = start(config(api.base_url, both)).wait_for_baseline()
    api.update_job(job_id, status="FAILED")
    bell.wait_for_log("not sent", channel="gone")

    bell.reload(config(api.base_url, {"stays": json_url(other_hook)}))
    rows = bell.rows("SELECT channel, state, reason FROM notifications ORDER BY channel")
    assert [tuple(row) for row in rows] == [
        ("gone", "dead", "channel removed"),
        ("stays", "sent", ""),
    ]
    # A channel of that name that comes back starts anew.
    with type(hook)(port=hook.port) as back:
        bell.reload(config(api.base_url, both))
        later = api.add_job(status="COMPLETED")
        told = told_by_http(back.wait_for(arrived(1)))
    assert keys(told) == [(later, "COMPLETED")]


def test_another_poll_interval_is_in_force_at_once(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    bell = start(config(api.base_url, account={"poll_interval": "10m"})).wait_for_baseline()
    assert len(api.requests) == 1

    line = bell.reload(config(api.base_url, account={"poll_interval": "1s"}))
    assert line["accounts"] == "default (every 1 s)"
    wait_until(lambda: len(api.requests) >= 4, "polls every second", within=8)


def test_an_account_that_is_added_begins_with_its_own_silent_baseline(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    api.add_job(status="COMPLETED")
    first = config(api.base_url, {"hook": json_url(hook)})
    bell = start(first).wait_for_baseline()
    accounts = first["accounts"]
    assert isinstance(accounts, dict)

    bell.reload({**first, "accounts": {**accounts, "second": accounts["default"]}})
    bell.wait_for_log("account.watching", account="second")
    fresh = api.add_job(status="FAILED")
    hook.wait_for(lambda got: len(told_by_http(got)) == 2)
    told = told_by_http(hook.requests)
    assert keys(told) == [(fresh, "FAILED")] * 2
    assert {entry.facts["Account"] for entry in told} == {"default", "second"}
