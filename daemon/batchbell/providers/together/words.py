"""What messages, pages and commands say of Together."""

from __future__ import annotations

from batchbell.config.together import API_KEY_VARIABLE, DEFAULT_BASE_URL
from batchbell.core.provider import ProviderWords

_REST = "Fetch what is done, which is billed, and submit the rest again"

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
    # Source: the contact in Together's OpenAPI document.
    support="https://www.together.ai/contact",
    bills_parts=True,
    runs_over=True,
    # By the kinds' values: `--help` needs the words, and does without the kinds.
    advice={
        "batch.expired": f"{_REST}.",
        "batch.cancelled": f"{_REST} if it is still needed.",
    },
)
