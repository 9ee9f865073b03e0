"""The results of a job as JSON: the same document whatever is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.json_views.writing import time_text

if TYPE_CHECKING:
    from decimal import Decimal

    from batchbell.core.results.cause import Cause
    from batchbell.core.results.job_results import JobResults, ResultFile
    from batchbell.core.results.lines import Tokens
    from batchbell.json_views.shapes import (
        CauseJson,
        CostJson,
        ResultFileJson,
        ResultsInBriefJson,
        ResultsJson,
        TokensJson,
    )


def results_json(results: JobResults) -> ResultsJson:
    """Return all of it, with every key; what is not known is null."""
    return {
        "account": results.account,
        "job": results.job_id,
        **results_in_brief_json(results),
        "causes": [_cause(cause) for cause in results.causes],
        "files": [_file(file) for file in results.files],
    }


def results_in_brief_json(results: JobResults) -> ResultsInBriefJson:
    """Return it without causes and files: lists have ten thousand jobs."""
    counts = results.counts
    return {
        "status": results.status,
        "state": results.state.value,
        "verdict": None if results.verdict is None else results.verdict.value,
        "requests": None if counts is None else counts.requests,
        "succeeded": None if counts is None else counts.succeeded,
        "failed": None if counts is None else counts.failed,
        "missing": None if counts is None else counts.missing,
        "duplicated": None if counts is None else counts.duplicated,
        "foreign": None if counts is None else counts.foreign,
        "unreadable": None if counts is None else counts.unreadable,
        "empty": None if counts is None else counts.empty,
        "truncated": None if counts is None else counts.truncated,
        "tokens": _tokens(results.tokens),
        "cost": _cost(results.cost),
        "counted_at": time_text(results.counted_at),
    }


def _tokens(tokens: Tokens | None) -> TokensJson | None:
    if tokens is None:
        return None
    return {"prompt": tokens.prompt, "completion": tokens.completion, "total": tokens.total}


def _cost(amount: Decimal | None) -> CostJson | None:
    return None if amount is None else {"amount": f"{amount:f}"}


def _cause(cause: Cause) -> CauseJson:
    return {
        "code": cause.code,
        "message": cause.message,
        "count": cause.count,
        "share": cause.share,
        "example": cause.example,
        "retry_helps": cause.retry_helps,
    }


def _file(file: ResultFile) -> ResultFileJson:
    return {
        "kind": file.kind.value,
        "id": file.id,
        "bytes": file.bytes,
        "sha256": file.sha256 or None,
        "path": file.path or None,
    }
