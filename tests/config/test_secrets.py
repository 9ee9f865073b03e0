"""Every secret of a configuration is found, and nothing that has to be read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from batchbell.config import Settings, secret_values

if TYPE_CHECKING:
    from tests.config.conftest import Machine


def of_url(url: str) -> frozenset[str]:
    return values(channels={"team": {"url": url}}) - {url, "fake-api-key"}


def values(**tables: object) -> frozenset[str]:
    account = {"api_key": "fake-api-key"}
    return secret_values(
        Settings.model_validate(
            {"database_url": "sqlite:////tmp/bell.db", "accounts": {"default": account}, **tables}
        )
    )


def test_keys_urls_and_secrets_of_every_table_are_found() -> None:
    found = values(
        alerts={"heartbeat_url": "https://hc-ping.com/fake-uuid-0001"},
        channels={
            "team": {"url": "json://localhost/fake-path-1"},
            "own": {
                "webhook": "https://example.com/hooks/fake-hook-2",
                "webhook_secret": "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLTAx",
            },
        },
    )
    assert {
        "fake-api-key",
        "https://hc-ping.com/fake-uuid-0001",
        "fake-uuid-0001",
        "json://localhost/fake-path-1",
        "fake-path-1",
        "https://example.com/hooks/fake-hook-2",
        "fake-hook-2",
        "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLTAx",
        "ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLTAx",
    } == found


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        (
            "slack://T1FAKE111/B1FAKE111/FakeFakeFakeFakeFakeFake/#batches",
            {"T1FAKE111", "B1FAKE111", "FakeFakeFakeFakeFakeFake"},
        ),
        (
            "mailtos://bell:fake%20pass@smtp.example.com:587?to=ops@example.com",
            {"bell:fake pass", "fake pass"},
        ),
        (
            "json://localhost/hook?+X-Token=fakefake&method=post",
            {"fakefake"},
        ),
        ("tgram://123456789:fake_fake/-1001234567/", {"123456789:fake_fake", "-1001234567"}),
        ("ntfy://ntfy.example.com/batches", set()),
        ("json://batchbell@10.0.0.17:8080/notifications", set()),
        ("json://[::1]:8080/alerts", set()),
    ],
)
def test_of_a_url_the_secret_parts_are_found_and_no_names(url: str, secret: set[str]) -> None:
    assert of_url(url) == secret


def test_a_url_nobody_can_read_is_secret_as_a_whole() -> None:
    assert of_url("json://[broken") == set()


def test_the_path_of_the_database_may_be_read() -> None:
    assert values() == {"fake-api-key"}


def test_the_debugging_of_the_settings_library_logs_none(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PYDANTIC_SETTINGS_DEBUG", "1")
    caplog.set_level(logging.DEBUG, "pydantic_settings")
    machine.load(TOGETHER_API_KEY="fake-key-in-the-log")
    assert "fake-key-in-the-log" not in caplog.text
