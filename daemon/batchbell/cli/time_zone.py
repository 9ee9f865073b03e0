"""Whose clock a command shows: that of whoever reads it, as `git`, `journalctl` and `ls` do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

#: A zone that is described rather than named: `CET-1CEST,M3.5.0,M10.5.0/3`.
#: Source: POSIX.1-2024, Base Definitions, 8.3 "Other Environment Variables".
_RULE = re.compile(r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?\d.*", re.ASCII)


class _MachineTime(tzinfo):
    """The machine's local time, as its C library knows it.

    Times are only shown in it, never made: what it returns has the offset and the name of then.
    """

    def fromutc(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone()

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        del moment
        return None

    dst = utcoffset

    def tzname(self, moment: datetime | None) -> str | None:
        del moment
        return None


MACHINE_TIME = _MachineTime()
#: What the machine's zone is: on most systems a link to a file that has the zone's name.
_LOCALTIME = Path("/etc/localtime")


def zone_of_reader(environ: Mapping[str, str], localtime: Path = _LOCALTIME) -> tzinfo:
    """Return the zone that `TZ` names, without it the machine's; UTC if there is no such zone."""
    named = environ.get("TZ")
    if named is None:
        _, _, name = str(localtime.resolve()).partition("/zoneinfo/")
        return _called(name) or MACHINE_TIME
    name = named.removeprefix(":")
    return MACHINE_TIME if _RULE.fullmatch(name) else _called(name) or UTC


def _called(name: str) -> ZoneInfo | None:
    """Return the zone of the IANA database, or of a file; None if there is none."""
    try:
        if not name.startswith("/"):
            return ZoneInfo(name)
        with Path(name).open("rb") as file:
            return ZoneInfo.from_file(file)
    except (LookupError, ValueError, OSError):
        return None
