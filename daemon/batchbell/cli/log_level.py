"""`--log-level`, for a closer look without a change of the configuration."""

from __future__ import annotations

import click

log_level_option = click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    help="Log from this level on, whatever the configuration says.",
)
