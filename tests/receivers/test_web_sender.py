"""What all kinds share that speak HTTP: reaching the service, deadlines, what is left to send."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from tests.loopback_receivers import HANG, RESET, Answer, HttpReceiver
from tests.notifiers import open_notifier
from tests.receivers.sample_messages import closed_port, send

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


async def test_a_closed_port_is_the_channel_s_fault_and_passes() -> None:
    port = closed_port()
    outcome = await send(f"ntfy://127.0.0.1:{port}/a")

    assert outcome.reason == f"no connection to 127.0.0.1:{port}: Connection refused"
    assert (outcome.permanent, outcome.fault) == (False, Fault.CHANNEL)


async def test_a_torn_connection_may_be_anybody_s_fault(http: HttpReceiver) -> None:
    http.answer_next(RESET)
    outcome = await send(f"ntfy://{http.netloc}/a")

    assert outcome.reason.startswith(f"the connection to {http.netloc} broke: ")
    assert (outcome.permanent, outcome.fault) == (False, Fault.UNKNOWN)


async def test_no_answer_ends_at_the_deadline(http: HttpReceiver) -> None:
    http.answer_next(HANG)
    outcome = await send(f"ntfy://{http.netloc}/a", timeout_seconds=0.3)

    assert outcome.reason == "no answer within 0.3 s"
    assert (outcome.permanent, outcome.fault) == (False, Fault.UNKNOWN)


@pytest.mark.parametrize("wrong", ["", "&rto=never", "&rto=0"])
async def test_the_url_may_say_how_long_an_answer_may_take(http: HttpReceiver, wrong: str) -> None:
    http.answer_next(HANG)
    outcome = await send(f"ntfy://{http.netloc}/a?cto=0.1&rto=0.1{wrong}", timeout_seconds=0.5)

    late = f"{http.netloc} gave no complete answer in time"
    assert outcome.reason == ("no answer within 0.5 s" if wrong else late)


async def test_a_channel_that_hangs_holds_up_no_other(http: HttpReceiver) -> None:
    http.answer_next(HANG)
    hanging = asyncio.create_task(send(f"ntfy://{http.netloc}/a", timeout_seconds=5))
    await asyncio.to_thread(http.wait_for, bool)

    assert (await send(f"ntfy://{http.netloc}/b")).delivered
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging


async def test_a_topic_that_has_the_message_gets_it_no_second_time(http: HttpReceiver) -> None:
    url = f"ntfy://{http.netloc}/a/b"
    http.answer_next(Answer(), Answer(status=503))
    async with open_notifier() as notifier:
        outcomes = [await send(url, notifier=notifier) for _ in range(2)]

    assert [outcome.delivered for outcome in outcomes] == [False, True]
    assert [request.json["topic"] for request in http.requests] == ["a", "b", "b"]


async def test_nothing_that_a_kind_trips_over_is_raised(
    http: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def trip(_value: object) -> str:
        raise RecursionError("deep")

    monkeypatch.setattr("batchbell.receivers.exchange.json.dumps", trip)
    outcome = await send(f"ntfy://{http.netloc}/a")

    assert outcome.reason == "the send broke off (RecursionError)"
    assert (outcome.permanent, outcome.fault) == (False, Fault.MESSAGE)
