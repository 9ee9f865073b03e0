"""One mail as it goes over the wire.

By the older half of Python's `email`: the newer one decodes what looks like an encoded word in a
subject, and with it whatever the API put there.
"""

from __future__ import annotations

import hashlib
from email.charset import QP, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr
from typing import TYPE_CHECKING

from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from email.message import Message

    from batchbell.receivers.content import Content
    from batchbell.receivers.mail.mailbox import Mailbox, Person

_UTF8 = Charset("utf-8")
# Readable by who looks at a mail's source, unlike base64.
_UTF8.header_encoding = _UTF8.body_encoding = QP


def letter(mailbox: Mailbox, to: Person, content: Content, *, key: str, date: str) -> str:
    """Return the mail to one recipient, its lines ended by LF; `date` is the header's value.

    The Message-ID is made of the message's key: the same on every attempt, so that a mailbox can
    drop a repetition (RFC 5322, 3.6.4).
    """
    mail = _body(content, is_text=mailbox.is_text)
    mail["X-Application"] = "batchbell"
    for name, value in mailbox.headers:
        charset = None if value.isascii() else _UTF8
        mail[name] = Header(value, charset, header_name=name).encode()
    title = " ".join(content.title.split())
    mail["Subject"] = _subject(title)
    mail["From"] = _named(mailbox.sender)
    mail["To"] = _named(to)
    mail["Message-ID"] = _message_id(key, mailbox.server.host)
    mail["Date"] = date
    for name, people in (("Cc", mailbox.cc), ("Reply-To", mailbox.reply_to)):
        named = ",".join(map(_named, _others(people, to, mailbox.bcc if name == "Cc" else ())))
        if named:
            mail[name] = named
    for name, value in _marks(mailbox, content):
        mail[name] = value
    return mail.as_string()


def envelope(mailbox: Mailbox, to: Person) -> list[str]:
    """Return the addresses that get the mail to one recipient."""
    copies = [person.address for person in (*mailbox.cc, *mailbox.bcc)]
    return list(dict.fromkeys([to.address, *copies]))


def _body(content: Content, *, is_text: bool) -> Message:
    text = MIMEText(content.text, "plain", _UTF8)  # type: ignore[arg-type] # takes a Charset too
    if is_text or not content.html:
        return text
    both = MIMEMultipart("alternative")
    both.attach(text)
    both.attach(MIMEText(content.html, "html", _UTF8))  # type: ignore[arg-type] # as above
    return both


def _marks(mailbox: Mailbox, content: Content) -> Iterator[tuple[str, str]]:
    """Yield what programs go by: filters, mailboxes, threads."""
    # Nobody's out-of-office note has to answer (RFC 3834, section 5; Microsoft's MS-OXCMAIL).
    yield "Auto-Submitted", "auto-generated"
    yield "X-Auto-Response-Suppress", "All"
    # What Gmail's and most other filters can ask for besides sender and subject (RFC 2919).
    domain = mailbox.sender.address.rpartition("@")[2]
    yield "List-Id", f"batchbell <batchbell.{domain}>"
    yield "X-Batchbell-Severity", content.severity.name.lower()
    if content.severity is Severity.FAILURE:
        yield "Importance", "high"
        yield "X-Priority", "1 (Highest)"
    if len(content.threads) == 1:
        # A message that was never sent: what refers to it stands together (RFC 5322, 3.6.4).
        root = _message_id(f"thread {content.threads[0]}", mailbox.server.host)
        yield "In-Reply-To", root
        yield "References", root


def _others(people: Iterable[Person], to: Person, hidden: Iterable[Person]) -> list[Person]:
    addresses = {to.address, *(person.address for person in hidden)}
    return [person for person in people if person.address not in addresses]


def _named(person: Person) -> str:
    return formataddr((person.name, person.address), charset=_UTF8)


def _subject(title: str) -> str:
    """Return the header's value, in lines of at most 78 characters (RFC 5322, 2.1.1).

    A reader's program shows the title literally: what looks like an encoded word (RFC 2047) in a
    text of the API's is encoded, never decoded.
    """
    charset = None if title.isascii() and "=?" not in title else _UTF8
    return Header(title, charset, header_name="Subject").encode()


def _message_id(key: str, host: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{host}>"
