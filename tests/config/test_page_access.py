"""A page that other machines reach asks for something, or is left open on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from tests.config.conftest import Machine

OPEN_ADDRESSES = ["0.0.0.0:8710", "[::]:8710", "192.0.2.7:80", "status.example:80"]
OWN_ADDRESSES = ["127.0.0.1:0", "[::1]:8710", "localhost:8710", "LOCALHOST:80"]
PASSWORD = "fake-password-of-the-page"


def with_web(listen: str, *lines: str) -> str:
    web = "\n".join([f'listen = "{listen}"', *lines])
    return f'[accounts.default]\napi_key = "fake-key"\n[web]\n{web}\n'


@pytest.mark.parametrize("listen", OPEN_ADDRESSES)
def test_an_open_address_without_a_password_is_refused_with_the_ways_out(
    machine: Machine, listen: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        machine.load(with_web(listen))
    (problem,) = refused.value.problems
    assert problem.where == "web"
    for way in ("password_file", "token_file", "allow_unauthenticated = true"):
        assert way in problem.what


@pytest.mark.parametrize(
    "line",
    [
        f'password = "{PASSWORD}"',
        f'token = "{PASSWORD}"',
        "allow_unauthenticated = true",
        "enabled = false",
    ],
)
@pytest.mark.parametrize("listen", OPEN_ADDRESSES)
def test_each_of_them_is_enough(machine: Machine, listen: str, line: str) -> None:
    assert machine.load(with_web(listen, line)).settings.web.listen == listen


@pytest.mark.parametrize("listen", OWN_ADDRESSES)
def test_this_machines_own_addresses_need_nothing(machine: Machine, listen: str) -> None:
    assert machine.load(with_web(listen)).settings.web.password is None


def test_the_password_may_be_in_a_file_or_mounted(machine: Machine) -> None:
    path = machine.write("page_password", PASSWORD + "\n")
    loaded = machine.load(with_web("0.0.0.0:8710", f'password_file = "{path}"'))
    assert loaded.settings.web.password is not None
    assert loaded.settings.web.password.get_secret_value() == PASSWORD
    machine.secret("batchbell_web__token", PASSWORD)
    assert machine.load(with_web("0.0.0.0:8710")).settings.web.token is not None
