"""How far a copy of a database is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchbell.cli.terminal.output import has_bars

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def row_progress() -> Iterator[Callable[[str, int], None]]:
    """Yield what shows, on a terminal alone, how many rows of which table are there."""
    if not has_bars():
        yield lambda _table, _rows: None
        return
    from rich.console import Console

    with Console(stderr=True).status("copying") as status:
        yield lambda table, rows: status.update(f"{table}: {rows:,} rows")
