"""What it means for a job's results that a file of it could not be read."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from batchbell.core.results.counts import Verdict
from batchbell.core.results.job_results import FileKind, ResultsState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from batchbell.core.results.job_results import JobResults
    from batchbell.core.results.tally import Tally


class Unread(Enum):
    """Why a file was not read to its end."""

    #: It may be had later.
    NOT_YET = auto()
    TOO_LARGE = auto()
    #: Its id is none that can be asked for.
    NAMELESS = auto()


def has_to_wait(unread: Mapping[FileKind, Unread], *, for_input: bool) -> bool:
    """Whether the results wait for one of these files; for the input only if they are meant to."""
    late = {kind for kind, why in unread.items() if why is Unread.NOT_YET}
    return bool(late if for_input else late - {FileKind.INPUT})


def waiting(results: JobResults, unread: Mapping[FileKind, Unread]) -> JobResults:
    """Return results that wait for a file, and say for which: one of answers, if there is one."""
    awaited = [file for file in results.files if unread.get(file.kind) is Unread.NOT_YET]
    late = next((file for file in awaited if file.kind is not FileKind.INPUT), awaited[0])
    reason = f"the {late.kind} file can't be had: {late.trouble}"
    return replace(results, state=ResultsState.WAITING, reason=reason)


def judged(
    results: JobResults,
    tally: Tally,
    unread: Mapping[FileKind, Unread],
    *,
    has_input: bool,
    now: datetime,
) -> JobResults:
    """Return the results, counted as far as their files could be read, or skipped."""
    of_answers = [file for file in results.files if file.kind is not FileKind.INPUT]
    missed = [file for file in of_answers if file.kind in unread]
    reasons = [f"the {file.kind} file is {file.trouble}" for file in missed]
    if all(unread.get(file.kind) is Unread.NAMELESS for file in of_answers):
        return replace(results, state=ResultsState.SKIPPED, reason="; ".join(reasons))
    if not has_input:
        reasons.append("there is no input to compare with")
    counted = tally.result(whole=not missed)
    return replace(
        results,
        state=ResultsState.COUNTED,
        verdict=counted.verdict,
        counts=counted.counts,
        tokens=counted.tokens,
        causes=counted.causes,
        reason="; ".join(reasons) if counted.verdict is Verdict.UNKNOWN else "",
        counted_at=now,
    )
