"""`batchbell run`: the daemon, in the foreground."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import click

from batchbell.cli.lazy_group import no_collecting
from batchbell.cli.loading import configure_logs, load_config
from batchbell.cli.log_level import log_level_option

if TYPE_CHECKING:
    from batchbell.cli.root import Invocation
    from batchbell.config import LoadedConfig


@click.command("run")
@log_level_option
@click.pass_obj
def command(invocation: Invocation, log_level: str | None) -> None:
    """Watch the accounts and tell the channels, until SIGTERM or Ctrl-C.

    SIGHUP reloads the configuration; one that can't be used changes nothing.
    """
    _stop_while_starting()
    with no_collecting():
        from batchbell.config import KeySource
        from batchbell.observability.redaction import Redaction
        from batchbell.runtime import process

    redaction = Redaction()

    def load() -> LoadedConfig:
        loaded = load_config(invocation.config_file)
        configure_logs(loaded.settings, redaction, level=log_level)
        return loaded

    def key_place(account: str) -> KeySource:
        return KeySource(account=account, config_file=invocation.config_file, environ=os.environ)

    process.serve(load(), load, redaction=redaction, key_place=key_place)


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
