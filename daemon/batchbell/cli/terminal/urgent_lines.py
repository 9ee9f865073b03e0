"""What is asked for, above everything that `status` shows: a line a deed, and who is silent."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from batchbell.cli.terminal.grid import shorten, shorten_name, text_width
from batchbell.cli.terminal.phrases import span
from batchbell.cli.terminal.signs import joined
from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.deeds import (
    Deed,
    counted_deed,
    counted_in_short,
    deeds,
    severity_of_deed,
)
from batchbell.messages.job_step import job_command
from batchbell.messages.plain_text import counted, one_line
from batchbell.messages.subject import file_stem, short_id, short_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import Status

#: Why a channel gets nothing through.
_SILENT = (Reason.SEND_FAILED, Reason.FAILURE_TOLD, Reason.DISABLED)
#: So much of an error stands in a line that names who fails, characters.
_ERROR_CHARS = 100
#: What a line has beside its words: a sign, and a blank behind that and what leads.
_BESIDE = len("✗  ")
#: Longest name of one of several jobs, columns.
_NAME = 28


class UrgentLine(NamedTuple):
    """One deed, or one who is silent."""

    severity: Severity
    #: What is to be done, or who.
    lead: str
    #: Of what, or since when and why.
    rest: str
    #: What to begin with; '' where an id can't be copied without harm.
    command: str
    #: Whether it is a deed, and its jobs stand behind a colon.
    asks: bool = False
    #: How many jobs are counted in it.
    jobs: int = 0
    #: What leads where a line has less room.
    in_short: str = ""


def urgent_lines(
    status: Status, asked: Mapping[tuple[str, str], Deed], width: int
) -> Iterator[UrgentLine]:
    """Yield the jobs by what they ask for, the most urgent deed first, and what is silent.

    A silence stands below what is to be cancelled now: every hour of that costs. Jobs are named as
    far as a line of `width` has room.
    """
    found = deeds((item for item in status.jobs if item.key in asked), lambda item: asked[item.key])
    to_cancel = found.pop(Deed.CANCEL_NOW, [])
    if to_cancel:
        yield _line(Deed.CANCEL_NOW, to_cancel, status, width)
    yield from _unpolled(status)
    yield from _silent(status)
    for deed, items in found.items():
        yield _line(deed, items, status, width)


def deeds_in_one(lines: Iterable[UrgentLine], width: int) -> Iterator[UrgentLine]:
    """Yield the failures in one line, and all that can wait in another; none names a job.

    That is for where their rows stand below. What is silent keeps its place between them.
    """
    found = [*lines]
    bad = [line for line in found if line.asks and line.severity is Severity.FAILURE]
    others = [line for line in found if line.asks and line.severity is not Severity.FAILURE]
    yield from _together(bad, width)
    for line in found:
        if not line.asks:
            yield line._replace(rest=shorten(line.rest, width - _BESIDE - text_width(line.lead)))
    yield from _together(others, width)


def _together(lines: Sequence[UrgentLine], width: int) -> Iterator[UrgentLine]:
    """Yield one line of several; what can wait longest gives way to the `width`, but is counted."""
    if lines:
        forms = [*_forms(lines)]
        fitting = (each for each in forms if text_width("; ".join(each)) <= width - _BESIDE)
        first, *others = next(fitting, forms[-1])
        worst = max(line.severity for line in lines)
        yield UrgentLine(worst, f"{first};" if others else first, "; ".join(others), "")


def _forms(lines: Sequence[UrgentLine]) -> Iterator[list[str]]:
    """Yield what is in a line, the longest first: from its end on less is said of what to do."""
    leads = [line.lead for line in lines]
    brief = [line.in_short or line.lead for line in lines]
    for whole in range(len(leads), -1, -1):
        yield [*leads[:whole], *brief[whole:]]
    for kept in range(len(leads) - 1, 0, -1):
        others = sum(line.jobs for line in lines[kept:])
        yield [*brief[:kept], counted(others, "other job")]


def _line(deed: Deed, items: Sequence[AccountJob], status: Status, width: int) -> UrgentLine:
    lead = counted_deed(deed, len(items))
    # Beside a sign, a colon and the blanks behind these.
    loud_first = sorted(items, key=lambda item: status.muted_until(item) is not None)
    names = _names(loud_first, status, width - text_width(lead) - 4)
    severity = severity_of_deed(deed, (_severity(item, status) for item in items))
    begins = job_command("show", loud_first[0].record.job.id)
    return UrgentLine(
        severity,
        lead,
        names,
        begins,
        asks=True,
        jobs=len(items),
        in_short=counted_in_short(deed, len(items)),
    )


def _severity(item: AccountJob, status: Status) -> Severity:
    results = status.results.get(item.key)
    return job_standing(item.record, status.now, results=results).severity


def _names(items: Sequence[AccountJob], status: Status, room: int) -> str:
    """Return as many names as there is room for, and how many others there are."""
    names = [*_called(items, status)]
    for count in range(len(names), 0, -1):
        left = len(names) - count
        text = ", ".join([*names[:count], *([f"{left:,} more"] if left else [])])
        if text_width(text) <= room:
            return text
    return shorten(names[0], room) if len(names) == 1 else ""


def _called(items: Sequence[AccountJob], status: Status) -> Iterator[str]:
    """Yield what people call each job, with its short id where several are called so.

    Whoever muted one knows of it.
    """
    stems = [file_stem(status.input_file(item)) for item in items]
    count = Counter(stems)
    for item, stem in zip(items, stems, strict=True):
        name = shorten_name(stem or short_model(item.record.job.model_id or ""), _NAME)
        is_alone = stem and count[stem] == 1
        called = name if is_alone else joined(name, short_id(item.record.job.id))
        yield called if status.muted_until(item) is None else f"{called} (muted)"


def _unpolled(status: Status) -> Iterator[UrgentLine]:
    for view in status.accounts:
        health = view.state.health
        if view.standing.has(Reason.OUTAGE_TOLD) and health.failing_since is not None:
            lasts = span(status.now - health.failing_since)
            why = f"can't be polled for {lasts}: {_error(health.last_error)}"
            yield UrgentLine(Severity.FAILURE, f"account {view.name}", why, "batchbell doctor")


def _silent(status: Status) -> Iterator[UrgentLine]:
    for view in status.channels:
        if view.standing.has(*_SILENT):
            since = view.health.failing_since
            lasts = "" if since is None else f" for {span(status.now - since)}"
            why = f"delivers nothing{lasts}: {_error(view.health.last_error)}".removesuffix(": ")
            test = f"batchbell notify-test {view.name}"
            yield UrgentLine(view.standing.severity, f"channel {view.name}", why, test)


def _error(text: str) -> str:
    return one_line(text, _ERROR_CHARS)
