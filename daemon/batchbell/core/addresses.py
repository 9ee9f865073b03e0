"""Where Together's API is, how a file is fetched from it, and where our page shows a job."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.event import Event

#: Where Together's API is. Source: docs/api.md, base URL.
DEFAULT_BASE_URL = "https://api.together.ai/v1"
#: Characters that stand in a URL as they are. Source: RFC 3986, section 2.3.
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
#: Ids that stand in a URL and in a shell's command line as they are.
_PLAIN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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


def job_page(account: str, job_id: str) -> str:
    """Return where a job's page is, seen from the overview; nothing in it leads elsewhere."""
    return f"jobs/{_quoted(account)}/{_quoted(job_id)}"


def _quoted(text: str) -> str:
    """Return a text as one part of a URL's path. Source: RFC 3986, section 2.1."""
    return "".join(
        char
        if _UNRESERVED.match(char)
        else "".join(f"%{byte:02X}" for byte in char.encode(errors="replace"))
        for char in text
    )


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
