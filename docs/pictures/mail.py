"""A mail as a receiver gets it: sent by the notifier, taken in by a mail server on this machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiosmtpd.smtp import SMTP

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted, sample_digest
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver

if TYPE_CHECKING:
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope, Session

    from batchbell.core.event import Event
    from batchbell.receivers.content import Content

NOW = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
VIEW = View(zone=ZoneInfo("Europe/Berlin"), page_url="https://bell.example.com", provider=WORDS)
#: What is told in each picture, always at the same time: pictures change only when looks do.
MAILS = {
    "mail": [sample(EventKind.FAILED, NOW)],
    "mail-expired-phone": [sample(EventKind.EXPIRED, NOW)],
    "mail-results-phone": [sample_counted(EventKind.COMPLETED_WITH_ERRORS, NOW)],
    "mail-deadline": [sample(EventKind.DEADLINE_APPROACHING, NOW)],
    "mail-digest": sample_digest(4, NOW),
}


class _Mailbox:
    """Keeps what the mail server accepts."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Accept everything."""
        del server, session
        content = envelope.content
        if not isinstance(content, bytes):
            raise TypeError("aiosmtpd decoded the mail")
        self.mails.append(message_from_bytes(content, policy=policy.default))
        return "250 OK"


def delivered_html(events: list[Event]) -> str:
    """Send a message to a mailbox of our own; return the HTML part that arrived there."""
    content = Composer(family=Family.MAIL, view=VIEW).compose(events, NOW)
    part = asyncio.run(_delivered(content)).get_body(("html",))
    if part is None:
        raise RuntimeError("the mail has no HTML part")
    html: str = part.get_content()
    return html


async def _delivered(content: Content) -> EmailMessage:
    mailbox = _Mailbox()
    loop = asyncio.get_running_loop()
    # Not aiosmtpd's own controller: that can't take any free port.
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"mailto://127.0.0.1:{port}?from=batchbell@example.com&to=oncall@example.com"
        outcome = await Notifier().send("oncall", UrlReceiver(url), content, "picture")
    if not outcome.delivered:
        raise RuntimeError(f"the mail was not delivered: {outcome.reason}")
    return mailbox.mails[0]
