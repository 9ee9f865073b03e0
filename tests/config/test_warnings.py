"""What is allowed, but probably not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

CHANNEL = '[channels.team]\nurl = "json://localhost"\n'


def warnings(machine: Machine, text: str, *, mode: int = 0o600) -> tuple[str, ...]:
    path = machine.write("c.toml", text, mode=mode)
    return machine.load_file(path, {}).warnings


def test_a_quiet_configuration_has_no_warning(machine: Machine) -> None:
    assert warnings(machine, ACCOUNT + CHANNEL) == ()


def test_no_channel(machine: Machine) -> None:
    (warning,) = warnings(machine, ACCOUNT)
    assert warning.startswith("there is no channel: events go to the log only")


@pytest.mark.parametrize(("interval", "count"), [("29s", 1), ("30s", 0)])
def test_polls_faster_than_every_30_seconds(machine: Machine, interval: str, count: int) -> None:
    text = f'{ACCOUNT}poll_interval = "{interval}"\n{CHANNEL}'
    assert len(warnings(machine, text)) == count


@pytest.mark.parametrize(
    ("url", "count"),
    [
        ("http://api.example", 1),
        ("http://10.0.0.1", 1),
        ("https://api.example", 0),
        ("http://localhost:8000", 0),
        ("http://api.localhost", 0),
        ("http://127.1.2.3", 0),
        ("http://[::1]", 0),
    ],
)
def test_a_key_sent_in_the_clear(machine: Machine, url: str, count: int) -> None:
    found = warnings(machine, f'{ACCOUNT}base_url = "{url}"\n{CHANNEL}')
    assert len(found) == count
    assert url not in str(found)


def test_a_filter_that_matches_no_account(machine: Machine) -> None:
    (warning,) = warnings(machine, f'{ACCOUNT}{CHANNEL}accounts = ["prod", "def*"]')
    assert warning == "channels.team.accounts: entry 1 matches no account"


def test_a_relative_database_path(machine: Machine) -> None:
    (warning,) = warnings(machine, f'database_url = "sqlite:///a.db"\n{ACCOUNT}{CHANNEL}')
    assert warning.startswith("database_url: the path is relative")


def test_a_file_with_a_secret_that_everybody_can_read(machine: Machine) -> None:
    (warning,) = warnings(machine, ACCOUNT + CHANNEL, mode=0o644)
    assert "holds accounts.default.api_key, channels.team.url" in warning
    assert "chmod 600" in warning


def test_a_readable_file_without_a_secret_is_fine(machine: Machine) -> None:
    machine.write("key", "fake-key")
    text = """
        database_url = "sqlite:////var/lib/batchbell/batchbell.db"
        [accounts.default]
        api_key_file = "key"
        [alerts]
        heartbeat_url = ""
    """
    (warning,) = warnings(machine, text, mode=0o644)
    assert "there is no channel" in warning


def test_a_secret_file_that_everybody_can_read(machine: Machine) -> None:
    path = machine.write("key", "fake-key", mode=0o644)
    found = warnings(machine, f'[accounts.default]\napi_key_file = "key"\n{CHANNEL}')
    assert found == (f"{path} can be read by every user of this machine: use chmod 600",)


def test_secret_folders_are_guarded_by_who_mounts_them(machine: Machine) -> None:
    path = machine.secret("together", "fake-key")
    path.chmod(0o444)
    assert warnings(machine, f'[accounts.default]\napi_key_file = "{path}"\n{CHANNEL}') == ()


def test_channels_that_are_never_told_of_a_failure(machine: Machine) -> None:
    (warning,) = warnings(machine, f'{ACCOUNT}{CHANNEL}events = ["batch.completed"]\n')
    assert warning.startswith("no channel can ever be told that a job failed")
    other = '[channels.bad]\nurl = "json://localhost"\nmin_severity = "failure"\n'
    assert warnings(machine, f'{ACCOUNT}{CHANNEL}events = ["batch.completed"]\n{other}') == ()


def test_a_channel_that_can_be_told_nothing(machine: Machine) -> None:
    deaf = 'events = ["batch.created"]\nmin_severity = "failure"\n'
    told = warnings(machine, ACCOUNT + CHANNEL + deaf)
    assert "channels.team can never be told anything: look at its events and min_severity" in told


def test_an_exception_without_quiet_hours(machine: Machine) -> None:
    (warning,) = warnings(machine, f'{ACCOUNT}{CHANNEL}quiet_except = "failure"\n')
    assert warning == "channels.team.quiet_except does nothing without quiet_hours"


def test_quiet_hours_that_never_end_are_no_warning_but_an_error(machine: Machine) -> None:
    problem = machine.problem(f'{ACCOUNT}{CHANNEL}quiet_hours = ["mon-fri", "sat-sun"]\n')
    assert problem.where == "channels.team"
    assert "leave no moment of the week" in problem.what
