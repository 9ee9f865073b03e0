"""The whole configuration, for the commands that need more of it than the database."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config import LoadedConfig, Settings
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import ApiKey


def load_config(config_file: Path | None) -> LoadedConfig:
    """Load this process's configuration. Raises `ConfigError` with every problem."""
    from batchbell.cli.private_memory import close_memory
    from batchbell.config import load
    from batchbell.receivers.channel_check import check_channel, doubts_about

    close_memory()
    return load(config_file, os.environ, check_channel=check_channel, doubt_channel=doubts_about)


def load_accounts(config_file: Path | None) -> LoadedConfig:
    """Load it for a command that sends nothing: a bad channel must not stop that one."""
    from batchbell.cli.private_memory import close_memory
    from batchbell.config import load

    close_memory()
    return load(config_file, os.environ, check_channel=lambda _section: ())


def account_key(account: str, settings: Settings, config_file: Path | None) -> ApiKey:
    """Return an account's key, for a command that asks the API itself; it may change meanwhile."""
    from batchbell.config import KeySource, secret_values
    from batchbell.observability.redaction import Redaction
    from batchbell.providers.api_key import ApiKey

    return ApiKey(
        settings.accounts[account].api_key.get_secret_value(),
        place=KeySource(account=account, config_file=config_file, environ=os.environ),
        redaction=Redaction(secret_values(settings)),
    )


def configure_logs(settings: Settings, redaction: Redaction, *, level: str | None = None) -> None:
    """Log as configured, or from another `level` on, and never a secret of these settings."""
    from batchbell.config import secret_values
    from batchbell.observability import logs
    from batchbell.observability.crashes import install_crash_hooks

    redaction.learn(secret_values(settings))
    logs.configure(level=level or settings.log_level, form=settings.log_format, redact=redaction)
    install_crash_hooks()
