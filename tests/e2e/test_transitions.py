"""Each transition is told once, on every channel, with all a reader needs."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from batchbell.core.routing import EVENTS_PER_MESSAGE
from tests.e2e.harness import config, json_url, mail_url
from tests.e2e.messages import Entry, arrived, keys, told_by_http, told_by_mail
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, MailReceiver
    from tests.simulator.thread import ThreadedSimulator

LONG_ERROR = "row 17: " + "unterminated string, " * 40


def is_told(hook: HttpReceiver, job_id: str, label: str) -> bool:
    return (job_id, label) in keys(told_by_http(hook.requests))


def by_job(told: list[Entry], job_id: str) -> dict[str, Entry]:
    return {entry.label: entry for entry in told if entry.job == job_id}


def test_a_jobs_life_is_told_step_by_step_and_once(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, mail: MailReceiver
) -> None:
    everything = {"events": ["*"]}
    bell = start(
        config(
            api.base_url,
            {
                "hook": {"url": json_url(hook), **everything},
                "mail": {"url": mail_url(mail), **everything},
            },
        )
    ).wait_for_baseline()
    job_id = api.add_job(status="VALIDATING")
    steps: list[tuple[str, dict[str, object]]] = [
        ("Validating", {"status": "IN_PROGRESS", "progress": 0}),
        ("In progress", {"progress": 71.75}),
        ("Past 50%", {"status": "COMPLETED"}),
        ("COMPLETED", {}),
    ]
    for label, change in steps:
        wait_until(partial(is_told, hook, job_id, label), label)
        if change:
            api.update_job(job_id, **change)
    bell.wait_for_polls()

    expected = [
        ("", "Watching account"),
        *((job_id, label) for label in ("COMPLETED", "Created", "In progress", "Past 50%")),
        (job_id, "Validating"),
    ]
    assert keys(told_by_http(hook.requests)) == expected
    mails = mail.wait_for(lambda mails: len(told_by_mail(mails)) >= len(expected))
    assert keys(told_by_mail(mails)) == expected
    by_label = by_job(told_by_mail(mails), job_id)
    assert by_label["Past 50%"].facts["Progress"] == "71.8%"
    # What came back is an event of its own, which the message of the end tells, too.
    results = "SELECT count(*) FROM events WHERE kind = 'batch.results' AND job = ?"
    assert bell.value(results, job_id) == 1
    for told in (by_label, by_job(told_by_http(hook.requests), job_id)):
        assert " of " in told["COMPLETED"].headline


def test_every_end_is_told_once_with_its_status_files_and_error(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, mail: MailReceiver
) -> None:
    ends: dict[str, dict[str, object]] = {
        "COMPLETED": {"status": "COMPLETED"},
        "COMPLETED WITH ERRORS": {"status": "COMPLETED", "error_file_id": "file-some-failed"},
        "COMPLETED BUT NOTHING SUCCEEDED": {
            "status": "COMPLETED",
            "output_file_id": None,
            "error_file_id": "file-all-failed",
        },
        "FAILED": {"status": "FAILED", "error": LONG_ERROR},
        "EXPIRED": {"status": "EXPIRED", "error_file_id": "file-late"},
        "CANCELLED": {"status": "CANCELLED"},
    }
    jobs = {label: api.add_job(progress=40) for label in ends}
    bell = start(
        config(api.base_url, {"hook": json_url(hook), "mail": mail_url(mail)})
    ).wait_for_baseline()
    for label, change in ends.items():
        api.update_job(jobs[label], **change)

    requests = hook.wait_for(lambda got: len(told_by_http(got)) >= len(ends))
    mails = mail.wait_for(lambda got: len(told_by_mail(got)) >= len(ends))
    bell.wait_for_polls()
    assert (hook.requests, mail.mails) == (requests, mails)
    for told in (told_by_http(requests), told_by_mail(mails)):
        assert keys(told) == sorted((job_id, label) for label, job_id in jobs.items())
        for entry in told:
            _check_facts(entry, api.job(entry.job))


def _check_facts(entry: Entry, row: dict[str, object]) -> None:
    facts = entry.facts
    assert facts["Status"] == row["status"]
    assert facts.get("Output file", "none") == (row["output_file_id"] or "none")
    assert facts.get("Error file", "none") == (row["error_file_id"] or "none")
    if row["error"]:
        told = facts.get("Error", entry.headline)
        # Cut after a word, so somewhat short of the 200 characters.
        assert LONG_ERROR[:180] in told
        assert LONG_ERROR[:202] not in told


def test_an_expired_job_says_that_its_finished_part_is_there_and_billed(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job(progress=71.75)
    uncounted = config(api.base_url, {"hook": json_url(hook)}, results={"collect": "off"})
    start(uncounted).wait_for_baseline()
    api.update_job(job_id, status="EXPIRED", output_file_id="file-the-finished-part")

    (entry,) = told_by_http(hook.wait_for(arrived(1)))
    assert "partial output is kept" in entry.headline
    assert entry.facts["Output file"] == "file-the-finished-part"
    assert "/files/file-the-finished-part/content" in entry.facts["Fetch output"]


def test_the_empty_end_waits_for_a_second_listing_as_the_file_may_come_late(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    late = api.add_job()
    # Time enough to change it between two listings, on a busy machine too.
    seldom = {"poll_interval": "5s"}
    bell = start(config(api.base_url, {"hook": json_url(hook)}, account=seldom)).wait_for_baseline()
    api.update_job(late, status="COMPLETED", output_file_id=None)
    wait_until(
        lambda: bell.value("SELECT status FROM batch_jobs WHERE id = ?", late) == "COMPLETED"
    )
    api.update_job(late, output_file_id="file-late")

    (entry,) = told_by_http(hook.wait_for(arrived(1)))
    assert entry.label == "COMPLETED"
    assert entry.facts["Output file"] == "file-late"


def test_a_cancel_is_told_as_canceling_and_then_as_cancelled(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job(progress=10)
    bell = start(
        config(api.base_url, {"hook": {"url": json_url(hook), "events": ["batch.cancel*"]}})
    ).wait_for_baseline()
    api.update_job(job_id, status="CANCELING")
    hook.wait_for(arrived(1))
    api.update_job(job_id, status="CANCELLED")
    requests = hook.wait_for(arrived(2))
    bell.wait_for_polls()

    assert [entry.key for entry in told_by_http(requests)] == [
        (job_id, "Canceling"),
        (job_id, "CANCELLED"),
    ]
    assert len(hook.requests) == 2


@pytest.mark.long
def test_the_ends_of_one_poll_are_told_in_few_messages_that_name_every_job(
    api: ThreadedSimulator,
    start: StartDaemon,
    hook: HttpReceiver,
    mail: MailReceiver,
    ends: int,
) -> None:
    """Five hundred of them with `--ends 500`."""
    jobs = [api.add_job(file_size_bytes=1000) for _ in range(ends)]
    bell = start(
        config(api.base_url, {"hook": json_url(hook), "mail": mail_url(mail)})
    ).wait_for_baseline()
    # All of them in one poll.
    api.refuse()
    for job_id in jobs:
        api.update_job(job_id, status="COMPLETED")
    api.accept()

    messages = ends // EVENTS_PER_MESSAGE
    hook.wait_for(arrived(messages))
    mail.wait_for(arrived(messages))
    bell.wait_until_delivered()
    assert (len(hook.requests), len(mail.mails)) == (messages, messages)
    for told in (told_by_http(hook.requests), told_by_mail(mail.mails)):
        assert Counter(entry.job for entry in told) == Counter(jobs)
