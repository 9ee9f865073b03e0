"""Is the configuration usable, and is its file safe from others."""

from __future__ import annotations

import os
from datetime import UTC
from typing import TYPE_CHECKING

from batchbell.cli.doctor.finding import doubtful, fine, wrong
from batchbell.cli.doctor.permissions import about_permissions
from batchbell.cli.loading import load_config
from batchbell.cli.time_zone import zone_of_reader
from batchbell.errors import ConfigError
from batchbell.messages.plain_text import counted, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.cli.doctor.finding import Finding
    from batchbell.config import LoadedConfig, Settings

_SUBJECT = "configuration"
#: So much of what is no time zone is shown, characters.
_ZONE_CHARS = 60


def check_configuration(config_file: Path | None) -> tuple[LoadedConfig | None, list[Finding]]:
    """Load the configuration; None if it can't be used."""
    try:
        loaded = load_config(config_file)
    except ConfigError as error:
        return None, [wrong(_SUBJECT, str(problem)) for problem in error.problems]
    return loaded, [*_about(loaded), *_about_zone(), *_about_heartbeat(loaded.settings)]


def _about(loaded: LoadedConfig) -> Iterator[Finding]:
    settings = loaded.settings
    counts = (
        counted(len(settings.accounts), "account"),
        counted(len(settings.channels), "channel"),
    )
    place = "the environment alone" if loaded.path is None else loaded.path.absolute()
    yield fine(_SUBJECT, f"{place}: {', '.join(counts)}")
    for warning in loaded.warnings:
        yield doubtful(_SUBJECT, warning)
    yield from about_permissions(loaded)


def _about_zone() -> Iterator[Finding]:
    named = os.environ.get("TZ")
    if named and zone_of_reader(os.environ) is UTC:
        found = f"TZ is {one_line(named, _ZONE_CHARS)!r}, which is no time zone: times are in UTC"
        yield doubtful("time zone", found, "set it to a name such as Europe/Berlin, or unset it")


def _about_heartbeat(settings: Settings) -> Iterator[Finding]:
    if settings.alerts.heartbeat_url.get_secret_value():
        yield fine("heartbeat", "alerts.heartbeat_url is set and pinged after each good poll")
    else:
        yield doubtful(
            "heartbeat",
            "nobody would notice if this machine died",
            "set alerts.heartbeat_url to the address of a dead-man's switch",
        )
