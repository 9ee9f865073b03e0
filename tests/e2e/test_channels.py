"""Receivers that are down, wrong or hang: nothing is lost, and nobody else notices."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url, mail_url
from tests.e2e.messages import arrived, keys, told_by_http, told_by_mail
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import HANG, Answer, HttpReceiver

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import MailReceiver
    from tests.simulator.thread import ThreadedSimulator

#: From the commit that caused a message to its arrival, seconds.
START_WITHIN_SECONDS = 1.0


def arrival_delay_seconds(bell: RunningDaemon, job_id: str, arrived_at: float) -> float:
    """Return the time from the commit of a job's end to a moment of `time.monotonic`."""
    # The line is written right after the commit.
    line = bell.wait_for_log("batch.failed", job=job_id)
    committed_at = datetime.fromisoformat(line["time"]).timestamp()
    return arrived_at + (time.time() - time.monotonic()) - committed_at


def test_a_receiver_that_was_down_gets_everything_in_a_few_messages(
    api: ThreadedSimulator, start: StartDaemon, mail: MailReceiver, hook: HttpReceiver
) -> None:
    jobs = [api.add_job() for _ in range(3)]
    hook.stop()
    bell = start(
        config(api.base_url, {"hook": json_url(hook), "mail": mail_url(mail)})
    ).wait_for_baseline()
    for number, job_id in enumerate(jobs, 1):
        api.update_job(job_id, status="FAILED")
        # The other channel is told of each at once.
        mail.wait_for(arrived(number))

    with HttpReceiver(port=hook.port) as back:
        back.wait_for(lambda got: len(told_by_http(got)) == len(jobs))
        bell.wait_until_delivered()
        requests = back.requests
    # The one that was tried meanwhile as it was, and the others in one digest.
    assert [keys(told_by_http([request])) for request in requests] == [
        [(jobs[0], "FAILED")],
        sorted((job_id, "FAILED") for job_id in jobs[1:]),
    ]
    assert keys(told_by_mail(mail.mails)) == keys(told_by_http(requests))


def test_a_retried_message_is_the_same_and_has_the_same_key(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    hook.answer_next(Answer(status=503))
    api.update_job(job_id, status="FAILED")
    first, second = hook.wait_for(arrived(2))
    bell.wait_until_delivered()

    assert (first.body, first.headers["idempotency-key"]) == (
        second.body,
        second.headers["idempotency-key"],
    )
    assert second.at - first.at > 3.5
    # How much later it was to be, seconds; a busy machine is later still.
    decided = bell.value(
        "SELECT (next_attempt_at - started_at) / 1000000.0 - duration_seconds FROM notifications"
        " JOIN attempts ON notification_id = notifications.id WHERE NOT delivered"
    )
    assert 3.5 < decided < 8


def test_a_channel_that_refuses_for_good_is_told_on_the_others_and_so_is_its_recovery(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, mail: MailReceiver
) -> None:
    first, second = api.add_job(), api.add_job()
    bell = start(
        config(api.base_url, {"hook": json_url(hook), "mail": mail_url(mail)})
    ).wait_for_baseline()
    hook.answer_next(Answer(status=404))
    api.update_job(first, status="FAILED")
    mail.wait_for(lambda got: len(told_by_mail(got)) == 2)
    api.update_job(second, status="FAILED")
    mails = mail.wait_for(lambda got: len(told_by_mail(got)) == 4)
    bell.wait_until_delivered()

    assert keys(told_by_mail(mails)) == sorted(
        [
            (first, "FAILED"),
            (second, "FAILED"),
            ("", "CHANNEL FAILING"),
            ("", "Channel recovered"),
        ]
    )
    failing = next(told for told in told_by_mail(mails) if told.label == "CHANNEL FAILING")
    assert "hook" in failing.headline
    assert "HTTP 404" in failing.headline
    # The channel in question hears nothing of itself.
    assert keys(told_by_http(hook.requests)) == [(second, "FAILED")]
    assert bell.value("SELECT reason FROM notifications WHERE state = 'dead'") == (
        "HTTP 404 Not Found"
    )


def test_a_receiver_that_never_answers_holds_up_no_other_and_no_poll(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    jobs = [api.add_job() for _ in range(4)]
    hook.default = HANG
    start(
        config(api.base_url, {"hanging": json_url(hook), "well": json_url(other_hook)})
    ).wait_for_baseline()
    for number, job_id in enumerate(jobs, 1):
        api.update_job(job_id, status="FAILED")
        other_hook.wait_for(arrived(number))

    assert keys(told_by_http(other_hook.requests)) == sorted((job_id, "FAILED") for job_id in jobs)
    assert len(hook.requests) == 1
    asked = len(api.requests)
    wait_until(lambda: len(api.requests) >= asked + 2, "further polls")


def test_a_message_leaves_within_a_second_of_the_commit_that_caused_it(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = [api.add_job() for _ in range(4)]
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    delays = []
    for number, job_id in enumerate(jobs, 1):
        api.update_job(job_id, status="FAILED")
        got = hook.wait_for(arrived(number))
        delays.append(arrival_delay_seconds(bell, job_id, got[-1].at))

    # A busy machine may be late with one or the other.
    assert min(delays) < START_WITHIN_SECONDS, delays
