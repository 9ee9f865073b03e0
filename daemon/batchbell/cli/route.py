"""`batchbell route`: a dry run of which channels an event would go to."""

from __future__ import annotations

from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import click

from batchbell.cli.completing import account_names, event_kinds
from batchbell.cli.loading import load_config
from batchbell.cli.reading import open_database, reading
from batchbell.cli.terminal.channel_rows import ChannelRow, names_width, row_lines
from batchbell.cli.terminal.event_lines import painted
from batchbell.cli.terminal.readers_clock import readers_zone, shown_time
from batchbell.cli.terminal.signs import sign
from batchbell.core.delivery.pacing import quiet_hold
from batchbell.core.event import EventKind, Severity, severity_of
from batchbell.core.route_plan import Subject, verdicts
from batchbell.errors import BatchbellError, DatabaseError, UsageError
from batchbell.json_views.writing import document, time_text
from batchbell.messages.not_told import why_these_were_not_told
from batchbell.messages.plain_text import duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from batchbell.config import Settings
    from batchbell.core.delivery.pacing import Pacing
    from batchbell.core.mute import Mute
    from batchbell.core.routing import Filter

_INDENT = "  "


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
    filters, muted = _as_things_stand(settings, ctx.obj.config_file, now)
    told = verdicts(kinds, filters, subject, now, muted=muted)
    pacings = {name: pacing_of(channel) for name, channel in settings.channels.items()}
    if as_json:
        routes = [_json(each, reasons, pacings, now) for each, reasons in told.items()]
        click.echo(document(routes))
    else:
        click.echo("\n".join(_lines(told, pacings, now)))


def _as_things_stand(
    settings: Settings, config_file: Path | None, now: datetime
) -> tuple[list[Filter], Sequence[Mute]]:
    """Return the filters, closed where a receiver wants no more, and the mutes in force.

    Without a database there are none of both.
    """
    from batchbell.config.channel_filter import filters_of
    from batchbell.store import mutes
    from batchbell.usecases.announce import as_they_are

    filters = filters_of(settings)
    try:
        with reading(open_database(config_file)) as connection:
            return as_they_are(connection, filters), mutes.load(connection, now)
    except DatabaseError:
        return filters, ()


def _kinds(glob: str) -> list[EventKind]:
    from batchbell.config.nearest import nearest

    found = [kind for kind in EventKind if fnmatchcase(kind.value, glob)]
    if not found:
        names = [kind.value for kind in EventKind]
        raise UsageError(
            f"no kind of event is like {glob!r}; the nearest is {nearest(glob, names)}"
        )
    return found


def _lines(
    told: Mapping[EventKind, Mapping[str, str]], pacings: Mapping[str, Pacing], now: datetime
) -> Iterator[str]:
    width = names_width(pacings)
    for at, (kind, reasons) in enumerate(told.items()):
        severity = severity_of(kind)
        if at:
            yield ""
        yield f"{painted(sign(severity), severity)} {kind.value} ({severity.name.lower()})"
        waits = {name: _when(pacing, kind, now) for name, pacing in pacings.items()}
        for row in _rows(reasons, waits):
            yield from row_lines(row, _INDENT, width)


def _rows(reasons: Mapping[str, str], waits: Mapping[str, str]) -> Iterator[ChannelRow]:
    """Yield the channels that are told, then those that are not, in a row what is alike."""
    told: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        if reason:
            others.setdefault(reason, []).append(name)
        else:
            told.setdefault(waits[name], []).append(name)
    for wait, names in told.items():
        yield ChannelRow(Severity.SUCCESS, names, f"told{wait}")
    for reason, names in others.items():
        why = why_these_were_not_told(reason, len(names), readers_zone())
        yield ChannelRow(Severity.INFO, names, f"not told: {why}", is_dim=True)


def _when(pacing: Pacing, kind: EventKind, now: datetime) -> str:
    """Say what keeps the message waiting; '' if nothing does."""
    parts = []
    hold = quiet_hold(pacing, now)
    passes = pacing.quiet_except is not None and severity_of(kind) >= pacing.quiet_except
    if hold is not None and not passes:
        parts.append(f"held now: quiet hours until {shown_time(hold.until)}")
    if pacing.digest_every is not None:
        parts.append(f"at most every {duration(pacing.digest_every)}, in a digest")
    if pacing.rate is not None:
        parts.append(f"at most {pacing.rate.messages} messages in {duration(pacing.rate.per)}")
    return "".join(f"; {part}" for part in parts)


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
