"""Why a send by Apprise failed, and whether trying again can help, read from what it logged.

Apprise gives no status code and no exception, only log lines, through its public log callback.
Their texts hold URLs and whatever the receiver answered, so nothing of them is quoted: reasons are
built from numbers and own words. Every pattern was seen in apprise 2.2.0.
"""

from __future__ import annotations

import logging
import re

from batchbell.core.delivery.outcome import Fault, Outcome
from batchbell.receivers.mail.smtp import of_reply
from batchbell.receivers.outcome import combined, of_status

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
    ("Network is unreachable", "network unreachable"),
    ("No route to host", "no route to the host"),
    ("Connection reset", "connection reset"),
    ("Connection aborted", "connection closed without an answer"),
    ("unexpectedly closed", "connection closed without an answer"),
)
#: Of these, what may be the message's doing: it breaks off while the receiver reads.
_BROKEN_OFF = {"timed out", "connection reset", "connection closed without an answer"}


class Signs:
    """Listens to the log lines of one send and keeps what they say about a failure."""

    def __init__(self) -> None:
        self._found: list[Outcome] = []

    def hear(self, level: str, text: str) -> None:
        """Take one log line of Apprise; `level` is its name."""
        if level in {logging.getLevelName(logging.WARNING), logging.getLevelName(logging.ERROR)}:
            # Not of debug lines: those quote the message, and with it the API's words.
            self._found += [of_status(int(code)) for code in _HTTP_STATUS.findall(text)]
            self._found += [of_status(int(code)) for code in _NTFY_CODE.findall(text)]
            self._found += [of_reply(int(code)) for code in _REFUSED.findall(text)]
        elif text.startswith(_SOCKET_EXCEPTION):
            replies = [of_reply(int(code)) for code in _SMTP_REPLY.findall(text)]
            self._found += replies or [of_network(text)]

    def outcome(self) -> Outcome:
        """Return the failure; it is permanent only if every sign says so."""
        if not self._found:
            return Outcome(delivered=False, reason="the receiver did not accept it")
        return combined(self._found)


def of_network(text: str) -> Outcome:
    """Judge an exception of the network by words that it holds; it may always pass."""
    for words, ours in _NETWORK_WORDS:
        if words.lower() in text.lower():
            fault = Fault.UNKNOWN if ours in _BROKEN_OFF else Fault.CHANNEL
            return Outcome(delivered=False, reason=ours, fault=fault)
    return Outcome(delivered=False, reason="connection failed")
