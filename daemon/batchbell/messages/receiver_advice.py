"""What a failure to send says of a channel's receiver: whose side fails, and what to look at."""

from __future__ import annotations

import re
from http import HTTPStatus

_STATUS = re.compile(r"HTTP (\d{3})\b")
_MAIL = re.compile(r"SMTP (\d{3})\b")
#: Login refused, needed, or not that way (RFC 4954, section 6).
_LOGIN = frozenset({"530", "534", "535"})
_OWN_PROGRAM = re.compile(
    r"exit status \d|ended by signal \d|took longer than [\d.]+ s and was ended"
)
_NOT_STARTED = re.compile(r"the program (is not there|may not be run|can't be started)")
_SILENCE = re.compile(
    r"no (answer within|connection to|route to the host)\b"
    r"|connection (refused|reset|failed|closed without an answer)\b"
    r"|host name not found|network unreachable|timed out|\d+ earlier sends still hang"
    r"|the connection to \S+ broke|the proxy does not connect|\S+ gave no complete answer"
)
_OF_THE_CHANNEL = "mend the channel in the configuration, and reload"
_NO_KEY = f"It does not take the key: {_OF_THE_CHANNEL}."
_SAID = {
    HTTPStatus.UNAUTHORIZED: _NO_KEY,
    HTTPStatus.FORBIDDEN: _NO_KEY,
    HTTPStatus.NOT_FOUND: f"Nothing is at this address: {_OF_THE_CHANNEL}.",
    HTTPStatus.GONE: f"It wants no message any more: {_OF_THE_CHANNEL}, or remove it.",
    HTTPStatus.TOO_MANY_REQUESTS: "It wants fewer messages for now: wait.",
}
_OWN_FAULT = "That is an error of the receiver's own, no wrong key or address: look at its log."
_REFUSED = "The receiver refuses the message: its own log may say why."
_MOVED = f"The receiver is at another address: {_OF_THE_CHANNEL}."
_NO_ANSWER = (
    "No receiver took it: see that it runs, and that this machine reaches it; else "
    f"{_OF_THE_CHANNEL}."
)
#: By how a reason begins that is none of a web service or mail server.
_OTHERS = (
    (_OWN_PROGRAM, "That is a program of your own: look at its output."),
    (
        _NOT_STARTED,
        f"It is a program of your own: see its path and its rights; else {_OF_THE_CHANNEL}.",
    ),
    (_SILENCE, _NO_ANSWER),
)


def answered(reason: str, place: str) -> str:
    """Return a reason with the host that gave it: `example.org answered HTTP 503 ...`."""
    if not place or _names(reason, place):
        return reason
    return f"{place} answered {reason}" if _STATUS.match(reason) else f"{place}: {reason}"


def wants_no_more(reason: str) -> bool:
    """Whether the receiver is to be sent nothing until somebody says so."""
    found = _STATUS.match(reason)
    return found is not None and int(found[1]) == HTTPStatus.GONE


def what_to_look_at(reason: str) -> str:
    """Return whose side fails and what to do, by why nothing got through; '' if that is open."""
    if (found := _STATUS.search(reason)) is not None:
        return _of_web(int(found[1]))
    if (found := _MAIL.search(reason)) is not None:
        return _NO_KEY if found[1] in _LOGIN else _REFUSED
    return next((advice for begin, advice in _OTHERS if begin.match(reason)), "")


def _names(reason: str, place: str) -> bool:
    """Whether a reason names the host, and not another one that holds its name."""
    return re.search(rf"(?<![\w.-]){re.escape(place)}(?![\w-]|\.\w)", reason) is not None


def _of_web(status: int) -> str:
    if status in _SAID:
        return _SAID[HTTPStatus(status)]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _OWN_FAULT
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return _MOVED if is_redirect else _REFUSED
