from __future__ import annotations

import gc
import logging
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from batchbell.receivers.channel_check import check_channel_url
from tests.loopback_receivers import Answer, HttpReceiver, MailReceiver
from tests.receivers.sample_messages import MARK, closed_port, mailto, send
from tests.redirected import lead_to

if TYPE_CHECKING:
    from collections.abc import Iterator


class Everything(logging.Handler):
    """Keeps all that reaches the root logger, as our own log does.

    Not caplog: pytest listens to cut-off loggers too.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.__dict__}")


@pytest.fixture
def log() -> Iterator[Everything]:
    root, everything = logging.getLogger(), Everything()
    before = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(everything)
    yield everything
    root.removeHandler(everything)
    root.setLevel(before)


class TestSecrets:
    async def test_a_failing_send_leaks_nothing_at_debug(
        self,
        http: HttpReceiver,
        mail: MailReceiver,
        log: Everything,
        capfd: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        http.default = Answer(status=404, body=f"no {MARK}".encode())
        urls = [
            f"json://user:{MARK}@{http.netloc}/{MARK}?+X-Key={MARK}",
            f"mmost://{http.netloc}/{MARK}",
            f"json://127.0.0.1:{closed_port()}/{MARK}",
            mailto(mail, MARK),
            f"slack://{MARK}/x",
            f"slack://T0/B0/{MARK}",
            f"discord://4/{MARK}",
            f"tgram://123456:{MARK}/1",
            f"ntfy://user:{MARK}@{http.netloc}/{MARK}",
            f"unknown{MARK.lower()}://{MARK}",
            f"tgram://{MARK}",
        ]
        lead_to(http.netloc, monkeypatch)
        outcomes = [await send(url) for url in urls]
        problems = [check_channel_url(url) for url in [urls[4], *urls[-2:]]]
        gc.collect()
        told = capfd.readouterr()

        assert not any(outcome.delivered for outcome in outcomes)
        assert [MARK in outcome.reason for outcome in outcomes] == [False] * len(urls)
        assert MARK not in str(problems)
        assert log.lines
        assert MARK not in "".join(log.lines)
        assert MARK not in told.out + told.err

    def test_a_log_line_of_a_library_reaches_none_of_our_handlers(
        self, log: Everything, capfd: pytest.CaptureFixture[str]
    ) -> None:
        check_channel_url("json://127.0.0.1/")
        for name in ("apprise", "urllib3.connectionpool"):
            logging.getLogger(name).error("POST /%s", MARK)

        assert MARK not in "".join(log.lines)
        assert MARK not in "".join(capfd.readouterr())


def test_nothing_of_apprise_is_loaded_before_it_is_needed() -> None:
    program = """
import asyncio, sys
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.content import Content
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver

urls = ["slack://T0/B0/x", "https://hooks.slack.com/services/T0/B0/x", "discord://4/x",
        "workflows://h.example/a/b", "tgram://1:x/1", "ntfy://x", "mailto://b:x@example.org"]
problems = [problem for url in urls for problem in check_channel({"url": url})]
receiver = UrlReceiver("mailto://127.0.0.1:9?from=a@example.org")
outcome = asyncio.run(Notifier().send("team", receiver, Content(title="t", text="x"), "k"))
print(problems, outcome.reason, 'apprise' in sys.modules, 'requests' in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[] connection refused False False\n", "")
