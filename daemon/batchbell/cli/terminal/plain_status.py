"""`status` in a pipe: whole ids, no colour, nothing cut; what needs attention says so in a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.cli.terminal.asked import asked_in, by_deed
from batchbell.cli.terminal.grid import Cell, Column, plain_lines
from batchbell.cli.terminal.health_lines import (
    account_lines,
    channel_lines,
    kept_lines,
    replica_lines,
    silence,
)
from batchbell.cli.terminal.job_done import NOTHING
from batchbell.cli.terminal.mute_lines import mute_lines, whole_note
from batchbell.cli.terminal.status_row import row_of
from batchbell.cli.terminal.status_words import no_jobs, what_is_hidden
from batchbell.core.event import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from batchbell.cli.terminal.health_lines import StatusLine
    from batchbell.cli.terminal.job_rows import JobRow
    from batchbell.store.views.status import Status

_ACCOUNT = Column("account")
_COLUMNS = (
    Column("job"),
    Column("status"),
    Column("progress", right=True),
    Column("when"),
    Column("forecast"),
    Column("name"),
    Column("model"),
    Column("remark"),
)


def status_lines(status: Status) -> Iterator[str]:
    """Yield the lines, the most pressing first."""
    status = by_deed(status, asked_in(status))
    if silence(status):
        yield silence(status)
        yield ""
    yield from _jobs(status)
    for line in (what_is_hidden(status), no_jobs(status)):
        if line:
            yield line
    yield from _section("Accounts", account_lines(status))
    yield from _section("Channels", channel_lines(status))
    yield from _section("Replicas", replica_lines(status))
    yield from _section("Results", kept_lines(status))
    yield from _section("Muted", mute_lines(status))


def _jobs(status: Status) -> Iterator[str]:
    with_account = len(status.accounts) > 1
    rows = [row_of(item, status, whole_note(item, status)) for item in status.jobs]
    if not rows:
        return
    columns = [_ACCOUNT, *_COLUMNS] if with_account else list(_COLUMNS)
    yield from plain_lines(columns, [_cells(row, with_account=with_account) for row in rows])


def _cells(row: JobRow, *, with_account: bool) -> list[Cell]:
    texts = [
        row.id,
        row.status,
        row.percent,
        row.when,
        row.forecast,
        row.name or NOTHING,
        row.model,
        _marked(row.severity, row.told),
    ]
    return [Cell(text) for text in ([row.account, *texts] if with_account else texts)]


def _section(title: str, lines: Iterable[StatusLine]) -> Iterator[str]:
    rows = [(Cell(line.name), Cell(_marked(line.severity, line.text))) for line in lines]
    if rows:
        yield ""
        yield from plain_lines((Column(title), Column("")), rows)


def _marked(severity: Severity, text: str) -> str:
    """Put the severity before what is said of something that needs attention."""
    word = severity.name.lower() if severity >= Severity.WARNING else ""
    return ": ".join(filter(None, (word, text)))
