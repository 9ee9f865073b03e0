"""`TogetherClient` where scripts of version 0.1 import it from; goes with the next release."""

from __future__ import annotations

from batchbell.providers.together.client import AsyncClient

__all__ = ["TogetherClient"]

TogetherClient = AsyncClient
