"""`batchbell config`: check it, show it, start a new file."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from batchbell.cli.loading import load_config
from batchbell.config.locations import LOCAL_FILE, find_file, named_file
from batchbell.errors import BatchbellError, ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.config import LoadedConfig

_STANDARD_OUTPUT = Path("-")
#: It may come to hold secrets.
_MODE = 0o600


@click.group()
def config() -> None:
    """Check, show or start the configuration."""


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Tell everything that is wrong with the configuration."""
    try:
        loaded = load_config(ctx.obj.config_file)
    except ConfigError as error:
        _tell_problems(error, find_file(ctx.obj.config_file, os.environ), as_json=as_json)
        ctx.exit(error.exit_code)
    _tell_warnings(loaded)
    if as_json:
        file = None if loaded.path is None else str(loaded.path)
        answer = {
            "ok": True,
            "file": file,
            "problems": [],
            "warnings": list(loaded.warnings),
            "told": {kind: list(names) for kind, _, names in _told(loaded)},
        }
        click.echo(json.dumps(answer, indent=2))
    else:
        settings = loaded.settings
        counts = f"accounts: {len(settings.accounts)}, channels: {len(settings.channels)}"
        click.echo(f"{loaded.path or 'the configuration'} is fine ({counts})")
        if settings.channels:
            click.echo("\n".join(_told_lines(loaded)))


def _told(loaded: LoadedConfig) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Yield each kind of event, its severity and the channels that may be told, the worst first."""
    from batchbell.config.channel_filter import filters_of
    from batchbell.core.event import EventKind, severity_of
    from batchbell.core.route_plan import kinds_told

    told = kinds_told(filters_of(loaded.settings), datetime.now(UTC))
    for kind in sorted(EventKind, key=severity_of, reverse=True):
        names = [name for name, kinds in told.items() if kind in kinds]
        yield kind.value, severity_of(kind).name.lower(), names


def _told_lines(loaded: LoadedConfig) -> Iterator[str]:
    from batchbell.cli.terminal.grid import Cell, Column, plain_lines
    from batchbell.cli.terminal.hanging import hanging

    columns = (Column("event"), Column("severity"), Column("told to"))
    rows = [
        [Cell(kind), Cell(severity), Cell(", ".join(names) or "nobody")]
        for kind, severity, names in _told(loaded)
    ]
    yield ""
    header, *lines = plain_lines(columns, rows)
    for line in (header, *lines):
        yield from hanging(line, below=header.index(columns[-1].header.upper()))
    yield ""
    yield "What one event would do: batchbell route --event KIND --model M ..."


@config.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Print every value and where it comes from, secrets masked."""
    from batchbell.config import show as showing

    loaded = load_config(ctx.obj.config_file)
    _tell_warnings(loaded)
    if as_json:
        click.echo(json.dumps(showing.as_json(loaded), indent=2))
    else:
        click.echo(showing.as_text(loaded), nl=False)


@config.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    help='Where to write; "-" prints. Default: the --config file, else ./batchbell.toml.',
)
@click.pass_context
def init(ctx: click.Context, output: Path | None) -> None:
    """Write a starter file that shows every key; an existing file is never overwritten."""
    from batchbell.config.starter import starter_text

    path = output or named_file(ctx.obj.config_file, os.environ) or LOCAL_FILE
    if path == _STANDARD_OUTPUT:
        click.echo(starter_text(), nl=False)
        return
    _write_new(path, starter_text())
    click.echo(f"{path} is written: open it, set what you need, then run: batchbell config check")


def _tell_problems(error: ConfigError, path: Path | None, *, as_json: bool) -> None:
    """Print everything wrong, one line each."""
    count = len(error.problems)
    title = f"{count} problem{'' if count == 1 else 's'} in {path or 'the configuration'}:"
    click.echo("\n".join([title, *(f"  {problem}" for problem in error.problems)]), err=True)
    if as_json:
        problems = [{"where": problem.where, "what": problem.what} for problem in error.problems]
        answer = {
            "ok": False,
            "file": None if path is None else str(path),
            "problems": problems,
            "warnings": [],
        }
        click.echo(json.dumps(answer, indent=2))


def _write_new(path: Path, text: str) -> None:
    """Create a file that only its owner may read, whole or not at all.

    Raises UsageError if something is there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise UsageError(f"{path} exists: give another --output, or remove it first") from None
    except OSError as error:
        raise BatchbellError(f"{path} can't be written: {error.strerror}") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise BatchbellError(f"{path} can't be written: {error.strerror}") from None


def _tell_warnings(loaded: LoadedConfig) -> None:
    """Print what is allowed but probably not meant, apart from what a program reads."""
    for warning in loaded.warnings:
        click.echo(f"warning: {warning}", err=True)
