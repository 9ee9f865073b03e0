"""What messages, pages and commands say of Together."""

from __future__ import annotations

from batchbell.config.together import API_KEY_VARIABLE, DEFAULT_BASE_URL
from batchbell.core.provider import ProviderWords

_PLAN = (
    "plan for a part: what is done by then stays in the output file, and is billed; submit the "
    "rest again"
)
_REST = "fetch what is done, which is billed, and submit the rest again"
_WHY = "the error file says of each request that failed why it did; submit those again"

#: Source of what helps: Together's batch overview: 24 h are best effort; an expired or cancelled
#: job keeps, and bills, what was done; the error file has a line for each request that failed.
WORDS = ProviderWords(
    name="Together",
    full_name="Together AI",
    base_url=DEFAULT_BASE_URL,
    # The key comes from the environment: it is never part of a message.
    fetch=(
        f'curl -fsS -H "Authorization: Bearer ${API_KEY_VARIABLE}" -o {{file_id}}.jsonl '
        '"{base_url}/files/{file_id}/content"'
    ),
    bills_parts=True,
    # By the kinds' values: `--help` needs the words, and does without the kinds.
    advice={
        "batch.deadline_approaching": _PLAN,
        "batch.at_risk": _PLAN,
        "batch.deadline_missed": (
            "wait, as deadlines are best effort, or cancel it: what is done stays in the output "
            "file, and is billed"
        ),
        "batch.stalled": (
            "wait, or cancel it and submit the rest again: what is done stays in the output file, "
            "and is billed"
        ),
        "batch.expired": _REST,
        "batch.cancelled": _REST,
        "batch.completed_with_errors": _WHY,
        "batch.completed_empty": _WHY,
    },
)
