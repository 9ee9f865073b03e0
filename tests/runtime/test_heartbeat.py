from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from batchbell.errors import UnavailableError
from batchbell.runtime.heartbeat import Heartbeat, with_suffix
from batchbell.usecases.poll import PollReport
from tests.fakes import eventually
from tests.loopback_receivers import HANG, Answer, HttpReceiver
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

#: What the URL holds of secrets.
TOKEN = "fake-ping-token-5f1c"
GOOD = PollReport(account="default", jobs=5, running=2)
DOWN = UnavailableError("503: try later")
HICCUP = PollReport(account="default", error=DOWN)
OUTAGE = PollReport(account="default", error=DOWN, outage_told=True)


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@dataclass
class InForce:
    """The configuration a heartbeat looks at."""

    url: str
    accounts: list[str] = field(default_factory=lambda: ["default"])


@pytest.fixture
def in_force(receiver: HttpReceiver) -> InForce:
    return InForce(f"http://{receiver.netloc}/ping/{TOKEN}")


@pytest.fixture
async def heartbeat(in_force: InForce) -> AsyncIterator[Heartbeat]:
    heartbeat = Heartbeat(lambda: in_force.url, lambda: in_force.accounts)
    yield heartbeat
    await heartbeat.close()


async def pings(receiver: HttpReceiver, count: int) -> list[tuple[str, object]]:
    """Wait for that many pings; return what each added to the URL, and its body."""
    requests = await asyncio.to_thread(receiver.wait_for, lambda got: len(got) >= count)
    return [(request.path.removeprefix(f"/ping/{TOKEN}"), request.json) for request in requests]


async def test_a_good_poll_is_a_success_with_counts(
    heartbeat: Heartbeat, receiver: HttpReceiver
) -> None:
    heartbeat.polled(GOOD)
    assert await pings(receiver, 1) == [("", {"accounts": 1, "jobs": 5, "running": 2})]
    assert receiver.requests[0].method == "POST"


async def test_the_start_is_told_as_one(heartbeat: Heartbeat, receiver: HttpReceiver) -> None:
    heartbeat.started()
    assert await pings(receiver, 1) == [("/start", {"accounts": 1})]


async def test_an_outage_that_was_told_is_a_failure_and_a_hiccup_is_silence(
    heartbeat: Heartbeat, receiver: HttpReceiver
) -> None:
    heartbeat.polled(HICCUP)
    heartbeat.polled(OUTAGE)
    failing = {"accounts": 1, "failing": {"default": "503: try later"}}
    assert await pings(receiver, 1) == [("/fail", failing)]


async def test_with_several_accounts_all_have_to_be_well(
    heartbeat: Heartbeat, receiver: HttpReceiver, in_force: InForce
) -> None:
    in_force.accounts = ["default", "second"]
    second = PollReport(account="second", jobs=1, running=1)
    heartbeat.polled(GOOD)
    heartbeat.polled(PollReport(account="second", error=DOWN))
    heartbeat.polled(GOOD)
    heartbeat.polled(second)
    assert await pings(receiver, 1) == [("", {"accounts": 2, "jobs": 6, "running": 3})]
    heartbeat.polled(PollReport(account="second", error=DOWN))
    in_force.accounts = ["default"]
    heartbeat.polled(GOOD)
    assert (await pings(receiver, 2))[1] == ("", {"accounts": 1, "jobs": 5, "running": 2})


async def test_while_other_replicas_accounts_are_not_well_it_is_silent_but_for_failures(
    in_force: InForce, receiver: HttpReceiver
) -> None:
    asked = asyncio.Queue[bool]()
    loop, is_well = asyncio.get_running_loop(), False

    def is_well_elsewhere() -> bool:
        loop.call_soon_threadsafe(asked.put_nowait, is_well)
        return is_well

    heartbeat = Heartbeat(
        lambda: in_force.url, lambda: in_force.accounts, is_well_elsewhere=is_well_elsewhere
    )
    heartbeat.polled(GOOD)
    assert not await asked.get()
    heartbeat.polled(OUTAGE)
    assert [suffix for suffix, _ in await pings(receiver, 1)] == ["/fail"]
    is_well = True
    heartbeat.polled(GOOD)
    assert [suffix for suffix, _ in await pings(receiver, 2)] == ["/fail", ""]
    await heartbeat.close()


async def test_without_a_url_nothing_is_sent(heartbeat: Heartbeat, in_force: InForce) -> None:
    in_force.url = ""
    heartbeat.started()
    heartbeat.polled(GOOD)
    assert heartbeat._task is None


async def test_a_hanging_receiver_holds_up_neither_polls_nor_the_end(
    in_force: InForce, receiver: HttpReceiver
) -> None:
    heartbeat = Heartbeat(lambda: in_force.url, lambda: in_force.accounts, deadline_seconds=3600)
    receiver.answer_next(HANG)
    for _ in range(100):
        heartbeat.polled(GOOD)
        heartbeat.polled(OUTAGE)
    await pings(receiver, 1)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        await heartbeat.close()
    assert len(receiver.requests) == 1


async def test_of_the_pings_that_wait_only_the_newest_is_sent(
    in_force: InForce, receiver: HttpReceiver
) -> None:
    heartbeat = Heartbeat(lambda: in_force.url, lambda: in_force.accounts)
    answered = threading.Event()
    receiver.answer_next(Answer(once=answered))
    heartbeat.started()
    await pings(receiver, 1)
    for report in (GOOD, OUTAGE, GOOD, OUTAGE):
        heartbeat.polled(report)
    answered.set()
    assert [suffix for suffix, _ in await pings(receiver, 2)] == ["/start", "/fail"]
    await heartbeat.close()


@pytest.mark.parametrize("status", [301, 404, 500])
async def test_failures_are_logged_once_without_the_url(
    heartbeat: Heartbeat, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    elsewhere = {"Location": f"http://{receiver.netloc}/elsewhere"}
    receiver.answer_next(*[Answer(status=status, headers=elsewhere)] * 3)
    for number in range(5):
        heartbeat.polled(GOOD)
        await pings(receiver, number + 1)
        await eventually(lambda: heartbeat._task is not None and heartbeat._task.done())
    told = [record for record in caplog.records if record.name == "batchbell.runtime.heartbeat"]
    assert [(record.levelno, record.getMessage()) for record in told] == [
        (logging.WARNING, f"the heartbeat's ping failed: {receiver.netloc} answered {status}"),
        (logging.DEBUG, f"the heartbeat's ping failed: {receiver.netloc} answered {status}"),
        (logging.DEBUG, f"the heartbeat's ping failed: {receiver.netloc} answered {status}"),
        (logging.INFO, "the heartbeat's pings arrive again"),
    ]
    assert TOKEN not in caplog.text
    assert {request.path for request in receiver.requests} == {f"/ping/{TOKEN}"}


async def test_a_service_that_wants_fewer_pings_is_no_failure(
    heartbeat: Heartbeat, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answer_next(Answer(status=429))
    heartbeat.polled(GOOD)
    await pings(receiver, 1)
    await heartbeat.close(grace_seconds=5)
    assert caplog.records == []


async def test_a_receiver_that_is_gone_is_only_logged(
    heartbeat: Heartbeat, in_force: InForce, caplog: pytest.LogCaptureFixture
) -> None:
    in_force.url = f"http://127.0.0.1:9/{TOKEN}"
    heartbeat.polled(GOOD)
    await heartbeat.close(grace_seconds=5)
    assert "no connection to 127.0.0.1:9" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    ("url", "there"),
    [
        ("https://hc.example/token", "https://hc.example/token/fail"),
        ("https://hc.example/token/", "https://hc.example/token/fail"),
        ("https://hc.example/key/slug?create=1", "https://hc.example/key/slug/fail?create=1"),
        ("https://hc.example", "https://hc.example/fail"),
    ],
)
def test_the_suffix_goes_behind_the_path(url: str, there: str) -> None:
    assert with_suffix(url, "/fail") == there
    assert with_suffix(url, "") == url
