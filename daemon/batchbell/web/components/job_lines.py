"""A job as one line of the page: its status in words and colour, and what to look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from batchbell.core.addresses import job_page
from batchbell.core.forecast.finish import is_beyond
from batchbell.core.forecast.prospect import defies_forecast, prospect_of
from batchbell.core.outlook import Forecast
from batchbell.core.provider import JobState
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.messages.deadline_words import (
    fails,
    is_of_standstill,
    margin_words,
    still_words,
    why_it_cant,
)
from batchbell.messages.deeds import Deed, deed_of
from batchbell.messages.event_words import partial_output, run_time
from batchbell.messages.job_commands import cancel_command
from batchbell.messages.kind_words import beside_status
from batchbell.messages.late_words import late_word, overdue_words
from batchbell.messages.paces import need_of
from batchbell.messages.plain_text import duration, local_time_near, relative
from batchbell.messages.results_line import results_line
from batchbell.messages.standing_advice import helps_in_short
from batchbell.messages.subject import job_name
from batchbell.web.components.forecast_lines import ForecastLine, forecast_line
from batchbell.web.components.timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.core.event import Severity
    from batchbell.core.forecast.expectation import Prospect
    from batchbell.core.job import BatchJob
    from batchbell.core.outlook import NoForecast
    from batchbell.core.provider import ProviderWords
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.snapshot import JobRecord
    from batchbell.core.standing.verdict import Standing
    from batchbell.store.job_rows import AccountJob

#: Progress that stands still for less is not worth a word.
_STILL_AFTER = timedelta(minutes=10)
_KEEPS_OUTPUT = (Reason.EXPIRED, Reason.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """What is shown of one job; empty texts are left out."""

    account: str
    job: BatchJob
    #: Where its own page is, seen from the overview.
    address: str
    #: What people call it: its input file, else its model and short id.
    name: str
    severity: Severity
    #: The API's status, and what it leaves unsaid.
    status: str
    more: str
    #: What it asks for, and that in a few words; None and '' if it needs no look.
    deed: Deed | None
    act: str
    #: What cancels it, to be copied; '' if that is not what it asks for, or its id is unsafe.
    cancel: str
    #: When a running job is due: "in 24m, 03:38 UTC", "missed by 4m, ..."; '' if nobody knows.
    deadline: str
    #: Whether that is close or over.
    is_due: bool
    #: Why to look at it besides.
    reasons: tuple[str, ...]
    #: How long the progress has stood still.
    still_for: str
    #: Whether a reason says that already, counted from where its judgement counts.
    says_still: bool
    #: When it will be done; None for a job of which that isn't asked.
    forecast: ForecastLine | None
    #: Its time as a line; None for one that does not run, or of which nothing is known.
    timeline: Timeline | None
    #: Why nobody is told or reminded of it; '' if that is not so.
    mute_note: str
    ended_at: datetime | None
    #: Since when the API lists it no longer; None if it does, or of one that has ended.
    gone_since: datetime | None
    #: How long it took, from its creation.
    took: str
    #: Where the finished part of a job that did not complete is.
    partial: str
    #: What came back of it: "950 of 1,000 ok · 40 failed".
    results: str

    @property
    def due(self) -> str:
        """That its deadline is close or over; '' if it is not."""
        return f"deadline {self.deadline}" if self.is_due else ""

    @property
    def is_pressing(self) -> bool:
        """Whether it is to be cancelled within the hour, or was to be."""
        return self.deed is Deed.CANCEL_NOW and self.is_due

    @property
    def stands(self) -> str:
        """That its progress stands still; '' if it does not, or a reason says it."""
        is_news = self.still_for and not self.says_still
        return f"no progress for {self.still_for}" if is_news else ""

    @property
    def why(self) -> tuple[str, ...]:
        """Why to look at it besides its deadline, and what is amiss with its forecast."""
        if not (self.due or self.reasons):
            return ()
        more = self.stands if self.forecast is None else self.forecast.instead
        is_news = more and not any(more in reason for reason in self.reasons)
        return (*self.reasons, more) if is_news else self.reasons


def job_line(
    row: AccountJob,
    now: datetime,
    outlook: Forecast | NoForecast | None = None,
    *,
    provider: ProviderWords,
    input_file: str = "",
    mute_note: str = "",
    results: JobResults | None = None,
    needs_a_look: bool = False,
) -> JobLine:
    """Return the line of a job; `outlook` is of one that runs, `results` of one that has ended.

    Of one that `needs_a_look` it says what to do.
    """
    record, job = row.record, row.record.job
    standing = job_standing(record, now, results=results)
    found = prospect_of(record, outlook, now)
    deadline = "" if job.finished else _deadline(job.job_deadline, now)
    shown = outlook_to_show(record, outlook, now)
    reasons = tuple(_reasons(record, standing, shown, found, now))
    forecast = None if shown is None else forecast_line(shown, now, record)
    known = (record, outlook, results, provider, now)
    deed = deed_of(*known) if needs_a_look else None
    return JobLine(
        account=row.account,
        job=job,
        address=job_page(row.account, job.id),
        name=job_name(input_file, job.model_id or "", job.id),
        severity=standing.severity,
        status=job.status or "no status",
        more=beside_status(standing),
        deed=deed,
        act=helps_in_short(*known) if needs_a_look else "",
        cancel=cancel_command(job) if deed is Deed.CANCEL_NOW else "",
        deadline=deadline,
        is_due=bool(deadline) and standing.has(Reason.OVERDUE, Reason.DEADLINE_CLOSE),
        reasons=reasons,
        still_for=_still_for(record, now),
        says_still=any(map(is_of_standstill, reasons)),
        forecast=forecast,
        timeline=timeline(record, shown, now) if record.running else None,
        mute_note=mute_note,
        ended_at=standing.since if job.finished else None,
        gone_since=record.missing_since if standing.has(Reason.VANISHED) else None,
        took=run_time(job),
        partial=_partial(job, provider) if standing.has(*_KEEPS_OUTPUT) else "",
        results=results_line(results),
    )


def outlook_to_show(
    record: JobRecord, outlook: Forecast | NoForecast | None, now: datetime
) -> Forecast | NoForecast | None:
    """Return a job's outlook; none of one that stands still or is gone: that is said elsewhere."""
    return None if defies_forecast(record, outlook, now) else outlook


def in_short(line: JobLine, row: AccountJob, now: datetime, results: JobResults | None) -> str:
    """Say how a job does in a few words, "43 %, deadline in 12m"; what is given as its line is."""
    job = row.record.job
    standing = job_standing(row.record, now, results=results)
    if job.finished:
        more = beside_status(standing)
        ago = "" if standing.since is None else relative(standing.since, now)
        return " ".join(filter(None, (job.status or "no status", more, ago)))
    progress = () if job.progress is None else (f"{job.progress:.0%}",)
    why = list(filter(None, (line.due, *line.reasons))) or [each.value for each in standing.reasons]
    stands = (line.stands,) if line.stands else ()
    return ", ".join((*progress, *why, *stands))


def _partial(job: BatchJob, provider: ProviderWords) -> str:
    """Say where the finished part is, and whether it is billed."""
    is_billed = provider.bills_parts and job.output_file_id
    return partial_output(job) + (", and is billed" if is_billed else "")


def _reasons(
    record: JobRecord,
    standing: Standing,
    outlook: Forecast | NoForecast | None,
    found: Prospect,
    now: datetime,
) -> Iterator[str]:
    """Say in words why an unfinished job needs a look, besides its deadline and a standstill."""
    deadline = record.job.job_deadline
    needed, why = need_of(found.done, found.left), why_it_cant(found)
    if standing.has(Reason.OVERDUE) and record.job.state is not JobState.CANCELING:
        yield overdue_words(found)
    elif deadline is not None and why:
        yield f"{fails(found)} it: {why}{_due_at(deadline, standing, now)}"
    elif deadline is not None and (
        standing.has(Reason.DEADLINE_CLOSE, Reason.AT_RISK) or late_word(record, found)
    ):
        late = late_word(record, found)
        still = "" if found.still_for is None else still_words(found.still_for)
        needs = ", ".join(filter(None, (still, needed and needed.text)))
        yield from _by_deadline(deadline, standing, outlook, needs, late, now)
    if standing.has(Reason.VANISHED):
        yield "no longer listed by the API"
    if standing.has(Reason.STATUS_UNKNOWN):
        still_for = now - record.still_since
        stands = f", {still_words(still_for)}" if still_for >= _STILL_AFTER else ""
        yield f"unknown status{stands}"


def _deadline(deadline: datetime | None, now: datetime) -> str:
    if deadline is None:
        return ""
    how_far = "missed by" if deadline <= now else "in"
    at = local_time_near(deadline, now, zone=UTC)
    return f"{how_far} {duration(deadline - now)}, {at}"


def _due_at(deadline: datetime, standing: Standing, now: datetime) -> str:
    """Return `, due 20:14 UTC`, unless that its deadline is close says it."""
    if standing.has(Reason.DEADLINE_CLOSE):
        return ""
    return f", due {local_time_near(deadline, now, zone=UTC)}"


def _by_deadline(
    deadline: datetime,
    standing: Standing,
    outlook: Forecast | NoForecast | None,
    needs: str,
    late: str,
    now: datetime,
) -> Iterator[str]:
    """Say when it will be done, and when it is due; without a forecast what it needs by then."""
    is_at_risk = standing.has(Reason.AT_RISK)
    if not isinstance(outlook, Forecast) or is_beyond(outlook, now):
        if is_at_risk:
            why = needs or "forecast past its deadline"
            yield f"at risk: {why}{_due_at(deadline, standing, now)}"
        return
    says_due = not standing.has(Reason.DEADLINE_CLOSE)
    # The page's reader sees it by his own clock.
    margin = margin_words(
        outlook.finish, deadline, now=now, zone=UTC, says_due=says_due, is_readers=False
    )
    is_late = outlook.finish > deadline
    if late and is_late and not standing.has(Reason.AT_RISK, Reason.DEADLINE_CLOSE):
        yield f"{late}: {margin}"
    else:
        # A forecast that has just come back is not believed at once.
        yield f"at risk: {margin}" if is_at_risk and not is_late else margin


def _still_for(record: JobRecord, now: datetime) -> str:
    still = now - record.progress_since
    # Nobody knows how one does that is gone.
    moving = record.job.state is JobState.IN_PROGRESS and not record.has_vanished
    return duration(still) if moving and still >= _STILL_AFTER else ""
