"""The page about batchbell itself: its version, its files, the configuration in force."""

from __future__ import annotations

import platform
import sqlite3
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from batchbell import __version__
from batchbell.store import schema
from batchbell.store.views.replicas import replica_views
from batchbell.web.components.configured import ConfiguredSection, sections

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from batchbell.store.database import Transaction
    from batchbell.store.views.replicas import ReplicaView
    from batchbell.web.asked import Asked

#: Libraries whose version a report of a mistake should have.
_LIBRARIES = ("apprise", "apscheduler", "httpx", "pydantic", "sqlalchemy", "starlette")


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutPage:
    """What runs here."""

    now: datetime
    version: str
    #: Whose jobs it watches.
    provider: str
    #: Name and version.
    parts: Sequence[tuple[str, str]]
    schema: str
    #: '' for environment only.
    config_file: str
    #: What is allowed but probably not meant.
    warnings: Sequence[str]
    sections: Sequence[ConfiguredSection]
    #: The daemons that share the database; none where one runs.
    replicas: Sequence[ReplicaView]


def read_about_page(connection: Transaction, asked: Asked) -> AboutPage:
    """Read what runs here. Raises `DatabaseError`."""
    loaded = asked.watching.configuration
    return AboutPage(
        now=asked.now,
        version=__version__,
        provider=asked.watching.provider.full_name,
        parts=_parts(),
        schema=schema.current_revision(connection) or "none",
        config_file="" if loaded is None or loaded.path is None else str(loaded.path),
        warnings=() if loaded is None else loaded.warnings,
        sections=sections(loaded),
        replicas=replica_views(connection),
    )


@cache
def _parts() -> tuple[tuple[str, str], ...]:
    return (
        ("Python", platform.python_version()),
        ("SQLite", sqlite3.sqlite_version),
        *((name, version(name)) for name in _LIBRARIES),
    )
