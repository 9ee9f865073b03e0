"""`batchbell run`: the daemon, in the foreground."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.cli.loading import configure_logs, load_config

if TYPE_CHECKING:
    from batchbell.cli.root import Invocation
    from batchbell.config import LoadedConfig


@click.command("run")
@click.pass_obj
def command(invocation: Invocation) -> None:
    """Watch the accounts and tell the channels, until SIGTERM or Ctrl-C.

    SIGHUP reloads the configuration; one that can't be used changes nothing.
    """
    from batchbell import process

    def load() -> LoadedConfig:
        loaded = load_config(invocation.config_file)
        configure_logs(loaded.settings)
        return loaded

    process.serve(load(), load)
