"""The facts under a message's first line, in reading order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import ABOUT_PROSPECTS, EventKind
from batchbell.core.facts import NO_FACTS
from batchbell.core.forecast.expectation import Expectation
from batchbell.messages.command_details import (
    about_cancelling,
    once_gone,
    to_copy,
    to_end_reminders,
    to_send,
)
from batchbell.messages.event_words import (
    LATE_AFTER,
    NOTHING_LEFT,
    WARNS_OF_DEADLINE,
    as_of,
    cohort,
    due,
    error_text,
    misses,
    name_text,
    outlook_text,
    step_text,
    still_text,
    time_left,
)
from batchbell.messages.fact import Fact, Role, brief
from batchbell.messages.job_details import (
    about_files,
    about_progress,
    about_state,
    about_time,
    about_work,
)
from batchbell.messages.job_step import job_command
from batchbell.messages.late_news import late_news
from batchbell.messages.lost_details import jobs_of_lost, what_it_told
from batchbell.messages.outage_details import about_outage
from batchbell.messages.outage_ends import outage_words
from batchbell.messages.overtaken import before_words, over_since
from batchbell.messages.plain_text import duration
from batchbell.messages.prospect_advice import (
    leaves_open_when_it_rings,
    prospect_at,
    ring_words,
    says_what_is_known,
)
from batchbell.messages.results_loss import loss_in_short
from batchbell.messages.results_words import (
    answer_words,
    cause_lines,
    cause_words,
    causes_in_short,
    cost_words,
    reason_words,
    token_words,
    uncounted_words,
    verdict_words,
)
from batchbell.messages.view import PLAIN_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.core.event import Event
    from batchbell.messages.view import View

#: What is to be expected of jobs that stood still for too long.
_HAVE_COME_TO_A_STOP = frozenset({Expectation.HOPELESS, Expectation.OVERDUE})

#: What works again.
_RECOVERED = frozenset({EventKind.ACCOUNT_RECOVERED, EventKind.CHANNEL_RECOVERED})


def details_of(
    event: Event, view: View = PLAIN_VIEW, before: Sequence[Event] = ()
) -> tuple[Fact, ...]:
    """Return everything known of an event but what to do; those without a text are left out.

    `before` is what happened to its job before, and is overtaken by it, the oldest first.

    What it is about comes first, then what is there to be copied, and at last what the job is known
    by. Facts that tell nothing are there for templates.
    """
    facts = [
        _repetition(event, view),
        brief("Late news", late_news(event, view)),
        brief("Earlier", outage_words(event, before, view) or _earlier(event, before, view)),
        brief(_error_label(event), error_text(event), Role.ERROR),
        *what_it_told(event, view),
        *_about_results(event),
        *_about_rule(event, view),
        *about_outage(event, view),
        *about_progress(event),
        *about_cancelling(event, view),
        *to_send(event),
        *to_copy(event, view),
        *once_gone(event, view),
        *to_end_reminders(event),
        *about_state(event, view),
        *about_files(event),
        *about_work(event),
        *about_time(event, view),
        *_about_usage(event),
        *jobs_of_lost(event),
        brief("Job", name_text(event.job_id), Role.JOB),
    ]
    return tuple(fact for fact in facts if fact.text)


def _error_label(event: Event) -> str:
    """Return what an error is called: what recovered has none any more."""
    return "It was" if event.kind in _RECOVERED else "Error"


def _earlier(event: Event, before: Sequence[Event], view: View) -> str:
    """Say what happened before; that it stalls, too, by the same decision says its standstill."""
    of_now = (EventKind.STALLED, event.happened_at)
    return before_words([each for each in before if (each.kind, each.happened_at) != of_now], view)


def _repetition(event: Event, view: View) -> Fact:
    """Say the how-many-eth reminder it is, when it was told first, and in a digest what ends it."""
    reminder = event.facts.reminder
    if reminder is None:
        return brief("Reminder", "", Role.REPETITION)
    first = reminder.first_told
    told = f"number {reminder.number}" + (
        "" if first is None else f", first told {view.time(first)}"
    )
    command = job_command("ack", event.job_id)
    ends = f"{told}; this ends it: {command or 'batchbell ack'}"
    # A message of its own has it among its commands.
    text = told if command else ends
    return brief("Reminder", text, Role.REPETITION)._replace(in_short=ends)


def _about_results(event: Event) -> Iterator[Fact]:
    """Yield what the files of an ended job hold; the headline has the verdict, or an error."""
    results = event.facts.results
    if results is NO_FACTS.results:
        return
    in_headline = event.kind is not EventKind.FAILED or not error_text(event)
    yield brief("Results", verdict_words(results), shown=not in_headline)
    yield brief("Not counted", _why_uncounted(event))
    # What is missing has no cause that is known.
    causes = tuple(Fact("Failed", line, Role.CAUSE) for line in cause_lines(results))
    told = brief("Causes", cause_words(results), Role.CAUSE)
    in_short = causes_in_short(results)
    yield told._replace(lines=causes, in_short=in_short)
    yield Fact("Answers", answer_words(results), is_shown=not in_headline)


def _why_uncounted(event: Event) -> str:
    """Return why nothing is counted, unless the headline says all of that."""
    results = event.facts.results
    if not results.is_lost:
        return uncounted_words(results)
    is_said = (
        event.kind is EventKind.RESULTS_LOST and loss_in_short(results.reason) == results.reason
    )
    return "" if is_said else reason_words(results)


def _about_usage(event: Event) -> Iterator[Fact]:
    """Yield what the answers took, and what they cost."""
    yield Fact("Tokens", token_words(event.facts.results), Role.USAGE)
    yield Fact("Cost", cost_words(event.facts.results), Role.USAGE)


def _about_rule(event: Event, view: View) -> Iterator[Fact]:
    """Yield what a warning is about."""
    if over_since(event, view) is None:
        in_headline = event.kind is EventKind.DEADLINE_APPROACHING
        left = time_left(event, view)
        if left and event.kind is EventKind.STALLED:
            until = "" if left == NOTHING_LEFT else f", {due(event, view)}"
            yield brief("Time left", f"{left}{until}", Role.OUTLOOK)
        else:
            yield Fact("Time left", left, Role.OUTLOOK, is_shown=not in_headline)
        forecast = _forecast(event, view)
        shown = not (_is_in_headline(event, view, forecast) or _is_said_by_remedy(event, view))
        yield brief("Forecast", forecast, Role.OUTLOOK, shown=shown)
        yield from _about_ring(event, view)
    since = view.time_and_distance(event.facts.stall.since)
    # Of the other kinds the headline, the forecast or what to do says how long.
    yield Fact("No progress since", since, is_shown=event.kind is EventKind.RESUMED)
    yield Fact("Stalled together", cohort(event, view))
    yield Fact("Warning step", step_text(event), is_shown=False)
    missed = event.facts.missed_polls
    yield Fact("Polls without it", "" if missed is None else str(missed))
    age = event.facts.deadline.poll_age
    text = "" if age is None else f"{duration(age)} before"
    yield brief("Last poll", text, shown=age is not None and age > LATE_AFTER)


def _about_ring(event: Event, view: View) -> Iterator[Fact]:
    """Yield when the bell rings next about a job that runs on."""
    if event.job is None or event.kind not in ABOUT_PROSPECTS:
        return
    found = prospect_at(event, event.job, view.now)
    if found.ring is not None and found.ring.is_heard:
        at = ring_words(found.ring, view.now or event.seen_at, view.zone)
        shown = leaves_open_when_it_rings(found)
        yield Fact("Rings next", at, Role.OUTLOOK, is_shown=shown)


def _is_in_headline(event: Event, view: View, forecast: str) -> bool:
    """Whether the headline says by how much it will miss its deadline, or that it stands still."""
    if event.kind not in WARNS_OF_DEADLINE:
        return False
    fate, still = misses(event, view), still_text(event)
    return forecast in fate or bool(still and still in fate and event.facts.outlook.finish is None)


def _is_said_by_remedy(event: Event, view: View) -> bool:
    """Whether what to do says all that a job without a forecast lets one expect.

    A forecast goes by how it moved before: of one that stands still and can't make it, it is none.
    """
    if event.job is None or event.kind not in ABOUT_PROSPECTS:
        return False
    found = prospect_at(event, event.job, view.now)
    if event.facts.outlook.finish is not None:
        return found.still_for is not None and found.expectation in _HAVE_COME_TO_A_STOP
    return says_what_is_known(found)


def _forecast(event: Event, view: View) -> str:
    text, seen = outlook_text(event, view), as_of(event, view)
    return f"{text}, {seen}" if text and seen else text
