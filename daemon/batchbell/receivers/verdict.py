"""Why a send failed, and whether trying again can help, read from what the plugin logged.

Apprise gives no status code and no exception, only log lines. Their texts hold URLs and whatever
the receiver answered, so nothing of them is quoted: reasons are built from numbers and own words.
Every pattern was seen in apprise 2.2.0.
"""

from __future__ import annotations

import logging
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.delivery.outcome import Fault, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

#: HTTP statuses from 400 to 499 that pass by themselves (RFC 9110, RFC 6585, RFC 8470).
PASSING_STATUSES = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
#: HTTP statuses that are about what was sent, not about who sent it (RFC 9110).
MESSAGE_STATUSES = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
#: "Failed to send JSON POST notification: Not Found, error=404.", a warning.
_HTTP_STATUS = re.compile(r"\berror=(\d{3})\b")
#: "Failed to send ntfy notification to topic 'x': unauthorized, error=40101.", a warning: ntfy's
#: own code is the HTTP status and two digits. Source: ntfy, server/errors.go.
_NTFY_CODE = re.compile(r"\bntfy notification\b.*\berror=([45]\d{2})\d{2}\b", re.DOTALL)
#: "SMTP recipient a@b.c was refused: 550 b'...'", a warning.
_REFUSED = re.compile(r"\bwas refused: (\d{3})\b")
#: "Socket Exception: (535, b'...')" and "Socket Exception: {'a@b.c': (550, b'...')}", debug.
_SMTP_REPLY = re.compile(r"\((\d{3}), b['\"]")
_SOCKET_EXCEPTION = "Socket Exception: "
#: The same in our own mails, of a server that did not come as far as the mail itself.
NOT_LOGGED_IN = "Socket Exception: before the mail: %s"
#: What smtplib's `SMTPDataError` says, and of all that a mail can end in nothing else: a sender or
#: recipient that was refused has its address behind or before that.
_MAIL_REFUSED = re.compile(r"Socket Exception: \(\d{3}, b['\"].*['\"]\)", re.DOTALL)
#: Words in the text of a "Socket Exception: ..." (requests, smtplib, socket), and ours for them.
_NETWORK_WORDS = (
    ("timed out", "timed out"),
    ("Connection refused", "connection refused"),
    ("Name or service not known", "host name not found"),
    ("Temporary failure in name resolution", "host name not found"),
    ("No address associated with hostname", "host name not found"),
    ("nodename nor servname", "host name not found"),
    ("CERTIFICATE_VERIFY_FAILED", "the receiver's certificate was not accepted"),
    ("SSL", "no secure connection"),
    ("STARTTLS extension not supported", "the mail server offers no STARTTLS"),
    ("AUTH extension not supported", "the mail server offers no login"),
    ("Network is unreachable", "network unreachable"),
    ("No route to host", "no route to the host"),
    ("Connection reset", "connection reset"),
    ("Connection aborted", "connection closed without an answer"),
    ("unexpectedly closed", "connection closed without an answer"),
)
#: Of these, what may be the message's doing: it breaks off while the receiver reads.
_BROKEN_OFF = {"timed out", "connection reset", "connection closed without an answer"}
_SMTP_WORDS = {
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


class Symptom(NamedTuple):
    """One sign of why a send failed."""

    reason: str
    permanent: bool
    #: Whose fault it is, as far as this sign tells.
    fault: Fault = Fault.UNKNOWN


class Symptoms:
    """Listens to the log lines of one send and keeps what they say about a failure."""

    def __init__(self) -> None:
        self._found: list[Symptom] = []

    def hear(self, level: str, text: str) -> None:
        """Take one log line of Apprise; `level` is its name."""
        if level in {logging.getLevelName(logging.WARNING), logging.getLevelName(logging.ERROR)}:
            # Not of debug lines: those quote the message, and with it the API's words.
            self._found += [of_http(int(code)) for code in _HTTP_STATUS.findall(text)]
            self._found += [of_http(int(code)) for code in _NTFY_CODE.findall(text)]
            self._found += [of_smtp(int(code)) for code in _REFUSED.findall(text)]
        elif text.startswith(_SOCKET_EXCEPTION):
            found = [of_smtp(int(code)) for code in _SMTP_REPLY.findall(text)]
            if _MAIL_REFUSED.fullmatch(text):
                found = [symptom._replace(fault=_fault_in(symptom)) for symptom in found]
            self._found += found or of_network(text)

    def outcome(self) -> Outcome:
        """Return the failure; it is permanent only if every sign says so."""
        if not self._found:
            return Outcome(delivered=False, reason="the receiver did not accept it")
        return Outcome(
            delivered=False,
            reason=", ".join(dict.fromkeys(symptom.reason for symptom in self._found)),
            permanent=all(symptom.permanent for symptom in self._found),
            fault=_shared(symptom.fault for symptom in self._found),
        )


def of_http(code: int) -> Symptom:
    """Judge an HTTP status: of 4xx only 408, 425 and 429 pass by themselves; the others may."""
    if HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST:
        reason = f"HTTP {code}, a redirect, which is not followed"
        return Symptom(reason, permanent=False, fault=Fault.CHANNEL)
    if code < HTTPStatus.MULTIPLE_CHOICES:
        return Symptom(f"HTTP {code}, but the answer is not an acceptance", permanent=False)
    permanent = (
        HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR
        and code not in PASSING_STATUSES
    )
    fault = Fault.UNKNOWN
    if permanent:
        fault = Fault.MESSAGE if code in MESSAGE_STATUSES else Fault.CHANNEL
    known = code in HTTPStatus._value2member_map_
    reason = f"HTTP {code} {HTTPStatus(code).phrase}" if known else f"HTTP {code}"
    return Symptom(reason, permanent, fault)


def of_smtp(code: int) -> Symptom:
    """Judge an SMTP reply: 5yz is permanent, 4yz passes (RFC 5321, section 4.2.1)."""
    words = _SMTP_WORDS.get(code)
    reason = f"SMTP {code}, {words}" if words else f"SMTP {code}"
    permanent = code >= 500  # noqa: PLR2004 - the RFC's own border
    return Symptom(reason, permanent, Fault.CHANNEL if permanent else Fault.UNKNOWN)


def of_network(text: str) -> list[Symptom]:
    """Judge an exception of the network by words that it holds; it may always pass."""
    for words, ours in _NETWORK_WORDS:
        if words.lower() in text.lower():
            fault = Fault.UNKNOWN if ours in _BROKEN_OFF else Fault.CHANNEL
            return [Symptom(ours, permanent=False, fault=fault)]
    return [Symptom("connection failed", permanent=False)]


def _fault_in(refusal: Symptom) -> Fault:
    return Fault.MESSAGE if refusal.permanent else Fault.UNKNOWN


def _shared(faults: Iterable[Fault]) -> Fault:
    """Return whose fault it is if all signs agree."""
    said = set(faults)
    return said.pop() if len(said) == 1 else Fault.UNKNOWN
