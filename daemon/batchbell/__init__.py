"""batchbell: rings when your Together AI batch jobs change.

What a script imports is loaded when it is first named: `import batchbell` alone costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.core.job import BatchJob
    from batchbell.core.provider import JobState
    from batchbell.errors import (
        ApiError,
        BatchbellError,
        MalformedError,
        NotFoundError,
        RateLimitedError,
        RefusedError,
        UnauthorizedError,
        UnavailableError,
        UsageError,
    )
    from batchbell.providers.together.client import AsyncClient
    from batchbell.providers.together.sync_client import Client

__version__ = "0.1.0"

__all__ = [
    "ApiError",
    "AsyncClient",
    "BatchJob",
    "BatchbellError",
    "Client",
    "JobState",
    "MalformedError",
    "NotFoundError",
    "RateLimitedError",
    "RefusedError",
    "UnauthorizedError",
    "UnavailableError",
    "UsageError",
    "__version__",
]

_MODULES = {
    "AsyncClient": "providers.together.client",
    "BatchJob": "core.job",
    "Client": "providers.together.sync_client",
    "JobState": "core.provider",
}


if not TYPE_CHECKING:
    # Not for type checkers: a name that is misspelt would be an object to them.
    def __getattr__(name: str) -> object:
        """Import the module of a public name (PEP 562)."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
