"""Mail over SMTP by Apprise's plugin, with the text part and the Message-ID of our own.

Apprise 2.2.0 derives the text part from the HTML, where a table becomes a column of single words,
and makes a new Message-ID for every attempt. Imports Apprise: to be imported only in order to send.
"""

from __future__ import annotations

import hashlib
from email import message_from_string
from email.header import Header
from email.mime.text import MIMEText
from typing import TYPE_CHECKING, cast

from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.common import AppriseEmailException
from apprise.plugins.email.smtp import SMTP_EXCEPTIONS, AppriseSMTPController

from batchbell.core.event import Severity
from batchbell.receivers.verdict import NOT_LOGGED_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from typing import Self

    from apprise import AppriseAsset, NotifyFormat
    from apprise.plugins.email.common import EmailMessage

    from batchbell.receivers.content import Content

#: Nobody's out-of-office note has to answer (RFC 3834, section 5; Microsoft's MS-OXCMAIL).
_HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class Mail(NotifyEmail):  # type: ignore[no-untyped-call] # Apprise has types in part only
    """Apprise's mail plugin; everything in the URL means what it means there."""

    #: The message: its text part, what it tells of, how bad it is.
    content: Content
    #: The message's own key, of which the Message-ID is made.
    key: str

    @classmethod
    def open(cls, url: str, *, asset: AppriseAsset, content: Content, key: str) -> Self:
        """Return the plugin for a `mailto://` URL; raises what Apprise does on a wrong one."""
        # As Apprise does before it parses: a `#` would end the path.
        parsed = cls.parse_url(url.replace("/#", "/%23"))  # type: ignore[no-untyped-call] # as above
        mail = cls(**parsed, asset=asset)
        mail.content, mail.key = content, key
        return mail

    def send(
        self,
        body: str,
        title: str = "",
        notify_type: object = None,  # noqa: ARG002 - Apprise's signature
        attach: object = None,  # noqa: ARG002 - as above
        body_format: NotifyFormat | None = None,
        **kwargs: object,  # noqa: ARG002 - as above
    ) -> bool:
        """Send one mail to each recipient; called by Apprise. False if any was refused."""
        accepted = []
        try:
            with self._connection() as smtp:
                for mail in self._prepared(body, title, body_format):
                    finished = self._finish(mail.body, title)
                    accepted.append(smtp.sendmail(self._sender, mail.to_addrs, finished))
        except (*SMTP_EXCEPTIONS, AppriseImproperlyConfigured, AppriseEmailException) as error:
            # In the plugin's own words: that is where the verdict is read from.
            self.logger.debug(NOT_LOGGED_IN, error)
            return False
        return all(accepted) and bool(accepted)

    @property
    def _sender(self) -> str:
        return str(self.from_addr[1])

    def _connection(self) -> AppriseSMTPController:
        return AppriseSMTPController(
            host=self.smtp_host,
            # The constructor fills in both.
            port=cast("int", self.port),
            secure_mode=cast("str", self.secure_mode),
            user=self.user,
            password=self.password,
            verify_certificate=self.verify_certificate,
            socket_connect_timeout=self.socket_connect_timeout,
        )

    def _prepared(
        self, body: str, title: str, body_format: NotifyFormat | None
    ) -> Iterator[EmailMessage]:
        prepared: Iterator[EmailMessage] = NotifyEmail.prepare_emails(
            subject=title,
            body=body,
            notify_format=self.resolve_format(body_format),
            from_addr=self.from_addr,
            to=self.targets,
            cc=self.cc,
            bcc=self.bcc,
            reply_to=self.reply_to,
            smtp_host=self.smtp_host,
            headers={"X-Application": self.app_id, **self.headers},
            names=self.names,
            pgp=self.pgp,
            pgp_mode=self.pgp_mode,
            tzinfo=self.tzinfo,
        )
        return prepared

    def _finish(self, prepared: str, title: str) -> str:
        """Put our subject, Message-ID and text part into a mail that Apprise built."""
        mail = message_from_string(prepared)
        mail.replace_header("Subject", _subject(title))
        for name, value in _HEADERS.items():
            mail[name] = value
        # What Gmail's and most other filters can ask for besides sender and subject (RFC 2919).
        mail["List-Id"] = f"batchbell <batchbell.{self._sender.rpartition('@')[2]}>"
        mail["X-Batchbell-Severity"] = self.content.severity.name.lower()
        if self.content.severity is Severity.FAILURE:
            mail["Importance"] = "high"
            mail["X-Priority"] = "1 (Highest)"
        if len(self.content.threads) == 1:
            # A message that was never sent: what refers to it stands together (RFC 5322, 3.6.4).
            root = _message_id(f"thread {self.content.threads[0]}", self.smtp_host)
            mail["In-Reply-To"] = root
            mail["References"] = root
        # The same on every attempt, so that a receiver can drop a repetition (RFC 5322, 3.6.4).
        mail.replace_header("Message-ID", _message_id(self.key, self.smtp_host))
        if mail.get_content_type() == "multipart/alternative":
            # Not so of a signed or encrypted mail: that must not be touched.
            parts = cast("list[Message]", mail.get_payload())
            parts[0] = MIMEText(self.content.text, "plain", "utf-8")
        elif mail.get_content_type() == "text/plain":
            # `?format=text`: there is no HTML part.
            del mail["Content-Transfer-Encoding"]
            mail.set_payload(self.content.text, "utf-8")
        return mail.as_string()


def _subject(title: str) -> str:
    """Return the header's value, in lines of at most 78 characters (RFC 5322, 2.1.1).

    A reader's program shows the title literally: what looks like an encoded word (RFC 2047) in a
    text of the API's is encoded, never decoded.
    """
    charset = None if title.isascii() and "=?" not in title else "utf-8"
    return Header(title, charset, header_name="Subject").encode()


def _message_id(key: str, host: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{host}>"
