"""A click group that imports a command when it is run, and tells errors in one sentence."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

import click
from click.shell_completion import CompletionItem

from batchbell.errors import BatchbellError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: A process ended by Ctrl-C. Source: the shell's convention, 128 + SIGINT.
INTERRUPTED = 130


class KnownCommand(NamedTuple):
    """A command that can be run: where its code is, and what the list of commands says of it."""

    #: `module:attribute`.
    place: str
    #: One line for `--help`.
    summary: str


class LazyGroup(click.Group):
    """Knows its commands by name and summary alone."""

    def __init__(self, *, known: Mapping[str, KnownCommand], **attrs: object) -> None:
        """`known` has the commands in the order of the list."""
        super().__init__(**attrs)  # type: ignore[arg-type]  # handed through as the decorator got them
        self._known = known

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in our order."""
        del ctx
        return list(self._known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None for an unknown name."""
        del ctx
        known = self._known.get(cmd_name)
        if known is None:
            return None
        module, _, attribute = known.place.partition(":")
        with no_collecting():
            command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command to run; an unknown name is answered with the nearest right one."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand:
            raise click.NoSuchCommand(args[0], possibilities=self._known, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, known.summary) for name, known in self._known.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the commands that begin so, with their summaries, without importing any."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [
            CompletionItem(name, help=known.summary)
            for name, known in self._known.items()
            if name.startswith(incomplete)
        ]

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; our own errors become a sentence, Ctrl-C a silent exit."""
        try:
            return super().invoke(ctx)
        except BatchbellError as error:
            click.echo(f"batchbell: {_sentence(error)}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)


def _sentence(error: BatchbellError) -> str:
    """Return what to print; several problems of the configuration stand below each other."""
    if not isinstance(error, ConfigError):
        return str(error)
    return "\n  ".join(["the configuration can't be used:", *map(str, error.problems)])


@contextmanager
def no_collecting() -> Iterator[None]:
    """Look for no garbage among modules, now or later: there is none, and a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
