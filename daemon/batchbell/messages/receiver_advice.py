"""What a failure to send says of a channel's receiver: whose side fails, and what to look at."""

from __future__ import annotations

import re
from http import HTTPStatus

_STATUS = re.compile(r"HTTP (\d{3})\b")
_OF_THE_CHANNEL = "mend the channel in the configuration, and reload"
_SAID = {
    HTTPStatus.UNAUTHORIZED: f"It does not take the key: {_OF_THE_CHANNEL}.",
    HTTPStatus.FORBIDDEN: f"It does not take the key: {_OF_THE_CHANNEL}.",
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


def answered(reason: str, place: str) -> str:
    """Return a reason with the host that gave it: `example.org answered HTTP 503 ...`."""
    if not place or place in reason:
        return reason
    return f"{place} answered {reason}" if _STATUS.match(reason) else f"{place}: {reason}"


def what_to_look_at(reason: str) -> str:
    """Return whose side fails and what to do, by why nothing got through."""
    found = _STATUS.search(reason)
    if found is None:
        return _NO_ANSWER
    status = int(found[1])
    if status in _SAID:
        return _SAID[HTTPStatus(status)]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _OWN_FAULT
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    return _MOVED if is_redirect else _REFUSED
