"""The configuration in force: replaced whole, or not at all."""

from __future__ import annotations

import pytest

from batchbell.config import LoadedConfig, Settings
from batchbell.runtime.in_force import InForce


def config(*channels: str, listen: str = "127.0.0.1:8710", token: str = "") -> LoadedConfig:
    """Return a configuration with these channels and this page."""
    settings = Settings.model_validate(
        {
            "database_url": "sqlite:////nowhere/batchbell.db",
            "channels": {name: {"url": "json://127.0.0.1"} for name in channels},
            "web": {"listen": listen, **({"token": token} if token else {})},
        }
    )
    return LoadedConfig(settings, path=None, origins={}, warnings=())


def test_a_new_configuration_is_in_force_whole() -> None:
    in_force, new = InForce(config("team")), config("team", "oncall", token="fake-page-token")
    with in_force.taking(new):
        assert in_force.config is new
    assert in_force.settings is new.settings
    assert in_force.page is new.settings.web
    assert [wanted.channel for wanted in in_force.filters()] == ["team", "oncall"]


def test_what_could_not_be_applied_leaves_the_old_one_in_force() -> None:
    old = config("team")
    in_force = InForce(old)
    with pytest.raises(LookupError), in_force.taking(config(token="fake-page-token")):
        raise LookupError
    assert in_force.config is old
    assert in_force.page is old.settings.web


def test_a_page_at_a_new_address_keeps_all_that_was_asked_of_its_readers() -> None:
    old = config(token="the-old-page-token")
    in_force, new = InForce(old), config(listen="127.0.0.1:8711", token="the-new-page-token")
    with in_force.taking(new):
        pass
    assert in_force.settings is new.settings
    assert in_force.page is old.settings.web
