"""A message that its receiver never takes holds up no other, and the other channels are told."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from batchbell.simulator.clock import SimulatedClock
from tests.e2e.fast_daemon import FastDaemon
from tests.e2e.harness import config, json_url, mail_url
from tests.e2e.waiting import wait_until
from tests.loopback_receivers import Answer, HttpReceiver, MailReceiver
from tests.simulator.thread import running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.bell_database import BellDatabase
    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import Mail
    from tests.simulator.thread import ThreadedSimulator

SECRET = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="
#: Simulated seconds a second.
SPEED = 10.0
KINDS = ("webhook", "json", "mail")


class Picky:
    """A receiver of one kind that never takes what is about one job."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        #: The HTTP status, or the reply to a mail's DATA, for what is about that job.
        self.refusal = ""
        self.jobs: list[str] = []
        self.bad_job = "none yet"
        #: The ids of the jobs in what was taken, in order.
        self.taken: list[str] = []
        self.http, self.mail = HttpReceiver(), MailReceiver()
        self.http.judge, self.mail.judge = self._judge_request, self._judge_mail

    @property
    def channel(self) -> dict[str, object]:
        """Its channel, which is told of failures."""
        where: dict[str, object] = {"url": json_url(self.http)}
        if self.kind == "webhook":
            where = {"webhook": f"http://{self.http.netloc}/", "webhook_secret": SECRET}
        elif self.kind == "mail":
            where = {"url": mail_url(self.mail)}
        return {**where, "events": ["batch.failed"]}

    def _judge_request(self, body: bytes) -> Answer | None:
        return None if self._takes(body.decode()) else Answer(status=int(self.refusal))

    def _judge_mail(self, mail: Mail) -> str:
        return "250 OK" if self._takes(mail.text) else self.refusal

    def _takes(self, text: str) -> bool:
        if self.bad_job in text:
            return False
        self.taken += [job_id for job_id in self.jobs if job_id in text]
        return True


@pytest.fixture(params=KINDS)
def picky(request: pytest.FixtureRequest) -> Iterator[Picky]:
    receiver = Picky(request.param)
    with receiver.http, receiver.mail:
        yield receiver


@pytest.fixture
def fast_api() -> Iterator[ThreadedSimulator]:
    with running_simulator(clock=SimulatedClock(speed=SPEED)) as simulator:
        yield simulator


def two_channels(
    api: ThreadedSimulator, picky: Picky, other: HttpReceiver, **account: object
) -> dict[str, object]:
    """Return the configuration: the picky channel, and one that hears how it does."""
    listening = {"url": json_url(other), "events": ["channel.*"]}
    return config(api.base_url, {"picky": picky.channel, "other": listening}, account=account)


def fail_one_after_the_other(api: ThreadedSimulator, bell: BellDatabase, jobs: list[str]) -> None:
    """Let each job fail by a poll of its own."""
    for number, job_id in enumerate(jobs, 1 + bell.told().count("batch.failed")):
        api.update_job(job_id, status="FAILED")
        wait_until(lambda: bell.told().count("batch.failed") == number, job_id)  # noqa: B023 - awaited here


def check_what_is_told(picky: Picky, bell: BellDatabase, other: HttpReceiver) -> None:
    """The other channel is told of that job, and that is all it is told."""
    (request,) = other.wait_for(bool, TIMEOUT_SECONDS)
    assert request.json["title"].startswith("MESSAGE NOT SENT to picky: ")
    assert picky.bad_job in request.body.decode()
    assert bell.told().count("channel.message_lost") == 1
    assert bell.told().count("channel.failing") == 0


def test_one_called_invalid_is_given_up_and_all_others_arrive_in_order(
    picky: Picky, api: ThreadedSimulator, start: StartDaemon, other_hook: HttpReceiver
) -> None:
    picky.jobs = [api.add_job() for _ in range(6)]
    picky.bad_job = picky.jobs[1]
    picky.refusal = "554 message refused" if picky.kind == "mail" else "400"
    bell = start(two_channels(api, picky, other_hook)).wait_for_baseline()
    fail_one_after_the_other(api, bell, picky.jobs)

    others = [job_id for job_id in picky.jobs if job_id != picky.bad_job]
    wait_until(lambda: picky.taken == others, "the others, in order")
    check_what_is_told(picky, bell, other_hook)
    assert bell.value("SELECT attempts FROM notifications WHERE state = 'dead'") == 1
    assert bell.rows("SELECT failing_since FROM channels WHERE failing_since NOTNULL") == []


# A server's clock, by which replicas go, can't be made fast.
@pytest.mark.sqlite
@pytest.mark.parametrize("is_first_by_far", [True, False])
def test_one_that_its_receiver_fails_on_lets_all_others_pass_within_two_minutes_in_order(
    picky: Picky,
    fast_api: ThreadedSimulator,
    tmp_path: Path,
    other_hook: HttpReceiver,
    *,
    is_first_by_far: bool,
) -> None:
    picky.jobs = [fast_api.add_job() for _ in range(6)]
    picky.bad_job = picky.jobs[0]
    picky.refusal = "451 local error" if picky.kind == "mail" else "500"
    # Half a second.
    seldom = {"poll_interval": "5s", "request_timeout": "30s"}
    settings = two_channels(fast_api, picky, other_hook, **seldom)
    with FastDaemon(tmp_path, settings, speed=SPEED) as bell:
        bell.wait_for_baseline()
        fail_one_after_the_other(fast_api, bell, picky.jobs[:1])
        if is_first_by_far:
            tries = "SELECT attempts FROM notifications WHERE channel = 'picky'"
            wait_until(lambda: bell.value(tries) == 4, "the tries of the one alone")
        fail_one_after_the_other(fast_api, bell, picky.jobs[1:])
        wait_until(lambda: picky.taken == picky.jobs[1:], "the others, in order")
        in_line = "SELECT count(*) FROM notifications WHERE state = 'pending' AND NOT set_aside"
        wait_until(lambda: bell.value(in_line) == 0, "their records")
        waits = bell.rows(
            "SELECT (ended_at - created_at) / 1000000.0 FROM notifications"
            " WHERE channel = 'picky' AND state = 'sent'"
        )
        assert max(row[0] for row in waits) < 120
        check_what_is_told(picky, bell, other_hook)
        aside = (
            "SELECT state, set_aside FROM notifications WHERE channel = 'picky' AND attempts > 1"
        )
        assert [tuple(row) for row in bell.rows(aside)] == [("pending", 1)]


# As above.
@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.timeout(700)
def test_2_120_ends_drain_though_a_third_of_all_is_answered_503(
    hook: HttpReceiver, tmp_path: Path
) -> None:
    # Not so fast as to make a machine's milliseconds count for much.
    speed = 2.0
    chance = random.Random(3)  # noqa: S311 - not for secrets
    hook.judge = lambda _body: Answer(status=503) if chance.random() < 1 / 3 else None
    webhook = {"webhook": f"http://{hook.netloc}/", "webhook_secret": SECRET}
    with running_simulator(clock=SimulatedClock(speed=speed)) as api:
        jobs = [api.add_job() for _ in range(2_120)]
        # What is polled meanwhile shows nothing, and costs the most.
        patient = {"poll_interval": "10s", "request_timeout": "30s"}
        settings = config(api.base_url, {"hook": webhook}, account=patient)
        with FastDaemon(tmp_path, settings, speed=speed) as bell:
            bell.wait_for_baseline()
            # All of them in one poll.
            api.refuse()
            for job_id in jobs:
                api.update_job(job_id, status="FAILED")
            api.accept()
            sent = "SELECT count(*) FROM notifications WHERE state = 'sent'"
            wait_until(lambda: bell.value(sent) == 106, "all messages", within=600)
            # How long that takes is counted in virtual time: tests/core/delivery.
            dead = bell.value("SELECT count(*) FROM notifications WHERE state = 'dead'")
    told = "".join(request.text for request in hook.requests if request.status == 200)
    assert all(job_id in told for job_id in jobs)
    refused = sum(request.status == 503 for request in hook.requests)
    assert refused > 106 / 4
    assert dead == 0
    assert len(hook.requests) == 106 + refused
