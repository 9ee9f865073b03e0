"""Where Together's API is."""

from __future__ import annotations


def with_version(base_url: str) -> str:
    """Return the address with `/v1` and no slash at its end. Source: docs/api.md, base URL."""
    base_url = base_url.rstrip("/")
    path = base_url.partition("://")[2].partition("/")[2]
    return base_url if f"/{path}".endswith("/v1") else f"{base_url}/v1"
