"""The first line of a message: what happened, to which job, how bad, in words for every kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.event import EventKind
from batchbell.core.plain_text import cut, duration, one_line, parse_time, percent
from batchbell.core.provider import JobState
from batchbell.messages.fact_words import (
    NAME_LIMIT,
    NOTHING_LEFT,
    error_text,
    fact_duration,
    fact_text,
    margin,
    partial_output,
    run_time,
    time_left,
)
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

_SHORT_ID_LIMIT = 12
#: Longest names in a headline, characters: what happened must not be pushed out of the title.
_FILE_CHARS = 48
_MODEL_CHARS = 32
#: How providers tell variants of one model apart, at the end of its name.
_VARIANT = re.compile(r"(-(Instruct|Chat|it|Turbo|Lite|Reference|FP8|tput))+$", re.IGNORECASE)


class Words(NamedTuple):
    """How a kind is called: at the start of a headline, and after a count."""

    label: str
    counted: str


WORDS = {
    EventKind.CREATED: Words("Created", "created"),
    EventKind.VALIDATING: Words("Validating", "validating"),
    EventKind.IN_PROGRESS: Words("In progress", "in progress"),
    EventKind.CANCELING: Words("Canceling", "canceling"),
    EventKind.PROGRESS: Words("Progress", "progressed"),
    EventKind.RESUMED: Words("Resumed", "resumed"),
    EventKind.COMPLETED: Words("COMPLETED", "completed"),
    EventKind.COMPLETED_WITH_ERRORS: Words("COMPLETED WITH ERRORS", "completed with errors"),
    EventKind.COMPLETED_EMPTY: Words("COMPLETED WITHOUT OUTPUT", "completed without output"),
    EventKind.FAILED: Words("FAILED", "failed"),
    EventKind.EXPIRED: Words("EXPIRED", "expired"),
    EventKind.CANCELLED: Words("CANCELLED", "cancelled"),
    EventKind.DEADLINE_APPROACHING: Words("DEADLINE NEAR", "near the deadline"),
    EventKind.AT_RISK: Words("AT RISK", "at risk"),
    EventKind.DEADLINE_MISSED: Words("DEADLINE MISSED", "past the deadline"),
    EventKind.STALLED: Words("STALLED", "stalled"),
    EventKind.VANISHED: Words("VANISHED", "vanished"),
    EventKind.STATUS_UNKNOWN: Words("UNKNOWN STATUS", "with an unknown status"),
    EventKind.ACCOUNT_UNREACHABLE: Words("ACCOUNT UNREACHABLE", "account unreachable"),
    EventKind.ACCOUNT_UNAUTHORIZED: Words("ACCOUNT UNAUTHORIZED", "account unauthorized"),
    EventKind.ACCOUNT_RECOVERED: Words("Account recovered", "account recovered"),
    EventKind.ACCOUNT_WATCHING: Words("Watching account", "account watched"),
    EventKind.CHANNEL_FAILING: Words("CHANNEL FAILING", "channel failing"),
    EventKind.CHANNEL_RECOVERED: Words("Channel recovered", "channel recovered"),
}


def headline(event: Event, view: View = PLAIN_VIEW) -> str:
    """Return one line: label, what it is about, and the one detail that matters most."""
    detail = _detail(event, view)
    again = "Reminder: " if is_reminder(event) else ""
    line = f"{again}{_label(event, view)}: {_subject(event)}"
    return f"{line}, {detail}" if detail else line


def is_reminder(event: Event) -> bool:
    """Whether this tells an event again, until somebody acknowledges it."""
    return event.facts.get("reminder") is not None


def corrects(event: Event) -> bool:
    """Whether it tells a different end than was told before."""
    return bool(event.facts.get("corrects"))


def _label(event: Event, view: View) -> str:
    label = WORDS[event.kind].label
    if event.kind is EventKind.DEADLINE_APPROACHING:
        left = time_left(event, view) or fact_text(event, "step")
        label = f"DEADLINE in {left}" if left else label
        label = "DEADLINE PASSED" if left == NOTHING_LEFT else label
    elif event.kind is EventKind.PROGRESS and event.facts.get("threshold") is not None:
        label = f"{fact_text(event, 'threshold')}% done"
    return f"CORRECTION, {label}" if corrects(event) else label


def _subject(event: Event) -> str:
    """Name what it is about: input file and model, or the account, or the channel.

    A job whose file's name is not known goes by its short id.
    """
    if event.kind in {EventKind.CHANNEL_FAILING, EventKind.CHANNEL_RECOVERED}:
        return fact_text(event, "channel") or "a channel"
    if not event.job_id:
        return one_line(event.account, NAME_LIMIT) or "an account"
    model = cut(short_model((event.job and event.job.model_id) or ""), _MODEL_CHARS)
    name = one_line(event.input_file, NAME_LIMIT)
    name = cut(name.removesuffix(".jsonl") or name, _FILE_CHARS)
    short = short_id(event.job_id)
    if name:
        return f"{name} ({model or short})"
    return f"{model} ({short})" if model else short


def short_model(model_id: str) -> str:
    """Return `Llama-3.3-70B` for `meta-llama/Llama-3.3-70B-Instruct-Turbo`."""
    own = one_line(model_id, NAME_LIMIT).rpartition("/")[2]
    short = _VARIANT.sub("", own)
    return short or own


def short_id(job_id: str) -> str:
    """Return a prefix of an id that commands take too; a UUID's first group."""
    shown = one_line(job_id, NAME_LIMIT)
    first_group, dash, _ = shown.partition("-")
    if dash and len(shown) == len("00000000-0000-0000-0000-000000000000"):
        return first_group
    return shown if len(shown) <= 2 * _SHORT_ID_LIMIT else shown[:_SHORT_ID_LIMIT]


def _detail(event: Event, view: View) -> str:
    parts = []
    if corrects(event):
        parts.append(f"told as {fact_text(event, 'corrects')} before")
    parts.append(_own_detail(event, view))
    return ", ".join(part for part in parts if part)


def _own_detail(event: Event, view: View) -> str:  # noqa: C901, PLR0911, PLR0912 - one branch for each kind
    job, error = event.job, error_text(event)
    match event.kind:
        case EventKind.COMPLETED:
            return run_time(job) and f"in {run_time(job)}"
        case EventKind.COMPLETED_WITH_ERRORS:
            return error or "some requests failed"
        case EventKind.COMPLETED_EMPTY:
            return error or "no request succeeded"
        case EventKind.FAILED:
            return error or "no reason given"
        case EventKind.EXPIRED | EventKind.CANCELLED:
            return f"{_done(job)}{partial_output(job)}"
        case EventKind.DEADLINE_APPROACHING:
            return margin(event, view) or _standing(job)
        case EventKind.AT_RISK:
            return margin(event, view) or "it may not finish before its deadline"
        case EventKind.DEADLINE_MISSED:
            return f"not finished, {_standing(job)}" if _standing(job) else "not finished"
        case EventKind.STALLED:
            return _standstill(event, view)
        case EventKind.VANISHED:
            return "the API lists it no longer"
        case EventKind.STATUS_UNKNOWN:
            return one_line((job and job.status) or "", NAME_LIMIT)
        case EventKind.ACCOUNT_UNREACHABLE | EventKind.CHANNEL_FAILING:
            return error
        case EventKind.ACCOUNT_UNAUTHORIZED:
            return error or "the API refused the key"
        case EventKind.ACCOUNT_RECOVERED | EventKind.CHANNEL_RECOVERED | EventKind.RESUMED:
            return _after(event)
        case EventKind.ACCOUNT_WATCHING:
            return watched(event)
        case _:
            return ""


def watched(event: Event) -> str:
    """Say what the first poll of an account found."""
    words = {
        "jobs": "jobs",
        "running": "running",
        "ended_untold": "ended in the last 24 h, not told",
    }
    return ", ".join(
        f"{fact_text(event, name)} {word}" for name, word in words.items() if fact_text(event, name)
    )


def _standstill(event: Event, view: View) -> str:
    """Return `no progress for 2h (since 01:14 CET)`."""
    job, since = event.job, parse_time(event.facts.get("since"))
    waits = job is not None and job.state in {JobState.VALIDATING, JobState.CANCELING}
    what, how = (f"still {job.status}", "after") if job and waits else ("no progress", "for")
    if since is None or since > event.seen_at:
        return what
    _, at = view.times(event.seen_at, since)
    return f"{what} {how} {duration(event.seen_at - since)} (since {at})"


def _standing(job: BatchJob | None) -> str:
    if job is None:
        return ""
    status = one_line(job.status or "", NAME_LIMIT)
    done = "" if job.progress is None else percent(job.progress)
    return f"{status} at {done}" if status and done else status or done


def _done(job: BatchJob | None) -> str:
    return "" if job is None or job.progress is None else f"{percent(job.progress)} done, "


def _after(event: Event) -> str:
    for name in ("stalled_seconds", "blind_seconds"):
        if fact_duration(event, name):
            return f"after {fact_duration(event, name)}"
    since = parse_time(event.facts.get("outage_since")) or parse_time(event.facts.get("since"))
    if since is None or since > event.happened_at:
        return ""
    return f"after {duration(event.happened_at - since)}"
