"""Reading what arrived: the entries of a message, as a person (or a script) would find them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Sized

    from tests.loopback_receivers import HttpRequest, Mail

#: What only a digest has: a headline with its facts indented below it.
_OF_SEVERAL = re.compile(r"^\S.*\n  \S", re.MULTILINE)
#: What stands between a job's name and what is said of it; a short id begins with a digit, too.
BEHIND_NAME = re.compile(r", | \N{MIDDLE DOT} (?=\d)(?![0-9a-f]{8}\b)")
#: What a command has behind it: the id of its job.
_COMMANDED = re.compile(r"^batchbell .* -- (\S+)$")
_HEADING = re.compile(r"[A-Z][a-z ,]+ \(\d+\)")
_STATUS = re.compile(r"\b(COMPLETED|FAILED|EXPIRED|CANCELLED)\b")
#: What a job's newest word says of the ones before it: `created at 10:47; past 25% at 10:51 CET`.
_EARLIER = re.compile(r"(\w[\w %]*) at \d")
_FACT = re.compile(r"^(?:\d )?([A-Z][\w ,]+): +(.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as a message tells it."""

    headline: str
    facts: Mapping[str, str]

    @property
    def label(self) -> str:
        """What happened, in the message's words."""
        return self.headline.partition(":")[0]

    @property
    def detail(self) -> str:
        """What is said behind the job's name; '' if nothing."""
        return "".join(BEHIND_NAME.split(self.headline, 1)[1:])

    @property
    def job(self) -> str:
        """The full job id, '' if it tells of an account or a channel."""
        return self.facts.get("Job", "")

    @property
    def key(self) -> tuple[str, str]:
        """What it tells of which job."""
        return self.job, self.label


def entries(text: str) -> list[Entry]:
    """Return what a message's text tells: a single event, or a digest's, each with those before."""
    return [told for entry in _entries(text) for told in (*_before(entry), entry)]


def _before(entry: Entry) -> Iterable[Entry]:
    """Yield what is said of earlier events of the same job, told in the same entry."""
    for part in entry.facts.get("Earlier", "").split("; "):
        if found := _EARLIER.match(part):
            label = found[1][0].upper() + found[1][1:]
            times = part.count(" and ") + 1
            yield from [Entry(label, {"Job": entry.job})] * times


def _entries(text: str) -> list[Entry]:
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    if not _OF_SEVERAL.search(text):
        # A single event: its headline, then one fact a line.
        # What is told, what is to be done, what the job is known by, what shows more.
        headline, facts = (
            blocks[0][0],
            _facts(line for each in blocks[1:] for line in _unwrapped(each)),
        )
        return [Entry(headline, _with_status(headline, facts))]
    told = filter(None, map(_below_heading, blocks[1:-1]))
    return [Entry(block[0], _of_digest(block)) for block in told]


def _below_heading(block: Sequence[str]) -> Sequence[str]:
    """Leave out what some entries ask for, which stands above the first of them."""
    lines = [line for line in block if line.strip("-")]
    told = lines[1:] if _HEADING.fullmatch(lines[0]) else lines
    # What they ask for alike is sentences, and nothing stands below it.
    is_advice = bool(told) and told[-1].endswith(".") and not any(x.startswith(" ") for x in told)
    return [] if is_advice else told


def _of_digest(block: Sequence[str]) -> Mapping[str, str]:
    facts = _facts(_packed(block[1:]))
    ids = [found[1] for text in facts.values() if (found := _COMMANDED.match(text))]
    return _with_status(block[0], {**({"Job": ids[0]} if ids else {}), **facts})


def _with_status(headline: str, facts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the facts with the status, which is left out where the headline says it."""
    said = _STATUS.search(headline.removeprefix("Reminder: ").partition(":")[0])
    return {"Status": said[0], **facts} if said and "Job" in facts else facts


def _unwrapped(lines: Iterable[str]) -> Iterable[str]:
    """Return lines with what a mail's text goes on with below them."""
    return re.sub(r"\n +", " ", "\n".join(lines)).splitlines()


def _packed(lines: Iterable[str]) -> Iterable[str]:
    """Return the facts of a digest's entry: several on a line, a long one on several."""
    text = re.sub(r"\n {3,}", " ", "\n".join(lines))
    return re.split(r" · |\n  ", text.strip())


def _facts(lines: Iterable[str]) -> dict[str, str]:
    return {match[1]: match[2] for line in lines if (match := _FACT.match(line))}


def told_by_http(requests: Iterable[HttpRequest]) -> list[Entry]:
    """Return what accepted webhooks tell."""
    accepted = [request for request in requests if request.status == 200]
    return [entry for request in accepted for entry in entries(request.json["message"])]


def told_by_mail(mails: Iterable[Mail]) -> list[Entry]:
    """Return what mails tell."""
    return [entry for mail in mails for entry in entries(mail.text)]


def keys(told: Iterable[Entry]) -> list[tuple[str, str]]:
    """Return what was told of which job, sorted."""
    return sorted(entry.key for entry in told)


def arrived(count: int) -> Callable[[Sized], bool]:
    """Return the question whether so many messages are there, for `wait_for`."""
    return lambda received: len(received) >= count
