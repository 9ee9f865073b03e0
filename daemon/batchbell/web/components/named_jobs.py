"""The jobs that the overview's verdict names: those to act on first, each with what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.messages.standing_advice import helps_in_short
from batchbell.web.components.job_lines import JobLine, in_short

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.provider import ProviderWords
    from batchbell.store.job_rows import AccountJob
    from batchbell.store.views.status import SeenJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedJob:
    """A job that the verdict names."""

    line: JobLine
    #: How it does, in a few words.
    in_short: str
    #: What to do, in a few words; '' if nothing is known to help.
    what_to_do: str


def act_now_first(running: Iterable[AccountJob], seen: SeenJobs) -> list[AccountJob]:
    """Put those first that are to be cancelled now, and leave the order else as it is."""
    return sorted(running, key=seen.can_wait)


def named_job(line: JobLine, item: AccountJob, seen: SeenJobs, provider: ProviderWords) -> NamedJob:
    """Return a job in a few words; `line` is its line."""
    results = seen.results.get(item.key)
    return NamedJob(
        line=line,
        in_short=in_short(line, item, seen.now, results),
        what_to_do=helps_in_short(item.record, seen.outlook(item), results, provider, seen.now),
    )
