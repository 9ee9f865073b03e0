"""Why a channel was not told of something, in a sentence for people."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.core.awaiting import IN_END
from batchbell.messages.plain_text import local_time, parse_time

if TYPE_CHECKING:
    from datetime import tzinfo

#: The reasons that `core.routing` gives, as they are stored with an event.
_TOO_GOOD = re.compile(r"min_severity: (?P<severity>\w+) is below (?P<least>\w+)")
_NOT_ASKED = re.compile(r"(?P<kind>[\w.]+) is not told by default")
_LEFT_OUT = re.compile(r"its `events` leave out (?P<kind>[\w.]+)")
_LACKS = re.compile(r"(?P<key>\w+): (?P<value>.*) matches none of (?P<globs>.*)", re.DOTALL)
#: What `core.mute` gives.
_MUTED = re.compile(r"muted until (?P<until>\d{4}-\d\d-\d\d \d\d:\d\d) UTC")
#: What is left of all severities from each on.
_ONLY = {
    "success": "successes, warnings and failures",
    "warning": "warnings and failures",
    "failure": "failures",
}
#: What routing names for a value that is not there.
_NO_VALUE, _NO_GLOBS = "none", "(nothing)"


def why_not_told(reason: str, zone: tzinfo = UTC) -> str:
    """Return `it takes only failures (min_severity = failure)` for a reason as it is stored.

    One that is a sentence already stays, without backticks: they are for who renders them.
    """
    if reason == IN_END:
        # Whether that message was sent stands beside the end.
        return "it is part of the message about the job's end"
    found = _MUTED.fullmatch(reason)
    until = None if found is None else parse_time(found["until"])
    if until is not None:
        return f"muted until {local_time(until, zone)}"
    found = _TOO_GOOD.fullmatch(reason)
    if found is not None and found["least"] in _ONLY:
        return f"it takes only {_ONLY[found['least']]} (min_severity = {found['least']})"
    found = _NOT_ASKED.fullmatch(reason)
    if found is not None:
        return f"its events leave out {found['kind']}"
    found = _LACKS.fullmatch(reason)
    return reason.replace("`", "") if found is None else _takes_only(**found.groupdict())


def why_these_were_not_told(reason: str, channels: int, zone: tzinfo = UTC) -> str:
    """Return the same of so many channels: `they take only failures`, `their events leave out`."""
    why = why_not_told(reason, zone)
    if channels > 1:
        why = why.replace("its events", "their events", 1)
        why = re.sub(r"^it takes\b", "they take", why)
    return why


def what_would_tell(channel: str, reason: str) -> str:
    """Return what to write into the configuration for such events; '' if that is not the cause.

    It is `channels.phone.min_severity = "warning"`, or what the channel's `events` should ask for.
    """
    found = _TOO_GOOD.fullmatch(reason)
    if found is not None:
        return f'channels.{channel}.min_severity = "{found["severity"]}"'
    found = _NOT_ASKED.fullmatch(reason) or _LEFT_OUT.fullmatch(reason)
    return "" if found is None else f'"{found["kind"]}" among channels.{channel}.events'


def _takes_only(key: str, value: str, globs: str) -> str:
    what = key.replace("_", " ")
    if globs == _NO_GLOBS:
        return f"it takes no {what}"
    instead = "and none is known" if value == _NO_VALUE else f"not {value}"
    return f"it takes only {what} like {globs}, {instead}"
