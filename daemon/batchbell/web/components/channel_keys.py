"""What is set for a channel besides its receiver, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config.show import rows
from batchbell.config.table import NAMES
from batchbell.core.event import Severity
from batchbell.web.components.configured import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config import LoadedConfig
    from batchbell.config.show import Shown, ShownKey

#: Where a key's own name reads badly.
_LABELS: Mapping[str, str] = {
    "exec": "Program",
    "remind_every": "Reminds every",
    "timezone": "Times in",
}
#: What says what a channel is told, in one row that each has.
_TOLD = frozenset({"events", "min_severity"})
_USUAL = "ends of jobs, warnings and outages"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKey:
    """A key that is set, and its value."""

    label: str
    value: str
    is_zone: bool = False
    #: Whether it says that a channel is told what every channel is told if nothing is set.
    is_usual: bool = False


def keys_of_channel(loaded: LoadedConfig | None, channel: str) -> list[ChannelKey]:
    """Return what a channel is told, and what is set for it; secrets are left out."""
    settings = None if loaded is None else loaded.settings.channels.get(channel)
    if loaded is None or settings is None:
        return []
    section = ("channels", channel)
    known = {row.key_path[-1]: row for row in rows(loaded) if row.key_path[:-1] == section}
    words = _told(known["events"].value, settings.min_severity)
    told = ChannelKey(label="Told", value=words, is_usual=words == _USUAL)
    others = (
        ChannelKey(label=_label(name), value=_value(row, name), is_zone=name == "timezone")
        for name, row in known.items()
        if name in settings.model_fields_set - _TOLD
        and ("channels", "*", name) not in NAMES.secrets
    )
    return [told, *others]


def _told(events: Shown, at_least: Severity) -> str:
    """Return `all events`, or `batch.failed, account.*, at least warning`."""
    globs = events if isinstance(events, list) else [_USUAL]
    kinds = "all events" if globs == ["*"] else ", ".join(globs) or "nothing"
    least = "" if at_least is min(Severity) else f", at least {at_least.name.lower()}"
    return f"{kinds}{least}"


def common_zone(loaded: LoadedConfig | None) -> str:
    """Return the time zone that several channels have alike; '' if they have none."""
    several = () if loaded is None else loaded.settings.channels.values()
    zones = {each.timezone for each in several}
    return zones.pop() if len(several) > 1 and len(zones) == 1 else ""


def _label(name: str) -> str:
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def _value(row: ShownKey, name: str) -> str:
    """Return it without what only a file needs: quotes and brackets."""
    if name == "exec":
        return shown(row, name)
    if isinstance(row.value, list):
        return ", ".join(row.value) or "none"
    return row.value if isinstance(row.value, str) else shown(row, name)
