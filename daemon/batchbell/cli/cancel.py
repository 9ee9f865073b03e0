"""`batchbell cancel`: cancel a job at its provider, and record what that answers."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from batchbell.cli.completing import account_names, job_ids
from batchbell.cli.loading import load_accounts
from batchbell.errors import BatchbellError, NotFoundError, RefusedError, UsageError
from batchbell.messages.job_step import job_command
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.cli.root import Invocation
    from batchbell.config import LoadedConfig
    from batchbell.core.job import BatchJob
    from batchbell.store.database import Database
    from batchbell.store.job_rows import AccountJob

_PROVIDER = shipped().words
_HELP = f"""Cancel a job at {_PROVIDER.name}.

JOB_ID may be the beginning of an id, or the input file's name, if that is enough to tell the job.
What the job has finished is kept{", and billed" if _PROVIDER.bills_parts else ""}.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The job that is meant."""

    account: str
    job_id: str
    #: As the snapshot has it; None for a job it does not have.
    job: BatchJob | None = None


@click.command("cancel", help=_HELP)
@click.argument("job_id", metavar="JOB_ID", shell_complete=job_ids)
@click.option(
    "--account",
    metavar="NAME",
    shell_complete=account_names,
    help="The job's account, if the id alone won't do.",
)
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.pass_obj
def command(invocation: Invocation, job_id: str, account: str | None, yes: bool) -> None:
    """Cancel a job at its provider."""
    from batchbell.cli.job_argument import candidates
    from batchbell.cli.reading import reading
    from batchbell.store.opening import database_at

    loaded = load_accounts(invocation.config_file)
    settings = loaded.settings
    url = settings.database_url.get_secret_value()
    with reading(database_at(url, read_only=True)) as connection:
        found = candidates(connection, job_id, account=account)
    target = target_of(job_id, found, account=account, accounts=list(settings.accounts))
    _confirm(target, yes=yes)
    database = database_at(url)
    try:
        job = asyncio.run(_cancel(target, loaded, database))
    except RefusedError as error:
        raise BatchbellError(_refusal(target, error)) from error
    except NotFoundError as error:
        words = f"account {target.account} has no job {target.job_id}: {error}"
        raise BatchbellError(words) from error
    finally:
        database.close()
    wait = job_command("wait", job.id) or "batchbell wait"
    click.echo(f"job {job.id} is {job.status}; to wait for its end: {wait}")


def target_of(
    text: str, found: Sequence[AccountJob], *, account: str | None, accounts: Sequence[str]
) -> Target:
    """Return which job is meant; an id the snapshot lacks, `found` being empty, is taken as it is.

    Raises `UsageError` if its account can't be said.
    """
    if account is not None and account not in accounts:
        raise UsageError(_no_account(account, accounts))
    for item in found:
        if item.account not in accounts:
            raise UsageError(_no_account(item.account, accounts))
        return Target(account=item.account, job_id=item.record.job.id, job=item.record.job)
    if account is None and len(accounts) > 1:
        raise UsageError(
            f"no job in the snapshot begins with {text!r}: say in which of the accounts "
            f"{', '.join(accounts)} it is, with --account"
        )
    return Target(account=account or accounts[0], job_id=text)


def _no_account(name: str, accounts: Sequence[str]) -> str:
    return f"account {name!r} is not configured; there is {', '.join(accounts)}"


def _confirm(target: Target, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("there is no terminal to ask on: say --yes to cancel without asking")
    if not click.confirm(f"Cancel {_described(target)}?", err=True):
        raise BatchbellError("nothing was cancelled")


def _described(target: Target) -> str:
    job = target.job
    if job is None:
        return f"job {target.job_id} of account {target.account}, which no poll has seen"
    progress = "unknown progress" if job.progress is None else f"{job.progress:.1%} done"
    facts = ", ".join((job.model_id or "unknown model", job.status or "unknown status", progress))
    return f"job {job.id} of account {target.account} ({facts})"


async def _cancel(target: Target, config: LoadedConfig, database: Database) -> BatchJob:
    from batchbell.clock import Clock
    from batchbell.config import secret_values
    from batchbell.observability.redaction import Redaction
    from batchbell.runtime.account_parts import AccountParts
    from batchbell.runtime.in_force import InForce
    from batchbell.usecases import cancel

    in_force, clock = InForce(config), Clock()
    parts = AccountParts(
        in_force=in_force,
        database=database,
        clock=clock,
        provider=shipped(),
        redaction=Redaction(secret_values(config.settings)),
    )
    async with await parts.client(target.account) as client:
        return await cancel.cancel(
            target.job_id,
            account=target.account,
            client=client,
            database=database,
            clock=clock,
            filters=in_force.filters(),
            collecting=config.settings.collection_terms(target.account),
        )


def _refusal(target: Target, error: RefusedError) -> str:
    ended = target.job is not None and target.job.finished
    state = f"it is {target.job.status} already" if target.job and ended else "the API refused"
    return f"job {target.job_id} was not cancelled, {state}: {error.text or error}"
