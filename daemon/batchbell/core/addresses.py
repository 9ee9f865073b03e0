"""Where our page shows a job, and where a job's files are."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from batchbell.core.event import Event

#: Characters that don't stand in a URL as they are. Source: RFC 3986, section 2.3.
_RESERVED = re.compile(r"[^A-Za-z0-9._~-]")


def job_page(account: str, job_id: str) -> str:
    """Return where a job's page is, seen from the overview; nothing in it leads elsewhere."""
    return f"jobs/{_quoted(account)}/{_quoted(job_id)}"


def _quoted(text: str) -> str:
    """Return a text as one part of a URL's path. Source: RFC 3986, section 2.1."""
    return _RESERVED.sub(_in_percent, text)


def _in_percent(char: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in char[0].encode(errors="replace"))


def from_elsewhere(events: Iterable[Event], base_url: str) -> list[Event]:
    """Note with each job's event where its files are; '' for the usual place, which goes unsaid."""
    if not base_url:
        return list(events)
    return [
        replace(event, facts=replace(event.facts, api=base_url)) if event.job is not None else event
        for event in events
    ]
