"""A configuration file, the command line on it, and a poll, for tests of commands."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result

from batchbell.cli.root import root
from batchbell.clock import Clock
from batchbell.config import load
from batchbell.observability.redaction import Redaction
from batchbell.runtime.account_parts import AccountParts
from batchbell.runtime.in_force import InForce
from batchbell.runtime.provider import shipped
from batchbell.store import schema
from batchbell.store.sqlite.database import SqliteDatabase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from batchbell.usecases.poll import PollReport

API_KEY = "obviously-fake-key"
#: Result files of more than 1,000 bytes are not read.
SMALL_FILES = '[results]\nmax_file_bytes = "1KB"'


def write_config(
    folder: Path,
    *,
    base_url: str = "http://127.0.0.1:9/v1",
    accounts: tuple[str, ...] = ("default",),
    channels: Mapping[str, str] | None = None,
    more: str = "",
) -> Path:
    """Write a file with these accounts and channels (name to URL); the database is beside it."""
    lines = [f'database_url = "sqlite:///{folder / "bell.db"}"', more, "[web]", "enabled = false"]
    for name in accounts:
        lines += [f"[accounts.{name}]", f'api_key = "{API_KEY}"', f'base_url = "{base_url}"']
        lines += ['request_timeout = "5s"']
    for name, url in (channels or {}).items():
        lines += [f"[channels.{name}]", f'url = "{url}"']
    path = folder / "batchbell.toml"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n")
    return path


def batchbell(config_file: Path, *arguments: str, text: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(root, ["--config", str(config_file), *arguments], input=text)


def database_of(config_file: Path) -> SqliteDatabase:
    """Return the database, with its tables."""
    database = SqliteDatabase(f"sqlite:///{config_file.with_name('bell.db')}")
    schema.upgrade(database)
    return database


def poll(config_file: Path) -> list[PollReport]:
    """Poll every account once, and deliver nothing."""
    loaded = load(config_file, os.environ, check_channel=lambda _section: ())
    database = database_of(config_file)
    parts = AccountParts(
        in_force=InForce(loaded),
        database=database,
        clock=Clock(),
        provider=shipped(),
        redaction=Redaction(),
    )

    async def poll_all() -> list[PollReport]:
        reports = []
        for name in loaded.settings.accounts:
            async with await parts.client(name) as client:
                reports.append(await parts.poll(name, client).poll())
        return reports

    try:
        return asyncio.run(poll_all())
    finally:
        database.close()
