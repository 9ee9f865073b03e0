"""Warnings: what is allowed, but probably not meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from batchbell.config import urls
from batchbell.config.channel_filter import filters_of
from batchbell.config.durations import format_duration
from batchbell.config.names import dotted
from batchbell.core.route_plan import kinds_told, tells_no_failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.config.settings import Settings
    from batchbell.config.sources import Sources

#: What passes a filter does not depend on it.
_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)
#: The API's documentation asks for a poll every 30 to 60 seconds.
_FASTEST_KIND_POLL = timedelta(seconds=30)


def warnings_about(settings: Settings, sources: Sources) -> Iterator[str]:
    """Yield one sentence for each thing worth a second look."""
    yield from _about_the_file(sources)
    yield from _about_accounts(settings)
    yield from _about_channels(settings)
    if not settings.database_url.get_secret_value().startswith(("sqlite:////", "postgres")):
        yield "database_url: the path is relative, so every command must run in the same folder"


def _about_the_file(sources: Sources) -> Iterator[str]:
    """Warn when everybody can read a secret in the configuration file."""
    if not sources.readable_by_all:
        return
    secrets = sources.secrets_in_file
    if secrets:
        named = ", ".join(dotted(path) for path in secrets)
        yield f"{sources.path} holds {named} and can be read by every user: use chmod 600"


def _about_accounts(settings: Settings) -> Iterator[str]:
    """Warn of polls that are too fast and of keys sent in the clear."""
    for name, account in settings.accounts.items():
        if account.poll_interval < _FASTEST_KIND_POLL:
            least = format_duration(_FASTEST_KIND_POLL)
            yield f"accounts.{name}.poll_interval: below {least} the API may refuse polls"
        if urls.goes_in_the_clear(account.base_url):
            yield f"accounts.{name}.base_url: plain http sends the key unencrypted: use https"


def _about_channels(settings: Settings) -> Iterator[str]:
    """Warn when nobody is notified, or a filter names no account."""
    if not settings.channels:
        yield "there is no channel: events go to the log only; write [channels.NAME] with a url"
    told = kinds_told(filters_of(settings), _ANY_TIME)
    if settings.channels and tells_no_failure(filters_of(settings), _ANY_TIME):
        yield "no channel can ever be told that a job failed: look at their events and min_severity"
    for name, channel in settings.channels.items():
        if not told[name]:
            yield f"channels.{name} can never be told anything: look at its events and min_severity"
        if channel.quiet_except is not None and not channel.quiet_hours:
            yield f"channels.{name}.quiet_except does nothing without quiet_hours"
        for number, glob in enumerate(channel.accounts, start=1):
            if not any(fnmatchcase(account, glob) for account in settings.accounts):
                yield f"channels.{name}.accounts: entry {number} matches no account"
