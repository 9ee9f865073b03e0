"""The rows of the table of jobs, the same on a terminal and in a pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.cli.terminal.asked import is_bad_end
from batchbell.cli.terminal.hanging import is_narrow
from batchbell.cli.terminal.job_done import NOTHING, done_share, done_words
from batchbell.cli.terminal.outlook_words import risk_words, short_outlook
from batchbell.cli.terminal.phrases import ago, ahead, span
from batchbell.cli.terminal.readers_clock import readers_zone
from batchbell.cli.terminal.signs import between
from batchbell.core.awaiting import results_facts
from batchbell.core.forecast.prospect import defies_forecast, prospect_of
from batchbell.core.outlook import NoForecast
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import COUNTED, PRESSING, Reason
from batchbell.messages.deadline_words import fails, rest_words, still_words, why_it_cant
from batchbell.messages.deeds import deed_of, is_asked_for
from batchbell.messages.error_advice import named_line
from batchbell.messages.forecast_words import needs_in_short
from batchbell.messages.late_words import late_word, overdue_words
from batchbell.messages.plain_text import one_line, percent, within
from batchbell.messages.prospect_advice import act_of
from batchbell.messages.prospect_decision import Act
from batchbell.messages.results_line import results_line
from batchbell.messages.standing_advice import helps_in_short
from batchbell.messages.subject import file_stem, short_model
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.event import Severity
    from batchbell.core.outlook import Forecast
    from batchbell.core.results.job_results import JobResults
    from batchbell.core.standing.verdict import Standing
    from batchbell.messages.deeds import Deed
    from batchbell.store.job_rows import AccountJob

#: What an end says of results that were not counted.
_UNCOUNTED = {
    Reason.COMPLETED_WITH_ERRORS: "some requests failed",
    Reason.COMPLETED_EMPTY: "no request succeeded, there is no output file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job in words."""

    id: str
    #: What people know it by: its input file, else its model; '' if neither is known.
    name: str
    account: str
    severity: Severity
    status: str
    finished: bool
    #: How much of it is done, of what ended how much came back; None if nobody knows.
    fraction: float | None
    percent: str
    #: When it is due, or since when it is over.
    when: str
    #: Whether its deadline is past or close.
    is_urgent: bool
    #: When it will be done.
    forecast: str
    #: Whether that is past its deadline, and remarked.
    is_late: bool
    model: str
    #: What it asks for, None for nothing, and in a few words.
    deed: Deed | None
    act: str
    #: What else matters about it; '' if nothing does.
    remark: str
    #: What came back of it if that is all, and all is of use: "500 of 500 ok"; else ''.
    all_back: str
    #: The same in words: "68.2%", "500 ok", "0 ok", "lost".
    done: str
    #: Whether somebody acknowledged how badly it ended, or that is history.
    is_settled: bool

    @property
    def told_act(self) -> str:
        """What it asks for, as something follows it."""
        return within(self.act)

    @property
    def told(self) -> str:
        """What to do and why to look at it, as one text."""
        return "; ".join(filter(None, (self.told_act, self.remark, self.all_back)))


def job_row(
    item: AccountJob,
    now: datetime,
    *,
    note: str = "",
    outlook: Forecast | NoForecast | None = None,
    input_file: str = "",
    results: JobResults | None = None,
    is_seen: bool = False,
) -> JobRow:
    """Put one job into words; a `note` stands before what else matters about it.

    Of one whose end somebody has acknowledged, or that is history, `is_seen`, nothing is asked.
    """
    job, standing = item.record.job, job_standing(item.record, now, results=results)
    is_late = prospect_of(item.record, outlook, now).late_by is not None
    by_deadline = _by_deadline(item, outlook, standing, now)
    asks = is_asked_for(item.record, outlook, now) and not (job.finished and is_seen)
    judged = (item.record, outlook, results, shipped().words, now)
    act = helps_in_short(*judged, zone=readers_zone()) if asks else ""
    came_back = _came_back(results, act)
    is_whole = results is not None and results_facts(results).is_good
    reason = _unsaid(_remark(item, standing, now), act)
    why = (by_deadline, "" if is_whole else came_back, reason)
    # What to do is followed by its reason.
    remarks = (*why, note) if act else (note, *why)
    return JobRow(
        id=job.id,
        name=file_stem(input_file) or short_model(job.model_id or ""),
        account=item.account,
        severity=standing.severity,
        status=job.status or NOTHING,
        finished=job.finished,
        fraction=done_share(job, results),
        percent=NOTHING if job.progress is None else percent(job.progress),
        when=when_words(item, standing, now, in_short=is_narrow()),
        is_urgent=standing.has(Reason.OVERDUE, Reason.DEADLINE_CLOSE),
        forecast=_forecast(item, outlook, now),
        is_late=standing.has(Reason.AT_RISK) or (bool(by_deadline) and is_late),
        model=job.model_id or NOTHING,
        deed=deed_of(*judged) if asks else None,
        act=act,
        remark="; ".join(filter(None, remarks)),
        all_back=came_back if is_whole else "",
        done=done_words(job, standing, results),
        is_settled=is_seen and is_bad_end(item, now, results),
    )


def when_words(
    item: AccountJob, standing: Standing, now: datetime, *, in_short: bool = False
) -> str:
    """Return "ended 5m ago", "overdue 16s" or "due in 2h 5m"; `NOTHING` without any time.

    `in_short` it is "5m ago": beside its status that says the same.
    """
    since, deadline = standing.since, item.record.job.job_deadline
    if item.record.job.finished and since is not None:
        return ago(since, now) if in_short else f"ended {ago(since, now)}"
    if standing.has(Reason.OVERDUE) and since is not None:
        return f"overdue {span(now - since)}"
    return NOTHING if deadline is None else f"due {ahead(deadline, now)}"


def _forecast(item: AccountJob, outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Say when it will be done; of a job that stands still, or is gone, no pace says that."""
    if defies_forecast(item.record, outlook, now):
        return NOTHING
    return short_outlook(outlook, now) or NOTHING


def _by_deadline(
    item: AccountJob, outlook: Forecast | NoForecast | None, standing: Standing, now: datetime
) -> str:
    """Say how a running job will do that is late by its forecast, at risk or due soon."""
    found, deadline = prospect_of(item.record, outlook, now), item.record.job.job_deadline
    late = late_word(item.record, found)
    if not late and not standing.has(*PRESSING):
        return ""
    if standing.has(Reason.OVERDUE) and (found.late_by or found.still_for) is not None:
        return overdue_words(found)
    if standing.has(Reason.NOT_BEGUN) and found.still_for is not None and deadline is not None:
        share = found.still_for / (found.still_for + (deadline - now))
        return f"nothing done in {span(found.still_for)}, {int(share * 100)}% of its time"
    cant = why_it_cant(found)
    if cant:
        return f"{fails(found)} it, {cant}"
    is_at_risk, is_close = standing.has(Reason.AT_RISK), standing.has(Reason.DEADLINE_CLOSE)
    is_still = defies_forecast(item.record, outlook, now) or not (is_at_risk or is_close)
    if found.still_for is not None and is_still:
        # Of one that is to be cancelled, unlike another that stands still for as long, that is why.
        rest = rest_words(found) if act_of(found) is Act.CANCEL_NOW else ""
        return ", ".join(filter(None, (still_words(found.still_for), rest)))
    risk = risk_words(found, outlook, now, late=late) if late or is_at_risk else ""
    return "; ".join(filter(None, (risk, _near_deadline(item, outlook, now) if is_close else "")))


def _near_deadline(item: AccountJob, outlook: Forecast | NoForecast | None, now: datetime) -> str:
    """Say what a close deadline asks for where nothing is forecast."""
    record, deadline = item.record, item.record.job.job_deadline
    if deadline is None or not isinstance(outlook, NoForecast):
        return ""
    return needs_in_short(record, outlook, deadline, now, readers_zone())


def _came_back(results: JobResults | None, act: str) -> str:
    """Say what came back; behind what to do one colon is enough."""
    line = results_line(results, between=between())
    return line.replace("results lost: ", "results lost, ", 1) if act else line


def _unsaid(error: str, act: str) -> str:
    """Return an error without the line of the input that is to be repaired."""
    number, said = named_line(error) or ("", "")
    return said if said and f"line {number}," in act else error


def _remark(item: AccountJob, standing: Standing, now: datetime) -> str:
    """Say why a job needs a look, in one line of any length; what was counted is said elsewhere."""
    record, job = item.record, item.record.job
    if standing.has(Reason.VANISHED) and record.missing_since is not None:
        return f"the API has not listed it since {ago(record.missing_since, now)}"
    if standing.has(Reason.COMPLETED):
        return ""
    if job.error:
        return one_line(job.error)
    is_counted = standing.has(*COUNTED)
    if standing.has(Reason.EXPIRED, Reason.CANCELLED):
        return "" if is_counted else _partial(job.output_file_id)
    told = () if is_counted else (why for end, why in _UNCOUNTED.items() if standing.has(end))
    return next(iter(told), "")


def _partial(output_file_id: str | None) -> str:
    return "the finished part is in its output file" if output_file_id else "no partial output"
