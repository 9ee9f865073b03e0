"""An API client that reads its jobs from JSON as the daemon's own does, without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.core.job import API_FIELDS
from batchbell.core.times import rfc3339
from batchbell.providers.together.known_listing import KnownListing
from batchbell.providers.together.listing import ListingReader, RereadError
from tests.fakes import FakeApi

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob
    from batchbell.providers.together.reading import Reading

#: Small, so that some jobs make many windows.
WINDOW_BYTES = 2_000


@dataclass
class JsonApi(FakeApi):
    """Lists what a test put in; `whole_listings` counts those that were read against nothing."""

    whole_listings: int = 0

    async def fetch_listing(self, known: object | None = None) -> Reading:  # type: ignore[override]  # more than a listing
        """Return the jobs, or raise the error."""
        if self.error is not None:
            raise self.error
        body = json.dumps([row(job) for job in self.jobs]).encode()
        if isinstance(known, KnownListing):
            try:
                return self._read(known, body)
            except RereadError:
                pass
        self.whole_listings += 1
        return self._read(None, body)

    def _read(self, known: KnownListing | None, body: bytes) -> Reading:
        reader = ListingReader(known, window_bytes=WINDOW_BYTES)
        for start in range(0, len(body), 5_000):
            reader.feed(body[start : start + 5_000])
        return reader.close()


def row(job: BatchJob) -> dict[str, object]:
    """Return a job as the API lists it."""
    fields = {name: getattr(job, name) for name in API_FIELDS}
    for name in ("created_at", "completed_at", "job_deadline"):
        fields[name] = None if fields[name] is None else rfc3339(fields[name])
    if job.progress is not None:
        fields["progress"] = job.progress * 100
    return fields
