"""The provider that ships: chosen here; everybody else asks here, and knows the port alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.providers.together.provider import Together

if TYPE_CHECKING:
    from batchbell.providers.port import Provider

_SHIPPED: Provider = Together()


def shipped() -> Provider:
    """Return the provider of every account."""
    return _SHIPPED
