"""Jobs that have ended as JSON texts: what `job_json` says of them, made by the column.

That takes a fraction of the time: no job is made of a row, and of what repeats itself from job to
job one text. A test holds both equal.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from batchbell.core.job import API_FIELDS
from batchbell.core.mute import muted_until
from batchbell.core.standing.jobs import end_severity
from batchbell.json_views.results import results_in_brief_json
from batchbell.json_views.writing import encoded, time_text
from batchbell.store.tables import batch_jobs
from batchbell.store.types import Instant, instant_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from batchbell.store.views.every_job import EndedJobs

_NOTED = (
    *("first_seen_at", "last_seen_at", "status_since", "progress_since"),
    *("missed_polls", "missing_since"),
)
#: What a job that has ended does not have any more.
_NOTHING_AHEAD = {"forecast": None, "forecast_note": None, "at_risk": False}


def ended_texts(ended: EndedJobs) -> Iterator[str]:
    """Yield the text of each job, in their order."""
    members = _members(ended)
    template = "{" + ", ".join(f"{json.dumps(name)}: %s" for name in members) + "}"
    return map(template.__mod__, zip(*members.values(), strict=True))


def _members(ended: EndedJobs) -> Mapping[str, list[str]]:
    """Return the texts of each member of `JobJson`, of all jobs."""
    stored = {name: _stored(ended, name) for name in ("account", *API_FIELDS, *_NOTED)}
    severities = (
        end_severity(job, results).name.lower()
        for job, results in zip(ended.jobs, ended.results, strict=True)
    )
    results = (None if each is None else results_in_brief_json(each) for each in ended.results)
    count = len(ended.jobs)
    return {
        **{name: stored[name] for name in ("account", *API_FIELDS)},
        "severity": _texts(severities),
        **{name: stored[name] for name in _NOTED},
        "input_file": _texts(name or None for name in ended.input_files),
        **{name: [encoded(value)] * count for name, value in _NOTHING_AHEAD.items()},
        "muted_until": _texts(map(time_text, _muted_until(ended))),
        "acknowledged_at": _texts(map(time_text, ended.acknowledged_at)),
        "results": ["null" if each is None else encoded(each) for each in results],
    }


def _stored(ended: EndedJobs, name: str) -> list[str]:
    values = ended.columns[name]
    if isinstance(batch_jobs.c[name].type, Instant):
        known = {at: None if at is None else time_text(instant_of(at)) for at in {*values}}
        return _texts(known[at] for at in values)
    # Of two numbers that are equal one may be -0.0.
    return [encoded(value) for value in values] if name == "progress" else _texts(values)


def _texts(values: Iterable[object]) -> list[str]:
    known: dict[object, str] = {}
    return [
        known[value] if value in known else known.setdefault(value, encoded(value))
        for value in values
    ]


def _muted_until(ended: EndedJobs) -> Iterator[datetime | None]:
    names = ("account", "id", "model_id")
    for account, job_id, model in zip(*(ended.columns[name] for name in names), strict=True):
        yield muted_until(ended.mutes, ended.now, account=account, job_id=job_id, model=model)
