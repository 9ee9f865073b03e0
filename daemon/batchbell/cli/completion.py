"""`batchbell completion`: what a shell needs to complete commands, ids and names."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

#: Where each shell looks for it, and what is written there.
_HOW = {
    "bash": "batchbell completion bash > ~/.local/share/bash-completion/completions/batchbell",
    "zsh": 'batchbell completion zsh > "${fpath[1]}/_batchbell"',
    "fish": "batchbell completion fish > ~/.config/fish/completions/batchbell.fish",
}
_SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


@click.command(
    epilog="\b\n" + "\n".join(_HOW.values()),
)
@click.argument("shell", type=click.Choice(tuple(_SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completions for a shell, to be put where it looks for them.

    Commands, options, job ids, accounts, channels and kinds of events are completed; ids and names
    come from the database.
    """
    made = _SHELLS[shell](ctx.find_root().command, {}, "batchbell", "_BATCHBELL_COMPLETE")
    # Not `source()`, which asks the bash on the path for its version: it need not be the one.
    click.echo(made.source_template % made.source_vars())
