"""Which job is meant: an id, the beginning of one that names no other, or an input file's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from batchbell.cli.completing import account_names
from batchbell.cli.reading import corrected_now, reading
from batchbell.errors import UsageError
from batchbell.messages.plain_text import one_line
from batchbell.store import accounts, jobs
from batchbell.store.views.job import JobHistory, job_history

if TYPE_CHECKING:
    from collections.abc import Callable

    from batchbell.store.database import Database, Transaction
    from batchbell.store.job_rows import AccountJob

    Command = TypeVar("Command", bound=Callable[..., Any])

#: Candidates named when an id is ambiguous.
_MOST_CANDIDATES = 10


def account_option(command: Command) -> Command:
    """Add `--account` to a command."""
    return click.option(
        "--account",
        metavar="NAME",
        shell_complete=account_names,
        help="The account to look in, if the id alone won't do.",
    )(command)


def find_job(connection: Transaction, text: str, *, account: str | None = None) -> AccountJob:
    """Return the job that `text` names. Raises `UsageError` if none is, or several are."""
    found = candidates(connection, text, account=account)
    if not found:
        where = f" in account {account}" if account else ""
        raise UsageError(
            f"no job's id{where} begins with {text!r}, and no input file is called so: see "
            "batchbell status --all"
        )
    return found[0]


def find_history(database: Database, text: str, *, account: str | None) -> JobHistory:
    """Read the history of the job that `text` names. Raises `UsageError` or `DatabaseError`."""
    with reading(database) as connection:
        item = find_job(connection, text, account=account)
        return job_history(connection, item, corrected_now(accounts.load_all(connection)))


def candidates(
    connection: Transaction, text: str, *, account: str | None = None
) -> list[AccountJob]:
    """Return the one job that `text` names, or nothing. Raises `UsageError` if several are.

    A name counts where no id begins so: whoever names a file can't put it before another job.
    """
    if not text:
        raise UsageError("the job's id is empty: see batchbell status")
    limit = _MOST_CANDIDATES + 1
    found = jobs.find(connection, text, account=account, limit=limit)
    if not found:
        names = (text, f"{text}.jsonl")
        found = jobs.with_input(connection, names, account=account, limit=limit)
    if len(found) > 1:
        raise UsageError(_ambiguous(text, found))
    return found


def _ambiguous(text: str, found: list[AccountJob]) -> str:
    several_accounts = len({item.account for item in found}) > 1
    is_name = not found[0].record.job.id.lower().startswith(text.lower())
    lines = [_line(item, with_account=several_accounts) for item in found[:_MOST_CANDIDATES]]
    if len(found) > _MOST_CANDIDATES:
        lines.append("  ...")
    hint = "write the id of one" if is_name else "write more of it"
    hint += ", or name the --account" if several_accounts else ""
    return "\n".join([f"{text!r} may be any of these jobs; {hint}:", *lines])


def _line(item: AccountJob, *, with_account: bool) -> str:
    job = item.record.job
    account = f", account {item.account}" if with_account else ""
    return f"  {job.id}  ({one_line(job.status or 'no status')}{account})"
