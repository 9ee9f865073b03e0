"""SIGHUP: a new configuration is taken whole or not at all."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, keys, told_by_http
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import Answer

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator


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
    bell.wait_until_delivered()
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
    wait_until(lambda: len(api.requests) >= 4, "polls every second")


def test_another_progress_scale_is_one_for_rows_that_do_not_change_too(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    api.add_job(status="COMPLETED", progress=1)
    api.add_job(status="IN_PROGRESS", progress=0.5)
    percent: dict[str, object] = {"poll_interval": "1s", "progress_scale": "percent"}
    bell = start(config(api.base_url, account=percent)).wait_for_baseline()

    def progress() -> list[float]:
        return [row[0] for row in bell.rows("SELECT progress FROM batch_jobs ORDER BY progress")]

    polled = len(api.requests)
    wait_until(lambda: len(api.requests) > polled + 1, "a poll of what is known")
    assert progress() == [0.005, 0.01]
    bell.reload(config(api.base_url, account={**percent, "progress_scale": "fraction"}))
    wait_until(lambda: progress() == [0.5, 1.0], "the other scale")
    bell.reload(config(api.base_url, account=percent))
    wait_until(lambda: progress() == [0.005, 0.01], "the first scale again")


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
    assert {entry.facts.get("Account", "default") for entry in told} == {"default", "second"}


def ledger(bell: RunningDaemon) -> list[tuple[object, ...]]:
    """Return channel, state, attempts and reason of every notification."""
    query = "SELECT channel, state, attempts, reason FROM notifications ORDER BY id"
    return [tuple(row) for row in bell.rows(query)]


def test_a_message_on_its_way_arrives_once_whatever_is_reloaded_meanwhile(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id, answered = api.add_job(), threading.Event()
    settings = config(api.base_url, {"hook": json_url(hook)})
    bell = start(settings).wait_for_baseline()
    hook.answer_next(Answer(once=answered))
    api.update_job(job_id, status="FAILED")
    hook.wait_for(arrived(1))
    for _ in range(3):
        bell.reload(settings)
    answered.set()
    bell.wait_until_delivered()
    assert ledger(bell) == [("hook", "sent", 1, "")]
    assert keys(told_by_http(hook.requests)) == [(job_id, "FAILED")]


def test_a_message_that_failed_at_the_old_address_goes_to_the_new_one(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    job_id, answered = api.add_job(), threading.Event()
    bell = start(config(api.base_url, {"team": json_url(hook)})).wait_for_baseline()
    hook.answer_next(Answer(status=503, once=answered))
    api.update_job(job_id, status="FAILED")
    hook.wait_for(arrived(1))
    bell.reload(config(api.base_url, {"team": json_url(other_hook)}))
    answered.set()
    told = told_by_http(other_hook.wait_for(arrived(1)))
    bell.wait_until_delivered()
    assert keys(told) == [(job_id, "FAILED")]
    assert ledger(bell)[0] == ("team", "sent", 2, "")
    assert len(hook.requests) == 1


def test_a_message_that_reached_a_channel_while_it_was_removed_is_noted_as_sent(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id, answered = api.add_job(), threading.Event()
    settings = config(api.base_url, {"hook": json_url(hook)})
    bell = start(settings).wait_for_baseline()
    hook.answer_next(Answer(once=answered))
    api.update_job(job_id, status="FAILED")
    hook.wait_for(arrived(1))
    bell.reload(config(api.base_url))
    answered.set()
    wait_until(lambda: ledger(bell) == [("hook", "sent", 1, "")], "the outcome")
    bell.reload(settings)
    bell.wait_for_polls()
    assert keys(told_by_http(hook.requests)) == [(job_id, "FAILED")]


def test_ten_reloads_in_a_row_lose_and_double_nothing(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    jobs = [api.add_job() for _ in range(10)]
    addresses = [json_url(hook), json_url(other_hook)]
    bell = start(config(api.base_url, {"team": addresses[0]})).wait_for_baseline()
    for number, job_id in enumerate(jobs):
        api.update_job(job_id, status="FAILED")
        bell.reload(
            config(
                api.base_url,
                {"team": addresses[number % 2]},
                account={"poll_interval": f"{1 + number % 2}s"},
                alerts={"stalled_after": f"{number + 1}h"},
            )
        )
    wait_until(lambda: bell.told().count("batch.failed") == len(jobs), "all failures")
    bell.wait_until_delivered()
    told = told_by_http([*hook.requests, *other_hook.requests])
    assert keys(told) == sorted((job_id, "FAILED") for job_id in jobs)


def test_what_an_account_still_had_to_tell_is_told_after_it_was_removed(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    before, meanwhile = api.add_job(), api.add_job()
    both = config(api.base_url, {"hook": json_url(hook)})
    accounts = both["accounts"]
    assert isinstance(accounts, dict)
    other = {**both, "accounts": {"other": {**accounts["default"], "poll_interval": "10m"}}}
    bell = start(both).wait_for_baseline()
    hook.answer_next(Answer(status=503))
    api.update_job(before, status="FAILED")
    hook.wait_for(arrived(1))
    bell.reload(other)
    bell.wait_for_log("account.watching", account="other")
    hook.wait_for(arrived(2))
    bell.wait_until_delivered()
    # It was not watched when this happened; that is told when it is again.
    api.update_job(meanwhile, status="COMPLETED", output_file_id="file-obviously-fake")
    bell.reload(both)
    hook.wait_for(arrived(3))
    bell.wait_until_delivered()
    assert keys(told_by_http(hook.requests)) == sorted(
        [(before, "FAILED"), (meanwhile, "COMPLETED")]
    )


def test_a_new_password_of_the_page_holds_at_once(
    api: ThreadedSimulator, start: StartDaemon
) -> None:
    settings = config(api.base_url)
    web = settings["web"]
    assert isinstance(web, dict)
    bell = start(settings).wait_for_baseline()
    assert bell.get("/")[0] == 200
    bell.reload({**settings, "web": {**web, "password": "fake-password-of-the-page"}})
    assert bell.get("/")[0] == 401
    assert bell.get("/healthz")[0] == 200
    # Opening the page at another address asks for nothing at the old one before the restart.
    bell.reload({**settings, "web": {"listen": "127.0.0.2:0"}})
    bell.wait_for_log("a new web.enabled or web.listen, with the rest of [web], needs a restart")
    assert bell.get("/")[0] == 401
