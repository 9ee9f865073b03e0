"""The page of one job: how it stands, its progress as a drawing, and who was told of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from batchbell.core.awaiting import results_facts
from batchbell.core.facts import ResultsFacts
from batchbell.core.results.collecting import is_collectable
from batchbell.messages.delivery_words import fails_since
from batchbell.messages.event_words import instead_of_a_drawing
from batchbell.messages.job_commands import as_it_stands
from batchbell.messages.kind_words import NOTHING_CAME_BACK, after_status
from batchbell.messages.loss_steps import is_lost_to_all
from batchbell.messages.plain_text import one_line
from batchbell.messages.standing_advice import what_helps
from batchbell.messages.verdict_headline import jobs_that_ended
from batchbell.store import gaps, jobs
from batchbell.store.views.job import job_history
from batchbell.store.views.said_once import said_once
from batchbell.web.asked import NoSuchPageError
from batchbell.web.components.chart import Chart, chart
from batchbell.web.components.delivery_entry import outage_severity
from batchbell.web.components.event_entry import EventEntry, event_entry
from batchbell.web.components.event_row import EventRow, event_rows
from batchbell.web.components.job_facts import JobFact, job_facts
from batchbell.web.components.job_lines import JobLine, job_line, outlook_to_show
from batchbell.web.components.results_panel import (
    ResultsPanel,
    nothing_panel,
    results_panel,
    uncounted_panel,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from batchbell.core.event import Severity
    from batchbell.messages.job_step import JobStep
    from batchbell.messages.standing_advice import Help
    from batchbell.store.database import Transaction
    from batchbell.store.views.job import JobHistory
    from batchbell.web.asked import Asked
    from batchbell.web.watching import Watching

#: Old gaps would be drawn as hairlines.
_MOST_GAPS = 50


class SilentChannel(NamedTuple):
    """A channel that could not be told."""

    name: str
    #: Since when, and what its receiver answers.
    why: str
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Everything about one job."""

    now: datetime
    #: What people call it, uncut: lists have less room.
    name: str
    line: JobLine
    #: What came of one that ended, as its event's label has it; '' for nothing to add.
    came_of_it: str
    #: What came back of it; None while it runs, and if it left no file.
    results: ResultsPanel | None
    #: Whether it ended and left no file.
    left_nothing: bool
    chart: Chart | None
    #: What to say instead; '' of a job that has ended.
    no_chart: str
    facts: Sequence[JobFact]
    #: Newest first.
    events: Sequence[EventRow]
    #: The channels that fail, and lack a message about it.
    silent: Sequence[SilentChannel]
    #: What helps, as it stands now; '' if nothing is known to.
    advice: str
    #: The channels on which the bell that it counts on is not heard.
    deaf: Sequence[str]
    #: What is done for that, one after the other.
    steps: Sequence[JobStep]
    #: The command that fetches its output without batchbell; '' without one.
    fetch: str

    @property
    def why(self) -> str:
        """Why to look at it, without what the advice below says too; '' if that says it all."""
        reasons = (reason.split(", ") for reason in self.line.why)
        kept = (", ".join(each for each in parts if each not in self.advice) for parts in reasons)
        return " · ".join(filter(None, kept))

    @property
    def progress(self) -> float | None:
        """How far it came; None of an end of which all or nothing is done: that says no more."""
        job = self.line.job
        return job.progress if not job.finished or 0 < (job.progress or 0) < 1 else None


def read_job_page(connection: Transaction, asked: Asked) -> JobPage:
    """Read a job's page. Raises `NoSuchPageError` for an unknown job, `DatabaseError`."""
    account, job_id = asked.path["account"], asked.path["job_id"]
    item = jobs.one(connection, account, job_id)
    if item is None:
        raise NoSuchPageError(f"account {account} has no job {job_id}, or not any more")
    history = job_history(connection, item, asked.now)
    record = item.record
    since = record.job.created_at or record.first_seen_at
    blind = gaps.lately(connection, until_after=since).get(account, [])[-_MOST_GAPS:]
    provider, base_url = asked.watching.provider, asked.watching.base_urls.get(account, "")
    line = job_line(
        item,
        asked.now,
        history.outlook,
        provider=provider,
        input_file=history.input_file,
        results=history.results,
        needs_a_look=True,
    )
    shown = outlook_to_show(record, history.outlook, asked.now)
    events = (stored.event for stored in history.events)
    helps = what_helps(record, history.outlook, events, provider, asked.now)
    entries, results = _event_entries(history), _facts(history) or ResultsFacts()
    is_lost = is_lost_to_all(record.job, results)
    came_of_it = after_status(record.job, results)
    left_nothing = came_of_it == NOTHING_CAME_BACK
    return JobPage(
        now=asked.now,
        name=one_line(history.input_file).removesuffix(".jsonl") or line.name,
        line=line,
        # The line of what came back has the numbers.
        came_of_it="" if line.results and came_of_it[:1].isdigit() else came_of_it,
        results=nothing_panel(line.severity)
        if left_nothing
        else _results(history, asked.watching, line.severity),
        left_nothing=left_nothing,
        chart=chart(record, history.samples, shown, blind, asked.now),
        no_chart="" if record.job.finished else instead_of_a_drawing(history.samples),
        facts=list(job_facts(history)),
        events=event_rows(entries)[::-1],
        silent=list(_silent(history, entries)),
        advice=helps.text,
        deaf=_deaf(history) if helps.counts_on_the_bell else (),
        steps=_steps(history, helps),
        fetch="" if is_lost else provider.fetch_command(record.job.output_file_id, base_url),
    )


def _facts(history: JobHistory) -> ResultsFacts | None:
    return None if history.results is None else results_facts(history.results)


def _steps(history: JobHistory, helps: Help) -> list[JobStep]:
    return as_it_stands(
        history.item.record.job,
        _facts(history),
        act=helps.act,
        asks_for_ack=history.asks_for_ack,
        has_vanished=history.item.record.has_vanished,
        by_hand=helps.by_hand,
    )


def _results(history: JobHistory, watching: Watching, severity: Severity) -> ResultsPanel | None:
    job = history.item.record.job
    if history.collection is not None:
        return results_panel(
            history.collection, history.now, of_job=severity, has_prices=watching.has_prices
        )
    if not is_collectable(job):
        return None
    return uncounted_panel(job.id, is_off=history.item.account in watching.uncounted)


def _silent(history: JobHistory, entries: Iterable[EventEntry]) -> Iterator[SilentChannel]:
    lacking = {
        each.channel for entry in entries for each in entry.deliveries if each.waits_for_channel
    }
    for name in sorted(lacking):
        health = history.channels[name]
        yield SilentChannel(name, fails_since(health, history.now), outage_severity(health))


def _deaf(history: JobHistory) -> list[str]:
    """Return the channels that are told of the job, and fail."""
    told = {each.channel for several in history.deliveries.values() for each in several}
    return sorted(
        name
        for name, health in history.channels.items()
        if name in told and health.failing_since is not None
    )


def _event_entries(history: JobHistory) -> list[EventEntry]:
    ended = jobs_that_ended(stored.event for stored in history.events)
    job = history.item.record.job
    return [
        event_entry(
            stored,
            [*history.deliveries.get(stored.id, ()), *history.reminders.get(stored.id, ())],
            history.channels,
            history.attempts,
            history.now,
            ended=ended,
            due=None if job.finished else job.job_deadline,
        )
        for stored in said_once(history.events, history.deliveries)
    ]
