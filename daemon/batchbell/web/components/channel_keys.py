"""What is set for a channel besides its receiver, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from batchbell.config.show import rows
from batchbell.config.table import NAMES
from batchbell.web.components.configured import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config import LoadedConfig
    from batchbell.config.show import ShownKey

#: Where a key's own name reads badly.
_LABELS: Mapping[str, str] = {
    "exec": "Program",
    "events": "Told",
    "min_severity": "At least",
    "remind_every": "Reminds every",
    "timezone": "Times in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelKey:
    """A key that is set, and its value."""

    label: str
    value: str
    is_zone: bool = False


def keys_of_channel(loaded: LoadedConfig | None, channel: str) -> list[ChannelKey]:
    """Return what is set for a channel; defaults and secrets are left out."""
    settings = None if loaded is None else loaded.settings.channels.get(channel)
    if loaded is None or settings is None:
        return []
    found = ((row.path.rpartition("."), row) for row in rows(loaded))
    return [
        ChannelKey(label=_label(name), value=_value(row, name), is_zone=name == "timezone")
        for (section, _, name), row in found
        if section == f"channels.{channel}"
        and name in settings.model_fields_set
        and ("channels", "*", name) not in NAMES.secrets
    ]


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
    if name == "events" and row.value == ["*"]:
        return "all events"
    if isinstance(row.value, list):
        return ", ".join(row.value) or "none"
    return row.value if isinstance(row.value, str) else shown(row, name)
