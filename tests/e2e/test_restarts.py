"""What a first start keeps to itself, what downtime must not swallow, what a restart repeats."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url, mail_url
from tests.e2e.messages import arrived, keys, told_by_http, told_by_mail
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.e2e.conftest import StartDaemon
    from tests.e2e.messages import Entry
    from tests.loopback_receivers import HttpReceiver, HttpRequest, MailReceiver
    from tests.simulator.thread import ThreadedSimulator

ENDS = ("COMPLETED", "FAILED", "EXPIRED", "CANCELLED")
RESULTS_OF = "SELECT count(*) FROM events WHERE kind = 'batch.results' AND job = ?"


def test_three_hundred_old_jobs_are_a_silent_baseline(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, mail: MailReceiver
) -> None:
    long_ago = api.clock.now() - timedelta(days=30)
    for number in range(300):
        api.add_job(status=ENDS[number % 4], created_at=long_ago + timedelta(hours=number))
    bell = start(
        config(api.base_url, {"hook": json_url(hook), "mail": mail_url(mail)})
    ).wait_for_baseline()
    bell.wait_for_polls()
    # A message that does come shows that the silence before it was no crash.
    fresh = api.add_job(status="COMPLETED")

    told = told_by_http(hook.wait_for(arrived(1)))
    assert keys(told) == [(fresh, "COMPLETED")]
    assert keys(told_by_mail(mail.wait_for(arrived(1)))) == keys(told)
    assert bell.wait_for_log("account.watching")["jobs"] == 300
    told_kinds = ["account.watching", "batch.completed", "batch.created", "batch.results"]
    assert bell.told() == told_kinds


def test_what_ended_while_the_daemon_was_down_is_told_after_its_start(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    running = [api.add_job(progress=50) for _ in range(3)]
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    bell.stop()
    api.update_job(running[0], status="COMPLETED")
    api.update_job(running[1], status="FAILED", error="out of credit")
    came_and_went = api.add_job(status="EXPIRED")
    bell.start()

    told = told_by_http(hook.wait_for(lambda got: len(told_by_http(got)) >= 3))
    assert keys(told) == sorted(
        [(running[0], "COMPLETED"), (running[1], "FAILED"), (came_and_went, "EXPIRED")]
    )


def test_what_was_decided_before_a_kill_but_not_sent_is_sent_after_it(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    url = json_url(hook)
    hook.stop()
    bell = start(config(api.base_url, {"hook": url})).wait_for_baseline()
    api.update_job(job_id, status="FAILED")
    bell.wait_for_log("not sent", channel="hook")
    bell.kill()
    with type(hook)(port=hook.port) as back:
        bell.start()
        (request,) = back.wait_for(arrived(1))
        bell.wait_until_delivered()

    assert keys(told_by_http([request])) == [(job_id, "FAILED")]


def test_restarts_tell_nothing_twice(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = [api.add_job(status="VALIDATING") for _ in range(5)]
    bell = start(
        config(api.base_url, {"hook": {"url": json_url(hook), "events": ["*"]}})
    ).wait_for_baseline()
    for job_id, status in zip(jobs, ("IN_PROGRESS", *ENDS), strict=True):
        api.update_job(job_id, status=status)
    hook.wait_for(lambda got: len(_steps(got)) == 1 + len(jobs))
    unread = "SELECT count(*) FROM results WHERE state = 'waiting'"
    wait_until(lambda: bell.value(unread) == 0, "what came back")
    bell.wait_until_delivered()
    bell.restart().wait_for_polls(1)
    bell.kill()
    bell.start().wait_for_polls(1)

    told = told_by_http(hook.requests)
    assert len(told) == len(set(keys(told)))
    assert len(_steps(hook.requests)) == 1 + len(jobs)
    # What came back of a job is an event of its own, told by its end or after it.
    completed = jobs[1 + ENDS.index("COMPLETED")]
    assert bell.value(RESULTS_OF, completed) == 1
    (end,) = (entry for entry in told if entry.key == (completed, "COMPLETED"))
    assert (completed, "RESULTS") in keys(told) or " of " in end.headline


def _steps(requests: Iterable[HttpRequest]) -> list[Entry]:
    return [entry for entry in told_by_http(requests) if entry.label != "RESULTS"]
