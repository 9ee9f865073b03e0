"""`batchbell wait`: block until jobs finish."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import job_ids
from batchbell.cli.durations import DurationType
from batchbell.cli.job_argument import account_option, candidates
from batchbell.cli.reading import open_database, reading
from batchbell.cli.terminal.output import has_bars
from batchbell.cli.wait.snapshot_look import SnapshotLook
from batchbell.cli.wait.waiting import TIMED_OUT, Waited, wait_for
from batchbell.errors import DatabaseError
from batchbell.json_views.jobs import batch_job_json
from batchbell.json_views.writing import document
from batchbell.store import accounts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from batchbell.cli.wait.direct_look import DirectLook
    from batchbell.store.database import Database

#: Between two looks at the snapshot.
LOOK_SECONDS = 1.0


@click.command()
@click.argument("job_ids", metavar="JOB_ID...", nargs=-1, required=True, shell_complete=job_ids)
@account_option
@click.option("--timeout", type=DurationType(), metavar="2h", help="Give up after this long.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else.")
@click.pass_context
def command(
    ctx: click.Context,
    job_ids: tuple[str, ...],
    account: str | None,
    timeout: timedelta | None,
    as_json: bool,
) -> None:
    """Wait until jobs finish; print a line whenever a status changes.

    On a terminal a bar shows how far each job is. The daemon's snapshot is watched; without a
    running daemon the API is asked. JOB_ID may be the beginning of an id in the
    snapshot, or the input file's name.

    Exit status: 0 all completed, 3 one failed, expired or was cancelled, 4 timed out, 1 one is
    unknown after two polls or has vanished.
    """
    with ExitStack() as stack:
        watcher = _Watcher(ctx.obj.config_file, stack)
        waited = watcher.resolve(job_ids, account)

        say = _quietly if as_json else _line_by_line
        if not as_json and has_bars():
            from batchbell.cli.wait.bars import wait_bars

            bars = stack.enter_context(wait_bars(waited))
            say = bars.say

        def tell(each: Waited, news: str) -> None:
            say(news if len(waited) == 1 else f"{each.id}  {news}", is_bad=bool(each.gone))

        status = wait_for(
            waited,
            look=lambda left: watcher.look(waited, left),
            timeout_seconds=None if timeout is None else timeout.total_seconds(),
            tell=tell,
            clock=time.monotonic,
            sleep=time.sleep,
        )
    if as_json:
        click.echo(document({"jobs": [_json(each) for each in waited]}))
    elif status == TIMED_OUT:
        left = ", ".join(f"{each.id} {each.standing()}" for each in waited if not each.over)
        click.echo(f"timed out: {left}", err=True)
    ctx.exit(status)


def _line_by_line(line: str, *, is_bad: bool) -> None:
    click.echo(line, err=is_bad)


def _quietly(line: str, *, is_bad: bool) -> None:
    """Say nothing: the result follows."""


class _Watcher:
    """Looks into the snapshot while a daemon runs, and asks the API while none does."""

    def __init__(self, config_file: Path | None, stack: ExitStack) -> None:
        self._config_file = config_file
        self._stack = stack
        self._database = _database(config_file)
        self._snapshot = None if self._database is None else SnapshotLook(self._database)
        self._direct: DirectLook | None = None

    def resolve(self, texts: Sequence[str], account: str | None) -> list[Waited]:
        """Complete the ids that the snapshot has; the others are taken as they are."""
        if self._database is None:
            return [Waited(text, account) for text in dict.fromkeys(texts)]
        waited = {}
        with reading(self._database) as connection:
            for text in texts:
                found = candidates(connection, text, account=account)
                each = Waited(text, account)
                if found:
                    job = found[0].record.job
                    each = Waited(job.id, found[0].account, job)
                waited[each.id, each.account] = each
        return list(waited.values())

    def look(self, waited: Sequence[Waited], seconds_left: float | None) -> float:
        """Update the jobs that are not over; return how long to pause, seconds."""
        open_ones = [each for each in waited if not each.over]
        if not open_ones:
            return 0.0
        if self._snapshot and self._database and self._database.daemon_runs():
            self._snapshot(open_ones)
            return LOOK_SECONDS
        if self._direct is None:
            self._direct = self._stack.enter_context(self._direct_look())
        self._direct(open_ones, seconds_left)
        return self._direct.pause_seconds

    def _direct_look(self) -> DirectLook:
        from batchbell.cli.loading import account_key, load_accounts
        from batchbell.cli.wait.direct_look import DirectLook
        from batchbell.runtime.provider import shipped

        settings = load_accounts(self._config_file).settings
        return DirectLook(
            settings.accounts,
            provider=shipped(),
            key=lambda account: account_key(account, settings, self._config_file),
            fraction_scale=self._fraction_scale(),
            tell=lambda text: click.echo(f"batchbell: {text}", err=True),
        )

    def _fraction_scale(self) -> dict[str, bool]:
        if self._database is None:
            return {}
        with reading(self._database) as connection:
            states = accounts.load_all(connection)
        return {state.health.account: state.fraction_scale for state in states}


def _database(config_file: Path | None) -> Database | None:
    """Return the database, None if there is none yet."""
    try:
        return open_database(config_file)
    except DatabaseError:
        return None


def _json(each: Waited) -> dict[str, object]:
    return {
        "id": each.id,
        "account": each.account,
        "outcome": each.outcome,
        "job": None if each.job is None else batch_job_json(each.job),
    }
