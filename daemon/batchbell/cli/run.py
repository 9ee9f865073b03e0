"""`batchbell run`: the daemon, in the foreground."""

from __future__ import annotations

import signal
import sys
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
    _stop_while_starting()
    from batchbell import process

    def load() -> LoadedConfig:
        loaded = load_config(invocation.config_file)
        configure_logs(loaded.settings)
        return loaded

    process.serve(load(), load)


def _stop_while_starting() -> None:
    """Take the signals until the daemon does: imports and a configuration take their time.

    A process that is the first of a container would not even end without this.
    """

    def stop(*_: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    # The configuration is about to be read: there is nothing to read anew.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
