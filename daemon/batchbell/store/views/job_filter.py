"""Which jobs of the snapshot somebody wants to see, as a condition of the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, true

from batchbell.store.tables import batch_jobs, files

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs are wanted; '' for any."""

    account: str = ""
    status: str = ""
    model: str = ""
    #: Part of an id, of the name or id of a file, of the model's name or of the error.
    text: str = ""

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.account or self.status or self.model or self.text)

    def condition(self) -> ColumnElement[bool]:
        """Return what is true of the rows of `batch_jobs` that are wanted."""
        parts: list[ColumnElement[bool]] = [true()]
        if self.account:
            parts.append(batch_jobs.c.account == self.account)
        if self.status:
            parts.append(batch_jobs.c.status == self.status)
        if self.model:
            parts.append(batch_jobs.c.model_id == self.model)
        if self.text:
            parts.append(_mentions(self.text))
        return and_(*parts)


def _mentions(text: str) -> ColumnElement[bool]:
    columns = (
        batch_jobs.c.id,
        batch_jobs.c.model_id,
        batch_jobs.c.input_file_id,
        batch_jobs.c.output_file_id,
        batch_jobs.c.error_file_id,
        batch_jobs.c.error,
    )
    name_matches = exists().where(
        files.c.account == batch_jobs.c.account,
        files.c.id == batch_jobs.c.input_file_id,
        files.c.filename.icontains(text, autoescape=True),
    )
    return or_(*(column.icontains(text, autoescape=True) for column in columns), name_matches)
