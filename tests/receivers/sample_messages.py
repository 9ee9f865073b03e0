from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.receivers.content import Content
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import family_of

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome
    from tests.loopback_receivers import MailReceiver

KEY = "message-17"
TITLE = "FAILED: Llama (3f2a9c1e) - line 3"
INJECTION = (
    "<!channel> <@U1> <https://evil.example|click> [a](https://evil.example) @everyone @here "
    "<script>alert(1)</script> {{7*7}} ${x} :smile: &amp;"
)
CONTENT = Content(
    title=TITLE,
    text=f"{TITLE}\n\nJob: 3f2a9c1e-1111\nError: {INJECTION}\n",
    html="<!DOCTYPE html><html><body><p>as <b>HTML</b></p></body></html>",
    severity=Severity.FAILURE,
)
#: 20 events of the longest kind.
DIGEST = Content(
    title="Batch jobs: 20 failed",
    text="20 events, worst first.\n\n"
    + "\n\n".join(f"FAILED: job-{n:02}\n  Error: {'long ' * 100}" for n in range(20)),
    html="<p>20</p>",
    severity=Severity.FAILURE,
)
#: Names of files, and an error, that look like encoded words (RFC 2047): some of an unknown
#: charset, some not decodable, some with a header in them.
#: No test may find this anywhere.
MARK = "SecretMark7Q"


async def send(
    url: str,
    content: Content = CONTENT,
    *,
    notifier: Notifier | None = None,
    timeout_seconds: float = 20.0,
) -> Outcome:
    """Send a message to a URL, as what that kind of receiver gets."""
    receiver = UrlReceiver(url)
    content = replace(content, family=family_of(receiver))
    sender = notifier or Notifier()
    try:
        return await sender.send("team", receiver, content, KEY, timeout_seconds=timeout_seconds)
    finally:
        if notifier is None:
            await sender.close()


def mailto(receiver: MailReceiver, password: str = "fake-password", *more: str) -> str:
    """Return the URL of a mail server here."""
    options = "&".join(["from=bell@example.org", "to=ops@example.org", *more])
    return f"mailto://bell:{password}@127.0.0.1:{receiver.port}/?{options}"


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
