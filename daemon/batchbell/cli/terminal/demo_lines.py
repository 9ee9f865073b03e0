"""A message of the demo in few lines: for each event its headline, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from batchbell.cli.terminal.grid import GAP, pad, text_width
from batchbell.cli.terminal.hanging import broken
from batchbell.cli.terminal.readers_clock import local
from batchbell.cli.terminal.signs import STYLES, sign
from batchbell.core.event import ABOUT_PROSPECTS, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from batchbell.receivers.content import Content

#: As wide as the name of the demo's widest channel.
_CHANNEL = len("oncall")
#: How the line begins that says what to do, here without asides; of what runs on its first sentence
#: is enough, and of what can't wait its first clause: its headline says why.
_WHAT_TO_DO = "What to do: "
_SENTENCE = re.compile(r"(?<=[.!?]) ")
_CANCEL_NOW = "Cancel it now and "
_ASIDE = re.compile(r" \([^()]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One event of a message."""

    severity: Severity
    headline: str
    #: '' if there is nothing to do.
    what_to_do: str

    @property
    def is_urgent(self) -> bool:
        """Whether a job is to be cancelled now."""
        return self.what_to_do.startswith(_CANCEL_NOW)


def message_lines(channel: str, content: Content, now: datetime, width: int) -> Iterator[Text]:
    """Yield `06:26  ✗  oncall  FAILED: ...` and what to do below it, for each event."""
    for told in events_of(content):
        colour = STYLES[told.severity]
        lead = GAP.join((f"{local(now):%H:%M}", sign(told.severity), pad(channel, _CHANNEL), ""))
        below = text_width(lead)
        for at, line in enumerate(broken(lead + told.headline, width, below=below)):
            text = Text(line)
            if told.severity is not Severity.INFO:
                text.stylize(f"bold {colour}", below)
            if not at:
                text.stylize("dim", 0, below)
                text.stylize(f"not dim {colour}", len("06:26  "), len("06:26  ✗"))
            yield text
        # As the bars have it, below which the same stands.
        style = f"bold {STYLES[Severity.FAILURE]}" if told.is_urgent else ""
        for line in broken(" " * below + told.what_to_do, width, below=below):
            if line.strip():
                yield Text(line, style=style)


def events_of(content: Content) -> Sequence[Told]:
    """Return the events of a message in its order, as its text has them."""
    events = content.payload["data"]["events"]
    todo = _what_to_do(content.text, {event["headline"]: event["kind"] for event in events})
    return [
        Told(
            severity=Severity[event["severity"].upper()],
            headline=event["headline"],
            what_to_do=todo.get(event["headline"], ""),
        )
        for event in events
    ]


def _what_to_do(text: str, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return what to do by the headline that it stands below, of whose kind it is."""
    found: dict[str, str] = {}
    about = next(iter(kinds))
    for line in text.splitlines():
        about = line if line in kinds else about
        if line.strip().startswith(_WHAT_TO_DO):
            said = _ASIDE.sub("", line.strip().removeprefix(_WHAT_TO_DO))
            found.setdefault(about, _in_short(said) if kinds[about] in ABOUT_PROSPECTS else said)
    return found


def _in_short(said: str) -> str:
    """Return what to do about a job that runs on."""
    sentence, *_ = _SENTENCE.split(said)
    if sentence.startswith(_CANCEL_NOW):
        return f"{sentence.partition(':')[0].rstrip('.')}."
    return sentence
