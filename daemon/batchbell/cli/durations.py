"""Durations as options of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from batchbell.config.durations import parse_duration

if TYPE_CHECKING:
    from datetime import timedelta


class DurationType(click.ParamType["timedelta"]):
    """A duration as the configuration writes them."""

    name = "duration"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Return the duration, or fail with what is right."""
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(f"{value!r} is {error}", param, ctx)
