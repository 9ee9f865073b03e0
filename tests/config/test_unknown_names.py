"""What means nothing is told, with the nearest right name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

TELL = "unknown key; the nearest right name is"


@pytest.mark.parametrize(
    ("text", "where", "nearest"),
    [
        ("log_levle = 1", "log_levle", "log_level"),
        ("[acount.default]", "acount", "accounts"),
        ("[webb]\nlisten = 1", "webb", "web"),
        ("[web]\nlisten_on = 1", "web.listen_on", "web.listen"),
        ("poll_interval = 1", "poll_interval", "accounts.NAME.poll_interval"),
        ("[web]\nkeep = 1", "web.keep", "history.keep"),
        ("[alerts.stalled_after]\n[alerts.stalled]", "alerts.stalled", "alerts.stalled_after"),
        ("[accounts.prod]\napi_kye = 1", "accounts.prod.api_kye", "accounts.prod.api_key"),
        ("log_level_file = 1", "log_level_file", "log_level"),
        ('"\\u001b[31m" = 1', '"\\u001b[31m"', ""),
        ('"accounts.default.api_key" = 1', '"accounts.default.api_key"', ""),
        ("xyzzy = 1", "xyzzy", ""),
        ("[result]", "result", "results"),
        ("[results]\nkeep = 1", "results.keep", "results.keep_for"),
        ("[accounts.a]\ncolect = 1", "accounts.a.colect", "accounts.a.collect"),
        ('[prices."a/b-1.5"]\ninptu = 1', 'prices."a/b-1.5".inptu', 'prices."a/b-1.5".input'),
    ],
)
def test_an_unknown_key_in_the_file(machine: Machine, text: str, where: str, nearest: str) -> None:
    assert any(
        problem.startswith(f"{where}: {TELL} {nearest}") for problem in machine.problems(text)
    )


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("BATCHBELL_LOG_LEVLE", "BATCHBELL_LOG_LEVEL"),
        ("batchbell_log_levle", "BATCHBELL_LOG_LEVEL"),
        ("BATCHBELL_ACCOUNTS_PROD_API_KEY", "BATCHBELL_ACCOUNTS__PROD__API_KEY"),
        ("BATCHBELL_WEB_LISTEN", "BATCHBELL_WEB__LISTEN"),
        ("BATCHBELL_API_KEY", "BATCHBELL_ACCOUNTS__NAME__API_KEY"),
        ("BATCHBELL_ACOUNTS__PROD__API_KEY", "BATCHBELL_ACCOUNTS__PROD__API_KEY"),
        ("BATCHBELL_ACCOUNTS__PROD__API_KYE", "BATCHBELL_ACCOUNTS__PROD__API_KEY"),
        ("BATCHBELL_CONFIG_FILE", "BATCHBELL_CONFIG"),
        ("BATCHBELL_WEB", "BATCHBELL_WEB__"),
        ("BATCHBELL_RESULTS_WAIT", "BATCHBELL_RESULTS__WAIT"),
        ("BATCHBELL_PRICES_A_B_1_5_INPUT", "BATCHBELL_PRICES__A_B_1_5__INPUT"),
        ("BATCHBELL_PRICES__A_B_1_5__INPTU", "BATCHBELL_PRICES__A_B_1_5__INPUT"),
        ("BATCHBELL_", "BATCHBELL_"),
    ],
)
def test_an_unknown_variable(machine: Machine, name: str, nearest: str) -> None:
    problem = machine.problem(ACCOUNT, **{name: "hidden"})
    assert problem.where == name
    assert problem.what.startswith(f"{TELL} {nearest}")
    assert "hidden" not in problem.what


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("batchbell_channels__team__ulr", "batchbell_channels__team__url"),
        ("batchbell_accounts_prod_api_key", "batchbell_accounts__prod__api_key"),
        ("batchbell_database_url.txt", "batchbell_database_url"),
        ("batchbell_database_url_file", "batchbell_database_url"),
    ],
)
def test_an_unknown_name_of_a_secret_file(machine: Machine, name: str, nearest: str) -> None:
    path = machine.secret(name, "hidden")
    assert str(machine.problem(ACCOUNT)) == f"{path}: {TELL} {nearest}"


def test_an_unknown_credential(machine: Machine) -> None:
    path = machine.credential("batchbell_api_key", "hidden")
    expected = f"{path}: {TELL} batchbell_accounts__NAME__api_key"
    assert str(machine.problem(ACCOUNT)) == expected


def test_what_kubernetes_injects_is_ignored(machine: Machine) -> None:
    loaded = machine.load(
        ACCOUNT,
        BATCHBELL_PORT="tcp://10.0.0.1:8710",
        BATCHBELL_PORT_8710_TCP_ADDR="10.0.0.1",
        BATCHBELL_SERVICE_HOST="10.0.0.1",
        BATCHBELL_SERVICE_PORT_HTTP="8710",
        BATCHBELLIGERENT="not ours",
    )
    assert {name for name, origin in loaded.origins.items() if origin != "default"} == {
        "accounts.default.api_key"
    }


@pytest.mark.parametrize("name", ["a", "team_a", "0", "a_1_b"])
def test_names_of_accounts_and_channels(machine: Machine, name: str) -> None:
    text = f'[accounts.{name}]\napi_key = "k"\n[channels.{name}]\nurl = "json://localhost"'
    assert list(machine.load(text).settings.channels) == [name]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Team", "team"),
        ("team-a", "team_a"),
        ("_a", "a"),
        ("a__b", "a_b"),
        ("a_", "a"),
        ('"*"', "team"),
        ('"ä b"', "b"),
        ('"a\\n"', "a"),
    ],
)
def test_other_names_are_refused(machine: Machine, name: str, nearest: str) -> None:
    problem = machine.problem(ACCOUNT + f'[channels.{name}]\nurl = "json://localhost"')
    assert problem.where.startswith("channels.")
    assert problem.what.endswith(f"the nearest right name is channels.{nearest}")


def test_a_very_long_name_is_cut_and_takes_no_time(machine: Machine) -> None:
    assert len(str(machine.problem(f"{ACCOUNT}{'a' * 500_000} = 1"))) < 300


EVERYTHING_WRONG = """
log_levle = 'info'
log_format = 3
[accounts.a]
poll_interval = '0s'
[channels.Bad]
url = 'bad://fake'
events = ['batch.faild']
models = []
"""


def test_everything_is_told_together_and_once(machine: Machine) -> None:
    machine.check_channel_url = lambda url: "no such service" if url == "bad://fake" else None
    machine.secret("batchbell_log_levle", "info")
    problems = machine.problems(
        EVERYTHING_WRONG,
        BATCHBELL_WEB__LISTEN="8710",
        BATCHBELL_LOG_LEVLE="info",
    )
    assert [line.partition(": ")[0] for line in problems] == [
        "BATCHBELL_LOG_LEVLE",
        str(machine.secrets / "batchbell_log_levle"),
        "log_levle",
        "channels.Bad",
        "channels.Bad.url",
        "log_format",
        "accounts.a.api_key",
        "accounts.a.poll_interval",
        "channels.Bad.events",
        "channels.Bad.models",
        "web.listen",
    ]
