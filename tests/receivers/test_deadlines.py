from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.threads import HANGING_LIMIT
from tests.loopback_receivers import HANG, Answer, HttpReceiver
from tests.receivers.sample_messages import CONTENT, KEY, send
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome


async def test_a_send_without_an_answer_ends_at_its_deadline(http: HttpReceiver) -> None:
    http.answer_next(HANG)
    outcome = await send(f"json://{http.netloc}/", timeout_seconds=0.3)

    assert (outcome.delivered, outcome.permanent) == (False, False)
    assert outcome.reason == "no answer within 0.3 s"


async def test_a_channel_with_hanging_sends_is_left_alone_and_others_go_on(
    http: HttpReceiver,
) -> None:
    notifier = Notifier()
    http.answer_next(*[HANG] * HANGING_LIMIT)
    url = f"json://{http.netloc}/"

    async def once(channel: str) -> Outcome:
        return await notifier.send(channel, UrlReceiver(url), CONTENT, KEY, timeout_seconds=1)

    await asyncio.gather(*(once("stuck") for _ in range(HANGING_LIMIT)))
    refused = await once("stuck")

    assert refused.reason == "3 earlier sends still hang"
    assert not refused.permanent
    assert (await once("well")).delivered


async def test_a_channel_is_tried_again_once_its_sends_have_ended() -> None:
    notifier = Notifier()
    with HttpReceiver(*[HANG] * HANGING_LIMIT) as stuck:
        url = f"json://{stuck.netloc}/"
        for _ in range(HANGING_LIMIT):
            await notifier.send("team", UrlReceiver(url), CONTENT, KEY, timeout_seconds=0.3)
        abandoned = [t for t in threading.enumerate() if t.name == "send-team"]
    # The stop has ended the hangs.
    for thread in abandoned:
        await asyncio.to_thread(thread.join, 5)
    with HttpReceiver() as well:
        outcome = await notifier.send("team", UrlReceiver(f"json://{well.netloc}/"), CONTENT, KEY)

    assert outcome.delivered


async def test_cancelling_a_send_does_not_wait_for_it(http: HttpReceiver) -> None:
    http.answer_next(HANG)
    sending = asyncio.create_task(send(f"json://{http.netloc}/"))
    await asyncio.to_thread(http.wait_for, bool)
    sending.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sending


async def test_sends_at_the_same_time_keep_their_reasons_apart() -> None:
    with HttpReceiver(default=Answer(status=404)) as gone, HttpReceiver() as well:
        notifier = Notifier()
        outcomes = await asyncio.gather(
            *(
                notifier.send(
                    f"c{n}",
                    UrlReceiver(f"json://{(gone, well)[n % 2].netloc}/"),
                    CONTENT,
                    KEY,
                )
                for n in range(8)
            )
        )

    assert [outcome.reason for outcome in outcomes] == ["HTTP 404 Not Found", "delivered"] * 4


class Leaving(logging.Handler):
    """What other sends listen with, which end at this moment."""

    def __init__(self, *others: logging.Handler) -> None:
        super().__init__()
        self.all = (*others, self)

    def emit(self, record: logging.LogRecord) -> None:
        if "error=" in record.getMessage():
            for each in self.all:
                logging.getLogger("apprise").removeHandler(each)


async def test_sends_that_end_meanwhile_take_no_reason_with_them(http: HttpReceiver) -> None:
    http.answer_next(Answer(status=404))
    leaving = Leaving(logging.NullHandler(), logging.NullHandler())
    for each in leaving.all:
        logging.getLogger("apprise").addHandler(each)
    outcome = await send(f"json://{http.netloc}/")

    assert outcome.reason == "HTTP 404 Not Found"
    assert leaving not in logging.getLogger("apprise").handlers


async def test_without_a_thread_to_spare_it_is_tried_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    outcome = await Notifier().send("team", UrlReceiver("json://127.0.0.1:9/"), CONTENT, KEY)

    assert outcome.reason == "no thread left to send with"


def test_a_send_that_ends_after_its_loop_harms_nobody() -> None:
    with HttpReceiver(HANG) as http:
        asyncio.run(send(f"json://{http.netloc}/", timeout_seconds=0.3))
        left = [t for t in threading.enumerate() if t.name == "send-team"]
    for thread in left:
        thread.join(TIMEOUT_SECONDS)

    assert not [thread for thread in left if thread.is_alive()]


def test_a_hanging_send_does_not_keep_the_process_alive(http: HttpReceiver) -> None:
    http.default = HANG
    program = (
        "import asyncio; from batchbell.receivers.notifier import Notifier; "
        "from batchbell.receivers.receiver import UrlReceiver; "
        "from batchbell.receivers.content import Content; "
        "print(asyncio.run(Notifier().send('team', "
        # So long it would read on, a limit that no machine is too busy for.
        f"UrlReceiver('json://{http.netloc}/?rto={10 * TIMEOUT_SECONDS:g}'), "
        "Content(title='t', text='x'), 'k', "
        "timeout_seconds=0.3)).reason)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no answer within 0.3 s\n"
