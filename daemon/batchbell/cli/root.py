"""`batchbell`: the options of every command, and the list of commands."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import click

from batchbell import __version__
from batchbell.cli.lazy_group import KnownCommand, LazyGroup
from batchbell.cli.terminal.readers_clock import times_in
from batchbell.cli.time_zone import zone_of_reader


@dataclass(frozen=True, slots=True)
class Invocation:
    """What every command is given as `ctx.obj`."""

    #: The file named by `--config`, None if it has to be looked for.
    config_file: Path | None


def _command(name: str, summary: str, *, module: str | None = None) -> tuple[str, KnownCommand]:
    return name, KnownCommand(f"batchbell.cli.{module or name.replace('-', '_')}:command", summary)


COMMANDS = dict(
    (
        _command("run", "Watch and tell: the daemon, in the foreground."),
        _command("status", "Show all jobs, and how accounts and channels do."),
        _command("show", "Show everything about one job."),
        _command("events", "Show the event log."),
        _command("explain", "Show who was told of a job's events, who was not, and why."),
        _command("deliveries", "Show the delivery ledger, or retry what was given up."),
        _command("wait", "Wait until jobs finish.", module="wait.command"),
        _command("cancel", "Cancel a job at Together."),
        _command("fetch", "Fetch the result files of jobs, and print where they are."),
        _command("results", "Count what came back of a job, and why not everything did."),
        _command("retry", "Write the requests of a job that are to be sent again."),
        _command("merge", "Make one output of a job and of those that sent its requests again."),
        _command("ack", "Acknowledge a job's failure, which ends its reminders."),
        _command("mute", "Tell nobody about some jobs for a while, or show what is muted."),
        _command("unmute", "End mutes before their time."),
        _command("poll", "Poll every account and deliver once, for cron."),
        _command("notify-test", "Send a sample message to the channels."),
        _command("preview", "Show what a message looks like, without sending it."),
        _command("route", "Say which channels an event would go to, and why not to the others."),
        (
            "config",
            KnownCommand("batchbell.cli.config:config", "Check, show or start the configuration."),
        ),
        _command(
            "doctor",
            "Check everything batchbell needs, and say what to do.",
            module="doctor.command",
        ),
        _command("healthcheck", "Ask the daemon whether it works, for containers."),
        _command("db", "Upgrade, back up or shrink the database."),
        _command("completion", "Print completions for bash, zsh or fish."),
        _command("demo", "Watch simulated jobs ring; needs no key."),
    )
)


@click.group(
    help="Ring when Together AI batch jobs change.",
    cls=LazyGroup,
    known=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="batchbell %(version)s")
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Configuration file; looked for in the usual places without it.",
)
@click.pass_context
def root(ctx: click.Context, config_file: Path | None) -> None:
    """Take the options of every command."""
    ctx.obj = Invocation(config_file)
    ctx.with_resource(times_in(zone_of_reader(os.environ)))
    if os.environ.get("NO_COLOR"):
        # What rich does by itself. Source: no-color.org.
        ctx.color = False
