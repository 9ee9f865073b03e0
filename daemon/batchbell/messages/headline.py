"""The first line of a message: what happened, to which job, how bad, in words for every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, EventKind
from batchbell.core.provider import JobState
from batchbell.messages.deadline_words import is_of_standstill
from batchbell.messages.entry import TITLE_LIMIT
from batchbell.messages.event_words import (
    NOTHING_LEFT,
    SECONDS_LEFT,
    WARNS_OF_DEADLINE,
    as_of,
    corrects,
    due,
    error_text,
    how_long,
    is_reminder,
    margin,
    misses,
    name_text,
    run_time,
    step_text,
    still_text,
    time_left,
)
from batchbell.messages.kind_words import label_of, loss_in_label, words_of
from batchbell.messages.lost_words import lost_jobs, why_in_short
from batchbell.messages.overtaken import over_words
from batchbell.messages.plain_text import counted, duration, local_time_near, percent
from batchbell.messages.prospect_advice import act_of, prospect_at
from batchbell.messages.prospect_decision import Act
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import verdict_words
from batchbell.messages.subject import behind, job_name_of, name_within, subject, subject_within
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: No name of a job is cut shorter where counts stand behind it, characters.
NAME_CHARS = 24
#: What it says of a job of which nobody knows yet what came back.
NOT_COUNTED = "not counted yet"
#: What the headline says where no length of time is left.
_DEADLINES = {NOTHING_LEFT: "DEADLINE PASSED", SECONDS_LEFT: "DEADLINE now"}


def headline(event: Event, view: View = PLAIN_VIEW) -> str:
    """Return one line: label, what it is about, and the one detail that matters most."""
    return _line(event, view, subject_within)


def title_line(event: Event, view: View) -> str:
    """Return the same for a lock screen: of a job with a name its model does not push it out."""
    return _line(event, view, name_within)


def _line(event: Event, view: View, name: Callable[[Event, int], str]) -> str:
    label, detail = happening(event, view)
    if event.job is not None and _fate(event, view):
        return f"{label}: {job_name_of(event)} {detail}"
    if event.kind is EventKind.CHANNEL_MESSAGE_LOST:
        told = ", ".join(filter(None, (lost_jobs(event), detail)))
        return f"{label} to {subject(event)}: {told}"
    start, end = f"{label}: ", behind("", detail)
    # How many came back must not be pushed out of the title.
    room = TITLE_LIMIT - len(start + end) if _verdict(event) else TITLE_LIMIT
    return start + name(event, room) + end


def named(event: Event, view: View, room: int) -> str:
    """Return a title's beginning, label and subject, in at most `room` characters if it can.

    A name is not cut shorter than what tells it from others.
    """
    between = " to " if event.kind is EventKind.CHANNEL_MESSAGE_LOST else ": "
    start = happening(event, view)[0] + between
    return start + name_within(event, max(room - len(start), NAME_CHARS))


def happening(event: Event, view: View = PLAIN_VIEW) -> tuple[str, str]:
    """Return what the headline says besides what it is about: its label, and the one detail."""
    label, detail = what_happened(event, view)
    return ": ".join(filter(None, (told_again(event, view), label))), detail


def told_again(event: Event, view: View) -> str:
    """Return `Reminder` or `Acknowledged` of what was told before, else ''."""
    if event.key in view.acknowledged:
        return "Acknowledged"
    return "Reminder" if is_reminder(event) else ""


def what_happened(event: Event, view: View) -> tuple[str, str]:
    """Return label and detail of an event, whether or not it was told before."""
    over = over_words(event, view)
    if over:
        return words_of(event).label, over
    detail = _fate(event, view) or _detail(event, view)
    seen = as_of(event, view) if detail else ""
    return _label(event, view), ", ".join(filter(None, (detail, seen)))


def _fate(event: Event, view: View) -> str:
    if over_words(event, view):
        return ""
    if event.kind in WARNS_OF_DEADLINE:
        return misses(event, view)
    # What a warning said of it before, a standstill must not make milder.
    fate = misses(event, view) if _is_to_cancel(event, view) else ""
    return fate if is_of_standstill(fate) else ""


def _is_to_cancel(event: Event, view: View) -> bool:
    """Whether it tells of a job that stands still and is to be cancelled now."""
    if event.job is None or event.kind is not EventKind.STALLED:
        return False
    return act_of(prospect_at(event, event.job, view.now)) is Act.CANCEL_NOW


def _label(event: Event, view: View) -> str:
    label = label_of(event)
    if event.kind is EventKind.DEADLINE_APPROACHING:
        left = time_left(event, view) or step_text(event)
        label = _DEADLINES.get(left, f"DEADLINE in {left}") if left else label
    elif event.kind is EventKind.PROGRESS and event.facts.threshold is not None:
        label = f"Past {event.facts.threshold}%"
    return f"CORRECTION, {label}" if corrects(event) else label


def _detail(event: Event, view: View) -> str:
    parts = []
    if corrects(event):
        parts.append(f"told as {corrects(event)} before")
    parts.append(_verdict(event) or _own_detail(event, view))
    return ", ".join(part for part in parts if part)


def _own_detail(event: Event, view: View) -> str:  # noqa: C901, PLR0911, PLR0912 - one branch for each kind
    job, error = event.job, error_text(event)
    match event.kind:
        case EventKind.COMPLETED if event.facts.results.is_awaited:
            return NOT_COUNTED
        case EventKind.COMPLETED:
            return run_time(job) and f"in {run_time(job)}"
        case EventKind.COMPLETED_WITH_ERRORS:
            return error or "some requests failed"
        case EventKind.COMPLETED_EMPTY:
            return error or "no request succeeded"
        case EventKind.FAILED:
            return error or "no reason given"
        case EventKind.EXPIRED if job and job.progress == 0 and not job.output_file_id:
            return "never begun"
        case EventKind.EXPIRED | EventKind.CANCELLED:
            return f"{_done(job)}{_part(job)}"
        case EventKind.DEADLINE_APPROACHING:
            return margin(event, view) or _how_far(event, view) or _standing(job)
        case EventKind.PROGRESS if event.facts.threshold is not None:
            now = "" if as_of(event, view) else "now "
            return f"{now}at {percent(job.progress)}" if job and job.progress is not None else ""
        case EventKind.AT_RISK:
            still = _standstill(event, view) if event.facts.stall.since is not None else ""
            return margin(event, view) or still or "it may not finish before its deadline"
        case EventKind.DEADLINE_MISSED:
            return _missed(event, view)
        case EventKind.STALLED:
            return _standstill(event, view)
        case EventKind.VANISHED:
            return "the API lists it no longer"
        case EventKind.RESULTS_LOST:
            return loss_in_short(event.facts.results.reason) or "a result file can't be had"
        case EventKind.STATUS_UNKNOWN:
            return name_text(job.status if job else None)
        case EventKind.ACCOUNT_UNREACHABLE | EventKind.CHANNEL_FAILING:
            return error
        case EventKind.CHANNEL_MESSAGE_LOST:
            return why_in_short(event)
        case EventKind.ACCOUNT_UNAUTHORIZED:
            return error or "the API refused the key"
        case EventKind.ACCOUNT_RECOVERED | EventKind.CHANNEL_RECOVERED | EventKind.RESUMED:
            return f"after {how_long(event)}" if how_long(event) else ""
        case EventKind.ACCOUNT_WATCHING:
            return watched(event)
        case _:
            return ""


def _verdict(event: Event) -> str:
    """Say whether everything came back, where the headline is about an end or its results."""
    if event.kind is EventKind.FAILED and error_text(event):
        return ""
    if event.kind not in {*ENDS, EventKind.RESULTS, EventKind.INCOMPLETE}:
        return ""
    # Why its results are lost is a fact: it would push a name out of the title.
    if event.facts.results.is_lost:
        return "results not counted"
    return verdict_words(event.facts.results, said=loss_in_label(event))


def watched(event: Event) -> str:
    """Say what the first poll of an account found."""
    found = event.facts.baseline
    if found is None:
        return ""
    ended, recently = found.jobs - found.running, "in the last 24 h, not told"
    untold = f"{found.ended_untold} ended {recently}"
    if ended > found.ended_untold:
        untold = f"{ended} ended ({found.ended_untold} {recently})"
    return f"{counted(found.jobs, 'job')}, {found.running} running, {untold}"


def _standstill(event: Event, view: View) -> str:
    """Return `no progress for 2h (since 01:14 CET)`, or `nothing done in 9h (since 20:14 CET)`."""
    job, since = event.job, event.facts.stall.since
    waits = job is not None and job.state in {JobState.VALIDATING, JobState.CANCELING}
    what, how = (f"still {job.status}", "after") if job and waits else ("no progress", "for")
    if job and job.state is JobState.IN_PROGRESS and job.progress == 0:
        what, how = "nothing done", "in"
    if since is None or since > event.seen_at:
        return what
    at = local_time_near(since, event.seen_at, zone=view.zone)
    return f"{what} {how} {duration(event.seen_at - since)} (since {at})"


def _standing(job: BatchJob | None) -> str:
    if job is None:
        return ""
    status = name_text(job.status)
    done = "" if job.progress is None else percent(job.progress)
    return f"{status} at {done}" if status and done else status or done


def _how_far(event: Event, view: View) -> str:
    """Return `due 20:35 CET, 11.4% done`; '' if nobody knows when it is due.

    Of a job that stands still it is `no progress for 42m, due 20:35 CET, 11.4% done`, of one that
    has not begun `still VALIDATING, due 20:35 CET`.
    """
    at, job = due(event, view), event.job
    if at and job is not None and job.state is JobState.VALIDATING:
        return f"still {job.status}, {at}"
    if not at or job is None or job.progress is None:
        return at
    return ", ".join(filter(None, (still_text(event), at, f"{percent(job.progress)} done")))


def _missed(event: Event, view: View) -> str:
    """Return `due 02:02 CET, 68.2% done`: its status is a fact."""
    progress = None if event.job is None else event.job.progress
    done = "not finished" if progress is None else f"{percent(progress)} done"
    return ", ".join(filter(None, (due(event, view), done)))


def _done(job: BatchJob | None) -> str:
    return f"{percent(job.progress)} done, " if job and job.progress else ""


def _part(job: BatchJob | None) -> str:
    """Say whether a part is kept; its file's name is a fact, where no line breaks it."""
    return "partial output is kept" if job and job.output_file_id else "no partial output"
