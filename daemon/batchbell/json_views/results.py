"""The results of a job as JSON: the same document whatever is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.json_views.writing import time_text

if TYPE_CHECKING:
    from batchbell.core.results.counts import Counts
    from batchbell.core.results.job_results import JobResults

_COUNTS = (
    "requests",
    "succeeded",
    "failed",
    "missing",
    "duplicated",
    "foreign",
    "unreadable",
    "empty",
    "truncated",
)


def results_json(results: JobResults) -> dict[str, object]:
    """Return it with every key; what is not known is null."""
    tokens = results.tokens
    return {
        "account": results.account,
        "job": results.job_id,
        "status": results.status,
        "state": results.state.value,
        "verdict": None if results.verdict is None else results.verdict.value,
        **_counts(results.counts),
        "tokens": None
        if tokens is None
        else {
            "prompt": tokens.prompt,
            "completion": tokens.completion,
            "total": tokens.total,
        },
        "cost": None if results.cost is None else {"amount": str(results.cost)},
        "causes": [
            {
                "code": cause.code,
                "message": cause.message,
                "count": cause.count,
                "share": cause.share,
                "example": cause.example,
                "retry_helps": cause.retry_helps,
            }
            for cause in results.causes
        ],
        "files": [
            {
                "kind": file.kind.value,
                "id": file.id,
                "bytes": file.bytes,
                "sha256": file.sha256 or None,
                "path": file.path or None,
            }
            for file in results.files
        ],
        "counted_at": time_text(results.counted_at),
    }


def _counts(counts: Counts | None) -> dict[str, int | None]:
    return {name: None if counts is None else getattr(counts, name) for name in _COUNTS}
