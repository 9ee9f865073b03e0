"""How to submit what `batchbell retry` wrote: one command to be pasted, and what comes then."""

from __future__ import annotations

import os
import re
from shlex import quote
from typing import TYPE_CHECKING

import click

from batchbell.core.text import is_harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.cli.cancel import Target
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.core.job import BatchJob

#: What a shell takes for the name of a variable.
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def submitting_lines(
    job: BatchJob,
    path: Path,
    target: Target,
    settings: Settings,
    invocation: Invocation,
    *,
    way: str,
    once: str = "",
) -> Iterator[str]:
    """Yield the command, and what takes the job off the lists.

    `once` is what has to be done before, `Once repaired`. Nothing is yielded for a hostile name.
    """
    from batchbell.cli.terminal.hanging import command_lines, hanging
    from batchbell.cli.terminal.output import on_terminal
    from batchbell.messages.job_step import job_command
    from batchbell.providers.submitting import SubmitWay
    from batchbell.runtime.provider import shipped

    account = target.account
    tool, commands = shipped().submit_commands(
        str(path),
        job.endpoint,
        settings.accounts[account].base_url,
        _key_in_shell(account, settings, invocation),
        SubmitWay(way),
    )
    if not commands:
        return
    if on_terminal():
        yield ""
    heading = f"{once}, submit them" if once else "Submit them"
    whose = f" and the key of account {account}" if len(settings.accounts) > 1 else ""
    yield from hanging(f"{click.style(heading, bold=True)}, with {tool}{whose}:", below=0)
    yield from (f"  {line}" for line in commands)
    if _asks_for_ack(target, settings):
        yield from command_lines("Then take the job off the list", job_command("ack", job.id))


def _key_in_shell(account: str, settings: Settings, invocation: Invocation) -> str:
    """Return what a shell takes for the account's key, and stops at if there is none.

    It is the variable or the file that the key comes from. One that stands in the configuration is
    expected in a variable, of several accounts in that account's own: what other programs read may
    be another's.
    """
    from batchbell.config import KeySource
    from batchbell.config.names import variable
    from batchbell.config.together import API_KEY_VARIABLE

    place = KeySource(account=account, config_file=invocation.config_file, environ=os.environ)
    if place.file is not None and is_harmless_line(str(place.file)):
        return f"$(cat {quote(str(place.file.absolute()))})"
    own = variable(("accounts", account, "api_key"))
    usual = own if len(settings.accounts) > 1 else API_KEY_VARIABLE
    name = place.variable if _VARIABLE.fullmatch(place.variable) else usual
    return f'"${{{name}:?not set: nothing is sent}}"'


def _asks_for_ack(target: Target, settings: Settings) -> bool:
    """Whether lists ask for something about the job, as far as anybody knows here."""
    from batchbell.cli.job_argument import find_history
    from batchbell.store.opening import database_at

    if target.job is None:
        return False
    database = database_at(settings.database_url.get_secret_value(), read_only=True)
    return find_history(database, target.job_id, account=target.account).asks_for_ack
