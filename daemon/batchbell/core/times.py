"""Times as text: RFC 3339 in UTC, the one form used in keys, JSON and the API."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC with `Z` and microseconds, e.g. for a unique key."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_minute(at: datetime) -> str:
    """Return an aware time as `2026-11-23 02:14 UTC`, the form in reasons that are kept."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
