"""What one poll saw of an account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from batchbell.core.job import BatchJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What one poll saw."""

    jobs: tuple[BatchJob, ...]
    #: The id of every job in the listing; those of `jobs` and maybe more: a row may be recognised
    #: without being decoded.
    ids: frozenset[str]
    #: Rows set aside: not an object, not decodable, or without a usable id.
    skipped_rows: int = 0
    #: Fields that were nonsense, over all rows.
    bad_fields: int = 0
    #: Whether the API's progress was taken as 0 to 1, not 0 to 100.
    fraction_scale: bool = False
    #: When the request was sent; None until the poll says so.
    requested_at: datetime | None = None

    @property
    def recognised(self) -> frozenset[str]:
        """The ids of the rows that were not decoded, as they are what they were."""
        if len(self.jobs) == len(self.ids):
            return frozenset()
        return self.ids.difference(job.id for job in self.jobs)
