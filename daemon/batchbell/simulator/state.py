"""`JobBook`: the simulated account's jobs, and the listing's bytes."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.simulator.answer import json_bytes
from batchbell.simulator.fate import USUAL, Mix
from batchbell.simulator.files import FILE_FIELDS, JobFile
from batchbell.simulator.plan import CANCELLABLE, JobPlan
from batchbell.simulator.rows import as_json, new_file_id, new_row, status_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from batchbell.simulator.plan import Row

#: Between two rows of a listing; never inside a row, where JSON escapes line breaks.
ROW_SEPARATOR = b",\n"


class UnknownJobError(Exception):
    """There is no such job now."""


class NotCancellableError(Exception):
    """The job's status, which is the message, does not allow the cancel call."""


@dataclass(slots=True)
class _Rendered:
    """Bytes that hold from `since` until `until` (None: until something is changed)."""

    data: bytes
    since: datetime
    until: datetime | None

    def holds_at(self, now: datetime) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


class JobBook:
    """All jobs by id. Every method may be called from any thread."""

    def __init__(self, plans: Iterable[JobPlan] = ()) -> None:
        """`plans` may be endless, ordered by `appears_at`: each is taken when its time comes."""
        self._lock = threading.RLock()
        self._coming: Iterator[JobPlan] = iter(plans)
        self._next: JobPlan | None = next(self._coming, None)
        self._plans: dict[str, JobPlan] = {}
        self._rows: dict[str, _Rendered] = {}
        self._listing: _Rendered | None = None
        self._file_owners: dict[str, str] = {}

    def add_plan(self, plan: JobPlan) -> None:
        """Take a job in, in the place of one with the same id."""
        with self._lock:
            self._plans[plan.job_id] = plan
            self._rows.pop(plan.job_id, None)
            self._listing = None
            self._file_owners.update(dict.fromkeys(_file_ids(plan), plan.job_id))

    def add_job(self, now: datetime, fields: Row, mix: Mix = USUAL) -> str:
        """Add a job that stays as it is, with believable values for missing fields."""
        row = new_row(now, fields)
        job_id = str(row.get("id"))
        self.add_plan(JobPlan(job_id=job_id, first=row, mix=mix))
        return job_id

    def update_job(self, now: datetime, job_id: str, fields: Row) -> None:
        """Change a job; a new status brings its own fields unless they are given too.

        Raises `UnknownJobError`.
        """
        with self._lock:
            before = self.row(now, job_id)
            moved = "status" in fields and fields["status"] != before.get("status")
            brought = status_fields(fields["status"], now) if moved else {}
            self.add_plan(self._plans[job_id].changed(now, as_json({**brought, **fields})))

    def remove_job(self, job_id: str) -> None:
        """Forget a job; one that is not there is fine."""
        with self._lock:
            plan = self._plans.pop(job_id, None)
            self._rows.pop(job_id, None)
            self._listing = None
            for file_id in [] if plan is None else _file_ids(plan):
                self._file_owners.pop(file_id, None)

    def row(self, now: datetime, job_id: str) -> dict[str, object]:
        """Return one job's row. Raises `UnknownJobError`."""
        with self._lock:
            self._follow(now)
            plan = self._plans.get(job_id)
            row = None if plan is None else plan.row_at(now)
        if row is None:
            raise UnknownJobError(job_id)
        return row

    def rows(self, now: datetime) -> list[dict[str, object]]:
        """Return all rows in the listing's order."""
        with self._lock:
            self._follow(now)
            found = [self._plans[job_id].row_at(now) for job_id in self._order()]
        return [row for row in found if row is not None]

    def cancel(self, now: datetime, job_id: str) -> dict[str, object]:
        """Start to cancel a job and return its row.

        Raises `UnknownJobError` or `NotCancellableError`.
        """
        with self._lock:
            status = self.row(now, job_id).get("status")
            if status not in CANCELLABLE:
                raise NotCancellableError(str(status))
            plan = self._plans[job_id].cancelled(now, output_file_id=new_file_id())
            self.add_plan(plan)
            return self.row(now, job_id)

    def file(self, now: datetime, file_id: str) -> JobFile | None:
        """Return the file of a listed job by its id, None if there is none yet."""
        with self._lock:
            self._follow(now)
            plan = self._plans.get(self._file_owners.get(file_id, ""))
            row = None if plan is None else plan.row_at(now)
        roles = [] if row is None else [name for name in FILE_FIELDS if row.get(name) == file_id]
        if plan is None or row is None or not roles:
            return None
        return JobFile(row, roles[0], plan.input_name, plan.mix)

    def listing(self, now: datetime) -> bytes:
        """Return the listing as a JSON array; the same object while nothing changes."""
        with self._lock:
            self._follow(now)
            if self._listing is None or not self._listing.holds_at(now):
                self._listing = self._render(now)
            return self._listing.data

    def _render(self, now: datetime) -> _Rendered:
        self._forget_gone(now)
        rendered = [self._row_bytes(job_id, now) for job_id in self._order()]
        body = ROW_SEPARATOR.join(row.data for row in rendered if row.data)
        changes = [row.until for row in rendered if row.until is not None]
        return _Rendered(b"[" + body + b"]", now, min(changes, default=None))

    def _row_bytes(self, job_id: str, now: datetime) -> _Rendered:
        known = self._rows.get(job_id)
        if known is not None and known.holds_at(now):
            return known
        plan = self._plans[job_id]
        row = plan.row_at(now)
        data = b"" if row is None else json_bytes(row)
        self._rows[job_id] = rendered = _Rendered(data, now, plan.next_change(now))
        return rendered

    def _order(self) -> list[str]:
        """Return the ids in an order that means nothing but stays: the API does not sort."""
        return sorted(self._plans, key=lambda job_id: zlib.crc32(job_id.encode("utf-8", "replace")))

    def _follow(self, now: datetime) -> None:
        """Take in the planned jobs whose time has come."""
        while self._next is not None and (self._next.appears_at or now) <= now:
            self.add_plan(self._next)
            self._next = next(self._coming, None)

    def _forget_gone(self, now: datetime) -> None:
        """Drop the jobs that are listed no more, so that endless plans fit in memory."""
        gone = [key for key, plan in self._plans.items() if plan.gone_at and plan.gone_at <= now]
        for job_id in gone:
            self.remove_job(job_id)


def _file_ids(plan: JobPlan) -> list[str]:
    rows = (plan.first, *(step.changes for step in plan.steps))
    return [str(row[name]) for row in rows for name in FILE_FIELDS if row.get(name)]
