"""Where Together's API is, and how a file is fetched from it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.event import Event

#: Where Together's API is. Source: docs/api.md, base URL.
DEFAULT_BASE_URL = "https://api.together.ai/v1"
#: Ids that stand in a URL and in a shell's command line as they are.
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
#: Longer ids are no part of a link; Together's have 36 characters.
_ANCHOR_CHARS = 64


def with_version(base_url: str) -> str:
    """Return the address with `/v1` and no slash at its end. Source: docs/api.md, base URL."""
    base_url = base_url.rstrip("/")
    path = base_url.partition("://")[2].partition("/")[2]
    return base_url if f"/{path}".endswith("/v1") else f"{base_url}/v1"


def fetch_command(file_id: str, *, base_url: str = DEFAULT_BASE_URL) -> str:
    """Return the shell command that saves a file; '' for an id that is not plain text.

    The key comes from the environment: it is never part of a message.
    """
    if not _PLAIN_ID.fullmatch(file_id):
        return ""
    url = f"{with_version(base_url)}/files/{file_id}/content"
    return f'curl -fsS -H "Authorization: Bearer $TOGETHER_API_KEY" -o {file_id}.jsonl "{url}"'


def anchor(account: str, job_id: str) -> str:
    """Return where a job stands on the status page: an id in HTML, and the end of a link to it.

    An id that is not plain text is told apart by a digest of it.
    """
    if _PLAIN_ID.fullmatch(job_id) and len(job_id) <= _ANCHOR_CHARS:
        return f"job-{account}-{job_id}"
    return f"job-{account}-{hashlib.sha256(job_id.encode(errors='replace')).hexdigest()[:16]}"


def from_elsewhere(events: Iterable[Event], base_url: str) -> list[Event]:
    """Note with each job's event where its files are, unless that is the usual place."""
    if with_version(base_url) == DEFAULT_BASE_URL:
        return list(events)
    return [
        replace(event, facts={**event.facts, "api": with_version(base_url)})
        if event.job is not None
        else event
        for event in events
    ]
