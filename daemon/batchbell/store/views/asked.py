"""What each of many jobs asks for: one answer, whoever lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.core.event import Severity
from batchbell.core.standing.jobs import job_standing
from batchbell.messages.deeds import deed_of, is_asked_for

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from batchbell.core.provider import ProviderWords
    from batchbell.messages.deeds import Deed
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs


def asked_of(
    seen: SeenJobs, open_ends: Container[tuple[str, str]], provider: ProviderWords
) -> Mapping[tuple[str, str], Deed]:
    """Return what jobs ask for by account and id, those that need nobody left out.

    `open_ends` are those that ended so that they need a look, whether as failures or in part.
    """
    found = {}
    for item in seen.jobs:
        is_over = item.record.job.finished
        if item.key in open_ends if is_over else _presses(item, seen):
            outlook, results = seen.outlook(item), seen.results.get(item.key)
            deed = deed_of(item.record, outlook, results, provider, seen.now)
            if deed is not None:
                found[item.key] = deed
    return found


def _presses(item: AccountJob, seen: SeenJobs) -> bool:
    """Whether a running job asks for something; of one that was not forecast its standing says."""
    outlook = seen.outlook(item)
    if outlook is None:
        return job_standing(item.record, seen.now).severity >= Severity.WARNING
    return is_asked_for(item.record, outlook, seen.now)
