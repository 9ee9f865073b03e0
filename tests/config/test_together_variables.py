"""TOGETHER_API_KEY and TOGETHER_BASE_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

KEY = "from-together"
URL = "https://together.example"


def test_the_key_alone_is_enough_to_run(machine: Machine) -> None:
    loaded = machine.load(TOGETHER_API_KEY=KEY)
    account = loaded.settings.accounts["default"]
    assert account.api_key.get_secret_value() == KEY
    assert account.base_url == "https://api.together.ai/v1"
    assert loaded.origins["accounts.default.api_key"] == "environment TOGETHER_API_KEY"
    assert loaded.path is None


def test_the_address_goes_with_it(machine: Machine) -> None:
    loaded = machine.load(TOGETHER_API_KEY=KEY, TOGETHER_BASE_URL=URL)
    assert loaded.settings.accounts["default"].base_url == URL
    assert loaded.origins["accounts.default.base_url"] == "environment TOGETHER_BASE_URL"


def test_they_fill_what_the_default_account_leaves_open(machine: Machine) -> None:
    text = '[accounts.default]\npoll_interval = "90s"'
    account = machine.load(text, TOGETHER_API_KEY=KEY).settings.accounts["default"]
    assert (account.api_key.get_secret_value(), account.poll_interval.seconds) == (KEY, 90)


def test_the_address_alone_fills_an_account_that_is_there(machine: Machine) -> None:
    settings = machine.load(ACCOUNT, TOGETHER_BASE_URL=URL).settings
    assert settings.accounts["default"].base_url == URL


def test_the_address_alone_makes_no_account(machine: Machine) -> None:
    assert machine.problem(TOGETHER_BASE_URL=URL).where == "accounts"


def test_a_set_key_is_never_overridden(machine: Machine) -> None:
    text = ACCOUNT + 'base_url = "https://file.example"'
    environ = {"TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": URL}
    account = machine.load(text, **environ).settings.accounts["default"]
    assert account.api_key.get_secret_value() == "fake-key"
    assert account.base_url == "https://file.example"


def test_not_even_by_a_file_that_cannot_be_read(machine: Machine) -> None:
    text = '[accounts.default]\napi_key_file = "missing"'
    assert "does not exist" in machine.problem(text, TOGETHER_API_KEY=KEY).what


@pytest.mark.parametrize("other", ["[accounts.prod]\napi_key = 'fake-key'", None])
def test_they_do_nothing_beside_another_account(machine: Machine, other: str | None) -> None:
    environ = {} if other else {"BATCHBELL_ACCOUNTS__PROD__API_KEY": "fake-key"}
    settings = machine.load(other, TOGETHER_API_KEY=KEY, **environ).settings
    assert list(settings.accounts) == ["prod"]


def test_empty_ones_count_as_not_set(machine: Machine) -> None:
    environ = {"TOGETHER_API_KEY": "", "TOGETHER_BASE_URL": ""}
    assert machine.problem(None, **environ).where == "accounts"
    account = machine.load(ACCOUNT, **environ).settings.accounts["default"]
    assert account.base_url == "https://api.together.ai/v1"


def test_a_bad_key_is_told_with_its_variable(machine: Machine) -> None:
    problem = machine.problem(TOGETHER_API_KEY="two words")
    assert problem.what.endswith("(set by environment TOGETHER_API_KEY)")
    assert "two words" not in str(problem)
