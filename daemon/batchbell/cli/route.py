"""`batchbell route`: a dry run of which channels an event would go to."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from batchbell.cli.completing import account_names, event_kinds
from batchbell.cli.loading import load_config
from batchbell.cli.reading import open_database, reading
from batchbell.cli.terminal.route_lines import ReadyChannel, route_lines
from batchbell.core.delivery.pacing import quiet_hold
from batchbell.core.event import EventKind, severity_of
from batchbell.core.route_plan import Subject, verdicts
from batchbell.errors import BatchbellError, DatabaseError, UsageError
from batchbell.json_views.writing import document, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from batchbell.config import Settings
    from batchbell.core.channel_health import ChannelHealth
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.mute import Mute
    from batchbell.core.routing import Filter


@click.command("route")
@click.option(
    "--event",
    "kind",
    metavar="KIND",
    required=True,
    shell_complete=event_kinds,
    help="Kind, or a glob of kinds.",
)
@click.option(
    "--account",
    metavar="NAME",
    shell_complete=account_names,
    help="Account  [default: the first one].",
)
@click.option("--model", metavar="ID", help="Model; without it the job has none.")
@click.option("--endpoint", metavar="PATH", help="Endpoint; without it the job has none.")
@click.option("--user", metavar="ID", help="User; without it the job has none.")
@click.option("--input-file", metavar="NAME", help="Name of the input file; without it unknown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    kind: str,
    account: str | None,
    model: str | None,
    endpoint: str | None,
    user: str | None,
    input_file: str | None,
    as_json: bool,
) -> None:
    """Say which channels would be told of an event, why the others would not, and what waits.

    Nothing is sent or recorded.
    """
    from batchbell.config.channel_filter import pacing_of

    settings = load_config(ctx.obj.config_file).settings
    if not settings.channels:
        raise BatchbellError("there is no channel: events go to the log only")
    kinds = _kinds(kind)
    subject = Subject(
        account=account or next(iter(settings.accounts)),
        model=model,
        endpoint=endpoint,
        user=user,
        input_file=input_file,
    )
    now = datetime.now(UTC)
    filters, muted, health = _as_things_stand(settings, ctx.obj.config_file, now)
    told = verdicts(kinds, filters, subject, now, muted=muted)
    pacings = {name: pacing_of(channel) for name, channel in settings.channels.items()}
    if as_json:
        routes = [_json(each, reasons, pacings, now) for each, reasons in told.items()]
        click.echo(document(routes))
    else:
        ready = {name: ReadyChannel(each, health.get(name)) for name, each in pacings.items()}
        click.echo("\n".join(route_lines(told, ready, now)))


def _as_things_stand(
    settings: Settings, config_file: Path | None, now: datetime
) -> tuple[list[Filter], Sequence[Mute], Mapping[str, ChannelHealth]]:
    """Return the filters, closed where a receiver wants no more, the mutes, and how channels do.

    Without a database nothing of that is known.
    """
    from batchbell.config.channel_filter import filters_of
    from batchbell.store import channels, mutes
    from batchbell.usecases.announce import as_they_are

    filters = filters_of(settings)
    try:
        with reading(open_database(config_file)) as connection:
            health = {name: channels.load(connection, name) for name in settings.channels}
            return as_they_are(connection, filters), mutes.load(connection, now), health
    except DatabaseError:
        return filters, (), {}


def _kinds(glob: str) -> list[EventKind]:
    from batchbell.config.nearest import nearest

    found = [kind for kind in EventKind if fnmatchcase(kind.value, glob)]
    if not found:
        names = [kind.value for kind in EventKind]
        raise UsageError(
            f"no kind of event is like {glob!r}; the nearest is {nearest(glob, names)}"
        )
    return found


def _json(
    kind: EventKind, reasons: Mapping[str, str], pacings: Mapping[str, Pacing], now: datetime
) -> dict[str, Any]:
    held = {name: quiet_hold(pacing, now) for name, pacing in pacings.items()}
    return {
        "kind": kind.value,
        "severity": severity_of(kind).name.lower(),
        "channels": [
            {
                "name": name,
                "told": not reason,
                "reason": reason,
                "quiet_until": time_text(hold.until) if (hold := held[name]) else None,
            }
            for name, reason in reasons.items()
        ],
    }
