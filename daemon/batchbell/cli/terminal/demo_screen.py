"""Where the demo's messages appear: above moving bars on a terminal, else as plain text."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

import click
from rich.console import Group
from rich.live import Live
from rich.text import Text

from batchbell.cli.terminal.demo_lines import message_lines
from batchbell.cli.terminal.job_rows import job_row
from batchbell.cli.terminal.job_table import job_lines
from batchbell.cli.terminal.readers_clock import local
from batchbell.cli.terminal.rich_status import terminal
from batchbell.cli.terminal.signs import sign
from batchbell.core.standing.jobs import job_order
from batchbell.errors import DatabaseError
from batchbell.messages.plain_text import counted
from batchbell.store import jobs
from batchbell.store.views.status import seen_jobs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from batchbell.cli.terminal.job_rows import JobRow
    from batchbell.clock import Clock
    from batchbell.receivers.content import Content
    from batchbell.store.database import Database
    from batchbell.store.job_rows import AccountJob

#: Between two looks at the snapshot for the bars, seconds.
REDRAW_SECONDS = 0.25
#: Bars shown at most: the messages are the main thing.
MOST_BARS = 6
#: From so many lines on a terminal has room for an empty one between messages.
_HIGH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """The running jobs at one moment."""

    now: datetime
    #: Those there is room for.
    rows: Sequence[JobRow]
    #: Of all jobs, sorted: shortened ones must stay unique.
    ids: Sequence[str]
    #: How many run.
    running: int


class Screen(Protocol):
    """What shows the demo."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_exc: object) -> None:
        """Leave the terminal as it was."""

    def show(self, channel: str, content: Content, now: datetime) -> None:
        """Show one message. Raises OSError if nobody reads any more."""

    async def follow(self, database: Database, clock: Clock) -> None:
        """Show how the jobs move, until cancelled."""


class PlainScreen:
    """Text for a pipe or a file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        """Leave nothing to put back."""

    def show(self, channel: str, content: Content, now: datetime) -> None:
        """Print one message as a block of text."""
        heading = f"{sign(content.severity)} {local(now):%H:%M} to {channel}: {content.title}"
        body = "".join(f"    {line}".rstrip() + "\n" for line in _body(content).splitlines())
        click.echo(f"{heading}\n{body}")

    async def follow(self, database: Database, clock: Clock) -> None:
        """Show nothing: lines once written can't move."""
        del database, clock


class LiveScreen:
    """Events that scroll by, above the bars of the running jobs."""

    def __init__(self) -> None:
        self._console = terminal()
        self._has_shown = False
        # A redirected stdout has no encoding, and our signs would fall back to ASCII.
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._live.stop()

    def show(self, channel: str, content: Content, now: datetime) -> None:
        """Print the events of a message above the bars."""
        if self._has_shown and self._console.height >= _HIGH:
            self._console.print()
        self._has_shown = True
        for line in message_lines(channel, content, now, self._console.width):
            self._console.print(line)

    async def follow(self, database: Database, clock: Clock) -> None:
        """Redraw the bars from the snapshot."""
        while True:
            # Before its tables are there nothing is to be seen.
            with suppress(DatabaseError):
                bars = await asyncio.to_thread(read_bars, database, clock.now())
                self._live.update(self._drawn(bars), refresh=True)
            await asyncio.sleep(REDRAW_SECONDS)

    def _drawn(self, bars: Bars) -> Group:
        width = self._console.width
        lines = job_lines(
            bars.rows, all_ids=bars.ids, with_account=False, width=width, with_forecast=True
        )
        running = counted(bars.running, "job")
        clock = Text(f"{local(bars.now):%H:%M} simulated, {running} running", style="dim")
        return Group(Text(), clock, *lines)


def running_first(listed: Iterable[AccountJob], now: datetime) -> list[AccountJob]:
    """Return those that run, what needs a look first: there is not room for all."""
    running = [item for item in listed if not item.record.job.finished]
    return sorted(running, key=lambda item: job_order(item.record, now))


def read_bars(database: Database, now: datetime) -> Bars:
    """Read the running jobs, as `status` has them. Raises `DatabaseError`."""
    with database.read() as connection:
        listed = jobs.listed(connection)
        running = running_first(listed, now)
        seen = seen_jobs(connection, running[:MOST_BARS], now)
    return Bars(
        now=now,
        rows=[
            job_row(item, now, outlook=seen.outlook(item), input_file=seen.input_file(item))
            for item in seen.jobs
        ],
        ids=sorted(item.record.job.id for item in listed),
        running=len(running),
    )


def _body(content: Content) -> str:
    """Return the text without its first line if the title says the same."""
    return content.text.removeprefix(f"{content.title}\n").strip()
