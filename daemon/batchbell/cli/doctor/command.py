"""`batchbell doctor`: looks at everything batchbell needs, and says what to put right."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import click

from batchbell.cli.doctor.report import report
from batchbell.core.event import Severity
from batchbell.errors import ConfigError, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from batchbell.cli.doctor.finding import Finding
    from batchbell.cli.root import Invocation
    from batchbell.config import Settings
    from batchbell.store.database import Database


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check everything batchbell needs, and say what to put right: that first.

    Sends nothing and makes nothing. Exit status 1 if something must be put right.
    """
    invocation: Invocation = ctx.obj
    findings = find_all(invocation.config_file)
    ok = all(finding.severity is not Severity.FAILURE for finding in findings)
    if as_json:
        answer = {"ok": ok, "checks": [finding.to_json() for finding in findings]}
        click.echo(json.dumps(answer, indent=2))
    else:
        click.echo("\n".join(report(findings)))
    ctx.exit(int(not ok))


def find_all(config_file: Path | None) -> list[Finding]:
    """Make every check that can be made; what fails stops no other."""
    from batchbell.cli.doctor.configuration import check_configuration
    from batchbell.cli.doctor.database import check_database

    loaded, findings = check_configuration(config_file)
    database = None
    url = _database_url(config_file)
    if url is not None:
        database, found = check_database(url)
        findings += found
    if loaded is not None:
        findings += _about_watching(loaded.settings, database)
    return findings


def _about_watching(settings: Settings, database: Database | None) -> list[Finding]:
    from batchbell.cli.doctor.accounts import check_api, check_polls
    from batchbell.cli.doctor.channels import check_channels
    from batchbell.cli.doctor.kept_files import check_kept_files
    from batchbell.cli.doctor.results import check_results
    from batchbell.clock import Clock

    clock = Clock()
    findings = asyncio.run(check_api(settings, clock))
    now = clock.now()
    if database is not None:
        runs = database.daemon_runs()
        findings += _tried(
            lambda: check_polls(settings, database, now=now, daemon_runs=runs), "polls"
        )
        findings += _tried(
            lambda: check_results(settings, database, now=now, daemon_runs=runs), "results"
        )
    findings += check_kept_files(settings)
    return findings + _tried(lambda: check_channels(settings, database, now), "channels")


def _tried(check: Callable[[], list[Finding]], subject: str) -> list[Finding]:
    from batchbell.cli.doctor.finding import wrong

    try:
        return check()
    except DatabaseError as error:
        return [wrong(subject, str(error))]


def _database_url(config_file: Path | None) -> str | None:
    """Return where the database is, also when the rest of the configuration can't be used."""
    from batchbell.config import database_url

    try:
        return database_url(config_file, os.environ)
    except ConfigError:
        # It is among the problems found already.
        return None
