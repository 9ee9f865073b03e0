"""What came back of many jobs, without what a list does not show."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Text, bindparam, cast, literal, select

from batchbell.core.results.cause import Cause
from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.job_results import JobResults, ResultsState
from batchbell.core.results.lines import Tokens
from batchbell.core.snapshot import END_MARK
from batchbell.store.batches import in_batches
from batchbell.store.tables import results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Connection, Select

    from batchbell.core.job import BatchJob

_COUNTS = tuple(field.name for field in fields(Counts))
_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
_COLUMNS = ("job", "end", "state", "verdict", "cost", "reason", "counted_at", *_TOKENS, *_COUNTS)
#: What is read of each.
BRIEF = tuple(results.c[name] for name in _COLUMNS)


def results_in_brief(
    connection: Connection,
    jobs: Iterable[tuple[tuple[str, str], BatchJob]],
    *,
    with_causes: bool = False,
) -> dict[tuple[str, str], JobResults]:
    """Return what came back of jobs, given by account and id, without files.

    `with_causes` has why requests failed, where some did. Ten thousand jobs take 0.2 s; with the
    causes of all it would be eight times that.
    """
    query = _WITH_CAUSES if with_causes else _OF_SEVERAL
    wanted: dict[str, dict[str, BatchJob]] = defaultdict(dict)
    for (account, job_id), job in jobs:
        if job.finished:
            wanted[account][job_id] = job
    found: dict[tuple[str, str], JobResults] = {}
    for account, ended in wanted.items():
        for some in in_batches(ended):
            for *values, causes in connection.execute(query, {"account": account, "jobs": some}):
                known = read_brief(account, values, causes)
                if known.is_of(ended[known.job_id]):
                    found[account, known.job_id] = known
    return found


def read_brief(account: str, values: Sequence[Any], causes: str = "[]") -> JobResults:
    """Return what the values of `BRIEF` say, and the causes as they are stored."""
    job_id, end, state, verdict, cost, reason, counted_at, *numbers = values
    tokens, counts = numbers[: len(_TOKENS)], numbers[len(_TOKENS) :]
    known = dict(zip(_COUNTS, counts, strict=True))
    return JobResults(
        account=account,
        job_id=job_id,
        status=end.removeprefix(END_MARK),
        state=ResultsState(state),
        verdict=None if verdict is None else Verdict(verdict),
        counts=None if known["succeeded"] is None else Counts(**known),
        tokens=None if tokens[-1] is None else Tokens(*tokens),
        cost=None if cost is None else Decimal(cost),
        causes=tuple(Cause(**each) for each in json.loads(causes)) if known["failed"] else (),
        reason=reason,
        counted_at=counted_at,
    )


def _query(causes: ColumnElement[str]) -> Select[Any]:
    return select(*BRIEF, causes).where(
        results.c.account == bindparam("account"),
        results.c.job.in_(bindparam("jobs", expanding=True)),
    )


# Built once: putting it together takes longer than the database takes to answer.
_OF_SEVERAL = _query(literal("[]"))
# As text: they are read where some requests failed.
_WITH_CAUSES = _query(cast(results.c.causes, Text))
