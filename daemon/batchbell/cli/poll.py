"""`batchbell poll`: one poll of every account and one delivery round, for cron."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import click

from batchbell.cli.loading import configure_logs, load_config
from batchbell.cli.log_level import log_level_option
from batchbell.messages.plain_text import counted

if TYPE_CHECKING:
    from batchbell.cli.root import Invocation
    from batchbell.usecases.poll import PollReport


@click.command("poll")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@log_level_option
@click.pass_context
def command(ctx: click.Context, as_json: bool, log_level: str | None) -> None:
    """Poll every account once and deliver what is due, for cron.

    Exit status 1 if an account could not be polled, 75 if a daemon runs on this database.
    """
    from batchbell.config import KeySource
    from batchbell.observability.redaction import Redaction
    from batchbell.runtime.bootstrap import build_round, real_ports

    invocation: Invocation = ctx.obj
    loaded = load_config(invocation.config_file)
    redaction = Redaction()
    configure_logs(loaded.settings, redaction, level=log_level)
    ports = real_ports(loaded.settings)

    def key_place(account: str) -> KeySource:
        return KeySource(account=account, config_file=invocation.config_file, environ=os.environ)

    one_round = build_round(loaded, ports, redaction=redaction, key_place=key_place)
    reports = asyncio.run(one_round.run())
    if as_json:
        click.echo(json.dumps({"accounts": [_as_json(report) for report in reports]}, indent=2))
    else:
        for report in reports:
            click.echo(_line(report), err=report.error is not None)
    ctx.exit(int(any(report.error is not None for report in reports)))


def _line(report: PollReport) -> str:
    if report.error is not None:
        return f"{report.account}: not polled: {report.error}"
    if not report.events:
        return f"{report.account}: polled, nothing new"
    kinds = ", ".join(sorted({event.kind.value for event in report.events}))
    return f"{report.account}: polled, {counted(len(report.events), 'new event')}: {kinds}"


def _as_json(report: PollReport) -> dict[str, object]:
    return {
        "account": report.account,
        "ok": report.error is None,
        "error": None if report.error is None else str(report.error),
        "events": [
            {"kind": event.kind.value, "job": event.job_id or None} for event in report.events
        ],
    }
