"""The facts under a message's first line, in reading order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.event import ENDS, VERDICT_KINDS, EventKind
from batchbell.core.facts import NO_FACTS
from batchbell.messages.advice import CUT_SHORT, job_command, what_to_do
from batchbell.messages.event_words import (
    LATE_AFTER,
    WARNS_OF_DEADLINE,
    as_of,
    cohort,
    corrects,
    error_text,
    misses,
    name_text,
    outlook_text,
    run_time,
    step_text,
    time_left,
)
from batchbell.messages.fact import Fact, Role
from batchbell.messages.job_commands import after_end, once_more, to_cancel
from batchbell.messages.late_news import late_news
from batchbell.messages.lost_words import lost_kinds, to_send_lost
from batchbell.messages.overtaken import before_words, over_since
from batchbell.messages.plain_text import duration, one_line, percent
from batchbell.messages.prospect_advice import (
    ABOUT_PROSPECTS,
    is_cancelling_a_choice,
    prospect_at,
    says_what_is_known,
)
from batchbell.messages.results_words import (
    answer_words,
    cause_lines,
    cause_words,
    cost_words,
    token_words,
    uncounted_words,
    verdict_words,
)
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Event
    from batchbell.core.job import BatchJob
    from batchbell.messages.view import View

#: The ids of the jobs that one message may be about, characters.
LOST_LIMIT = 2_000
#: The account of whoever has but one.
USUAL_ACCOUNT = "default"
_NONE = "none"
#: An outage that has lasted no longer has just begun.
_BEGINS = timedelta(seconds=30)
#: The kinds of which the headline, or since when it lasts, says how long an outage is.
_SAY_HOW_LONG = frozenset(
    {EventKind.ACCOUNT_RECOVERED, EventKind.CHANNEL_RECOVERED, EventKind.CHANNEL_FAILING}
)


def details_of(
    event: Event, view: View = PLAIN_VIEW, before: Sequence[Event] = ()
) -> tuple[Fact, ...]:
    """Return everything known of an event; those without a text are left out.

    `before` is what happened to its job before, and is overtaken by it, the oldest first.

    What to do comes first, then what it is about, what is there to be copied, and at last what the
    job is known by. Facts that tell nothing are there for templates.
    """
    facts = [
        _brief("What to do", _remedy(event, view), Role.REMEDY),
        _brief("Reminder", _repetition(event, view), Role.REPETITION),
        _brief("Late news", late_news(event, view)),
        _brief("Earlier", before_words(before, view)),
        _brief("Error", error_text(event), Role.ERROR),
        *_about_results(event),
        *_about_rule(event, view),
        *_about_outage(event, view),
        *_about_progress(event),
        *_to_cancel(event, view),
        *(Fact(*each, Role.COMMAND) for each in _to_send(event)),
        *_to_copy(event, view),
        *_about_state(event, view),
        *_about_files(event),
        *_about_work(event),
        *_about_time(event, view),
        _brief("Job", name_text(event.job_id), Role.JOB),
    ]
    return tuple(fact for fact in facts if fact.text)


def _brief(label: str, text: str, role: Role = Role.DETAIL, *, shown: bool = True) -> Fact:
    """Return a fact that a digest gives too."""
    return Fact(label, text, role, is_brief=True, is_shown=shown)


def _remedy(event: Event, view: View) -> str:
    """Say what to do; nothing about what is over, and of figures that are old when they were so."""
    if over_since(event, view) is not None:
        return ""
    helps = what_to_do(event, view.provider, view.now, view.zone)
    seen, job = as_of(event, view), event.job
    is_choice = job is not None and is_cancelling_a_choice(prospect_at(event, job, view.now))
    return f"{helps} (This is {seen}: look again first.)" if seen and is_choice else helps


def _repetition(event: Event, view: View) -> str:
    """Say the how-many-eth reminder it is, when it was told first, and how to end this."""
    reminder = event.facts.reminder
    if reminder is None:
        return ""
    first = reminder.first_told
    told = "" if first is None else f", first told {view.time(first)}"
    command = job_command("ack", event.job_id) or "batchbell ack"
    return f"number {reminder.number}{told}; this ends it: {command}"


def _about_results(event: Event) -> Iterator[Fact]:
    """Yield what the files of an ended job hold; the headline has the verdict, or an error."""
    results = event.facts.results
    if results is NO_FACTS.results:
        return
    in_headline = event.kind is not EventKind.FAILED or not error_text(event)
    yield _brief("Results", verdict_words(results), shown=not in_headline)
    yield _brief("Not counted", uncounted_words(results))
    causes = tuple(Fact("Cause", line) for line in cause_lines(results))
    yield _brief("Causes", cause_words(results))._replace(lines=causes)
    yield Fact("Answers", answer_words(results), is_shown=not in_headline)
    yield Fact("Tokens", token_words(results))
    yield Fact("Cost", cost_words(results))


def _about_rule(event: Event, view: View) -> Iterator[Fact]:
    """Yield what a warning is about."""
    if over_since(event, view) is None:
        in_headline = event.kind is EventKind.DEADLINE_APPROACHING
        yield Fact("Time left", time_left(event, view), Role.OUTLOOK, is_shown=not in_headline)
        forecast = _forecast(event, view)
        in_headline = event.kind in WARNS_OF_DEADLINE and forecast in misses(event, view)
        shown = not (in_headline or _is_said_by_remedy(event, view))
        yield _brief("Forecast", forecast, Role.OUTLOOK, shown=shown)
    since = view.time_and_distance(event.facts.stall.since)
    # Of the other kinds the headline, the forecast or what to do says how long.
    yield Fact("No progress since", since, is_shown=event.kind is EventKind.RESUMED)
    yield Fact("Stalled together", cohort(event, view))
    yield Fact("Warning step", step_text(event), is_shown=False)
    yield Fact("Polls without it", _number(event.facts.missed_polls))
    age = event.facts.deadline.poll_age
    text = "" if age is None else f"{duration(age)} before"
    yield _brief("Last poll", text, shown=age is not None and age > LATE_AFTER)


def _is_said_by_remedy(event: Event, view: View) -> bool:
    """Whether what to do says all that a job without a forecast lets one expect."""
    if event.job is None or event.kind not in ABOUT_PROSPECTS:
        return False
    is_forecast = event.facts.outlook.finish is not None
    return not is_forecast and says_what_is_known(prospect_at(event, event.job, view.now))


def _forecast(event: Event, view: View) -> str:
    text, seen = outlook_text(event, view), as_of(event, view)
    return f"{text}, {seen}" if text and seen else text


def _about_outage(event: Event, view: View) -> Iterator[Fact]:
    outage, lost, found = event.facts.outage, event.facts.lost, event.facts.baseline
    is_known = outage is not NO_FACTS.outage or lost is not NO_FACTS.lost
    if not (is_known or event.facts.channel or found):
        return
    yield _brief("Channel", name_text(event.facts.channel), Role.CHANNEL, shown=False)
    yield _brief("Not sent about", one_line(", ".join(lost.jobs), LOST_LIMIT))
    yield Fact("Not sent events", lost_kinds(event))
    has_lasted = _has_lasted(event)
    yield Fact("Outage since", view.time_and_distance(outage.since), is_shown=has_lasted)
    is_said = event.kind in _SAY_HOW_LONG
    yield Fact("Outage lasted", _outage_length(event), is_shown=has_lasted and not is_said)
    yield Fact("Failed polls", _number(outage.failures))
    if found is not None:
        # The headline says it.
        yield Fact("Jobs", str(found.jobs), is_shown=False)
        yield Fact("Running", str(found.running), is_shown=False)
        yield Fact("Ended in the last 24 h, not told", str(found.ended_untold), is_shown=False)


def _has_lasted(event: Event) -> bool:
    """Whether it is told since when an outage lasts: not of one that has just begun."""
    since = event.facts.outage.since
    return since is None or event.seen_at - since > _BEGINS


def _about_progress(event: Event) -> Iterator[Fact]:
    if event.job is not None and event.job.progress is not None:
        # All or nothing is what the status says. In a digest what came back is enough.
        text, uncounted = percent(event.job.progress), event.facts.results.succeeded is None
        says = 0 < event.job.progress < 1 and (uncounted or event.kind in CUT_SHORT)
        # One bar is enough: that of what came back.
        role = Role.PROGRESS if uncounted else Role.DETAIL
        yield Fact("Progress", text, role, is_brief=uncounted, is_shown=says)


def _about_state(event: Event, view: View) -> Iterator[Fact]:
    job, reminder, end = event.job, event.facts.reminder, over_since(event, view)
    if job is None:
        return
    yield _brief("Status", name_text(job.status or "not given"), Role.STATUS)
    now = reminder.status_now if reminder else ""
    if end is not None and end.job is not None:
        now = (end.job.status or "") if end.job.status != job.status else ""
    yield _brief("Status now", name_text(now), Role.STATUS)
    previous, is_shown = event.facts.status.previous, event.kind not in ENDS
    yield Fact("Previous status", name_text(previous), Role.STATUS, is_shown=is_shown)
    yield Fact("Told before as", corrects(event), Role.STATUS, is_shown=False)


def _about_files(event: Event) -> Iterator[Fact]:
    job = event.job
    if job is not None:
        for label, file_id in (
            ("Output file", job.output_file_id),
            ("Error file", job.error_file_id),
        ):
            yield _brief(label, name_text(file_id or _NONE), Role.FILE, shown=bool(file_id))


def _about_work(event: Event) -> Iterator[Fact]:
    job = event.job
    is_told = job is not None and event.account != USUAL_ACCOUNT
    yield _brief("Account", name_text(event.account), Role.ACCOUNT, shown=is_told)
    if job is not None:
        yield Fact("Input file", _input_file(event, job), Role.WORK)
        yield Fact("Model", name_text(job.model_id), Role.WORK)
        yield Fact("Endpoint", name_text(job.endpoint), Role.WORK, is_shown=False)


def _input_file(event: Event, job: BatchJob) -> str:
    """Return the file's name, and its id as far as that is known."""
    name, file_id = name_text(event.input_file), name_text(job.input_file_id)
    return f"{name} ({file_id})" if name and file_id else name or file_id


def _about_time(event: Event, view: View) -> Iterator[Fact]:
    job, is_end = event.job, event.kind in ENDS
    if job is not None:
        yield Fact("Created", view.time_and_distance(job.created_at), Role.TIME)
        yield Fact("Finished", view.time_and_distance(job.completed_at), Role.TIME)
        # How far off it is say headline and time left, as of when that was seen.
        is_told = event.kind in WARNS_OF_DEADLINE
        due = (replace(view, now=None) if is_told else view).time_and_distance(job.job_deadline)
        is_over = is_end or event.kind in VERDICT_KINDS
        yield _brief("Deadline", due, Role.TIME, shown=not is_over)
        in_headline = event.kind is EventKind.COMPLETED and event.facts.results.verdict is None
        yield Fact("Duration", run_time(job), Role.TIME, is_shown=not in_headline)
    if job is not None and is_end:
        # Without the API's own time all that is known is when it was seen.
        seen = "" if job.completed_at else view.time_and_distance(event.seen_at)
        # Several of a digest ended as it says by its own time.
        yield Fact("Ended, seen at", seen, Role.TIME, is_brief=_is_past(event.seen_at, view))
    else:
        happened = view.time_and_distance(event.happened_at)
        # A channel began to fail when its outage began.
        is_said = event.kind is EventKind.CHANNEL_FAILING and _has_lasted(event)
        is_shown = _is_past(event.happened_at, view) and not is_said
        yield Fact("Happened", happened, Role.TIME, is_shown=is_shown)


def _is_past(moment: datetime, view: View) -> bool:
    """Whether a message tells something by a time: each has its own."""
    return view.now is None or abs(view.now - moment) > LATE_AFTER


def _to_cancel(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands that end a running job and write its rest, where that is a choice."""
    job = event.job
    if job is None or event.kind not in ABOUT_PROSPECTS or over_since(event, view) is not None:
        return
    if is_cancelling_a_choice(prospect_at(event, job, view.now)):
        yield from (_brief(*each, Role.COMMAND) for each in to_cancel(job))


def _to_send(event: Event) -> Iterator[tuple[str, str]]:
    return to_send_lost(event) if event.kind is EventKind.CHANNEL_MESSAGE_LOST else iter(())


def _to_copy(event: Event, view: View) -> Iterator[Fact]:
    """Yield the commands for what an ended job left.

    Where its results are counted, and in a digest, they are short ones.
    """
    job, results = event.job, event.facts.results
    if job is None or event.kind not in ENDS | VERDICT_KINDS:
        return
    fetch, base_url = view.provider.fetch_command, name_text(event.facts.api)
    output, errors = fetch(job.output_file_id, base_url), fetch(job.error_file_id, base_url)
    short = [_brief(*each, Role.COMMAND) for each in after_end(event.job_id, results)]
    yield from short
    yield from (Fact(*each, Role.COMMAND) for each in once_more(job))
    if not short and (output or errors):
        yield _brief("Fetch files", job_command("fetch", event.job_id), Role.COMMAND, shown=False)
    if event.kind in ENDS:
        yield Fact("Fetch output", output, Role.COMMAND, is_shown=not short)
        yield Fact("Fetch errors", errors, Role.COMMAND, is_shown=not short)


def _outage_length(event: Event) -> str:
    since = event.facts.outage.since
    if since is None or event.seen_at < since:
        blind_for = event.facts.outage.blind_for
        return "" if blind_for is None else duration(blind_for)
    return duration(event.seen_at - since)


def _number(count: int | None) -> str:
    return "" if count is None else str(count)
