"""What the page has to know of the configuration in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from batchbell.config import Settings
    from batchbell.config.settings import AccountSettings

#: An account counts as not seen once this many polls in a row brought nothing.
_INTERVALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Which accounts are watched, and how patiently."""

    #: How long ago the last good poll of each account may be.
    patience: Mapping[str, timedelta]


def watching(settings: Settings) -> Watching:
    """Return what a configuration asks for."""
    return Watching(
        patience={name: _patience(account) for name, account in settings.accounts.items()}
    )


def _patience(account: AccountSettings) -> timedelta:
    return _INTERVALS * account.poll_interval + account.request_timeout
