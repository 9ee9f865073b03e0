"""Mails over SMTP, in the calling thread, and what a mail server's replies mean."""

from __future__ import annotations

import contextlib
import errno
import smtplib
import socket
import ssl
from email.utils import format_datetime, localtime
from functools import lru_cache
from typing import TYPE_CHECKING

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.mail.known_hosts import Security
from batchbell.receivers.mail.letter import envelope, letter
from batchbell.receivers.outcome import combined

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.receivers.mail.connections import Connections
    from batchbell.receivers.mail.mailbox import Mailbox, Server
    from batchbell.receivers.progress import Progress

#: What a server may take to say goodbye, seconds.
LEAVE_SECONDS = 1.0
#: 5yz is for good, 4yz passes (RFC 5321, 4.2.1).
_FOR_GOOD = 500
_WORDS = {
    421: "the mail server is not available",
    450: "mailbox unavailable for now",
    451: "the mail server had an error",
    452: "the mail server is out of space",
    530: "login needed",
    534: "login method refused",
    535: "login refused",
    550: "mailbox refused",
    552: "message too big or mailbox full",
    553: "address refused",
    554: "message refused",
}
_SYSTEM_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "no route to the host",
}


def send_mails(mailbox: Mailbox, progress: Progress, connections: Connections) -> Outcome:
    """Send a mail to each recipient who has none yet, and return how it went.

    Of a mail that some of its recipients were refused for, the others have it: it is not sent to
    them again.
    """
    waiting = [
        (number, to, missing)
        for number, to in enumerate(mailbox.to)
        if (missing := [a for a in envelope(mailbox, to) if (number, a) not in progress.taken])
    ]
    date = format_datetime(localtime())
    failures = []
    try:
        with connections.borrowed(mailbox.server) as smtp:
            for number, to, addresses in waiting:
                mail = letter(mailbox, to, progress.content, key=progress.key, date=date)
                refused = _post(smtp, mailbox.sender.address, addresses, mail)
                failures += list(refused.values())
                progress.taken.update((number, a) for a in addresses if a not in refused)
    except (OSError, smtplib.SMTPException) as error:
        failures.append(meaning(error))
    return combined(failures)


def connect(server: Server) -> smtplib.SMTP:
    """Return a connection that is as secure as it is to be, logged in if there is a password.

    Raises `OSError` and `SMTPException`.
    """
    context, timeout = _tls(verify=server.verify), server.timeout_seconds
    smtp: smtplib.SMTP
    if server.security is Security.SSL:
        smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.security is Security.STARTTLS:
            smtp.starttls(context=context)
        if server.user and server.password:
            smtp.login(server.user, server.password)
    except (OSError, smtplib.SMTPException):
        hang_up(smtp)
        raise
    return smtp


def hang_up(smtp: smtplib.SMTP) -> None:
    """Take leave of the server, if it answers soon, and close the connection."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        if smtp.sock is not None:
            smtp.sock.settimeout(LEAVE_SECONDS)
        smtp.quit()
    smtp.close()


@lru_cache(maxsize=2)
def _tls(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _post(
    smtp: smtplib.SMTP, sender: str, addresses: Iterable[str], mail: str
) -> dict[str, Outcome]:
    """Hand over one mail; return what was refused for whom.

    Raises what leaves the connection of no use.
    """
    wanted = list(addresses)
    try:
        refused = smtp.sendmail(sender, wanted, mail)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        return dict.fromkeys(wanted, meaning(error))
    return {address: of_reply(code) for address, (code, _) in refused.items()}


def of_reply(code: int, *, after_data: bool = False) -> Outcome:
    """Judge a reply that is a refusal.

    What a server says of the mail itself may be the message's fault; all else is the channel's.
    """
    for_good = code >= _FOR_GOOD
    words = _WORDS.get(code)
    fault = Fault.MESSAGE if after_data else Fault.CHANNEL
    return Outcome(
        delivered=False,
        reason=f"SMTP {code}, {words}" if words else f"SMTP {code}",
        permanent=for_good,
        fault=fault if for_good else Fault.UNKNOWN,
    )


def meaning(error: Exception) -> Outcome:
    """Judge what ended a session; its text is not told, as it may quote addresses and the mail."""
    if isinstance(error, smtplib.SMTPResponseException):
        return of_reply(error.smtp_code, after_data=isinstance(error, smtplib.SMTPDataError))
    reason, fault = _why(error)
    return Outcome(delivered=False, reason=reason, fault=fault)


def _why(error: Exception) -> tuple[str, Fault]:  # noqa: PLR0911 - a table, in its order
    match error:
        case smtplib.SMTPServerDisconnected():
            return "connection closed without an answer", Fault.UNKNOWN
        case smtplib.SMTPNotSupportedError():
            offer = "STARTTLS" if "STARTTLS" in str(error) else "login"
            return f"the mail server offers no {offer}", Fault.CHANNEL
        case ssl.SSLCertVerificationError():
            return "the receiver's certificate was not accepted", Fault.CHANNEL
        case ssl.SSLError():
            return "no secure connection", Fault.CHANNEL
        case socket.gaierror():
            return "host name not found", Fault.CHANNEL
        case TimeoutError():
            return "timed out", Fault.UNKNOWN
        case ConnectionResetError() | BrokenPipeError() | ConnectionAbortedError():
            return "connection reset", Fault.UNKNOWN
        case OSError() if error.errno in _SYSTEM_WORDS:
            return _SYSTEM_WORDS[error.errno], Fault.CHANNEL
    return "connection failed", Fault.CHANNEL
