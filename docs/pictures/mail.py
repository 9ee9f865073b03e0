"""A mail as a receiver gets it: sent by the notifier, taken in by a mail server on this machine."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP

from batchbell.notifier import AppriseReceiver, Notifier

if TYPE_CHECKING:
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope, Session

    from batchbell.render import Content


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


def delivered_html(content: Content) -> str:
    """Send a message to a mailbox of our own; return the HTML part that arrived there."""
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
        outcome = await Notifier().send("oncall", AppriseReceiver(url), content, "picture")
    if not outcome.delivered:
        raise RuntimeError(f"the mail was not delivered: {outcome.reason}")
    return mailbox.mails[0]
