"""The configuration: its places, its checks and its starter file.

Names are loaded when they are first used, since the models' library is slow to import and
commands that only read do without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.config.database import database_url
    from batchbell.config.key_source import KeySource
    from batchbell.config.loading import LoadedConfig, load
    from batchbell.config.page import health_socket, page_address
    from batchbell.config.secrets import secret_values
    from batchbell.config.settings import (
        AccountSettings,
        AlertSettings,
        ChannelSettings,
        HistorySettings,
        Settings,
        WebSettings,
    )

__all__ = [
    "AccountSettings",
    "AlertSettings",
    "ChannelSettings",
    "HistorySettings",
    "KeySource",
    "LoadedConfig",
    "Settings",
    "WebSettings",
    "database_url",
    "health_socket",
    "load",
    "page_address",
    "secret_values",
]

_MODULES = {
    "database_url": "database",
    "health_socket": "page",
    "KeySource": "key_source",
    "LoadedConfig": "loading",
    "load": "loading",
    "page_address": "page",
    "secret_values": "secrets",
}


def __getattr__(name: str) -> object:
    """Import the module of a public name (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_MODULES.get(name, 'settings')}")
    return getattr(module, name)
