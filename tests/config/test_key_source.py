"""The key is read anew from the place that wins for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.config import KeySource
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def source(folder: Path, **environ: str) -> KeySource:
    return KeySource(
        account="default",
        config_file=folder / "batchbell.toml",
        environ=environ,
        secrets_dir=folder / "secrets",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "api_key").write_text("fake-key-one\n")
    (tmp_path / "batchbell.toml").write_text(
        f'[accounts.default]\napi_key_file = "{tmp_path / "api_key"}"\n'
    )
    return tmp_path


def test_a_file_is_read_again_each_time(folder: Path) -> None:
    place = source(folder)
    assert place.read() == "fake-key-one"
    (folder / "api_key").write_text("fake-key-two\n")
    assert place.read() == "fake-key-two"
    assert place.advice == ""
    assert place.name == "accounts.default.api_key_file"


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        (
            {"BATCHBELL_ACCOUNTS__DEFAULT__API_KEY": "fake-key-two"},
            "BATCHBELL_ACCOUNTS__DEFAULT__API_KEY",
        ),
        (
            {"BATCHBELL_ACCOUNTS__DEFAULT__API_KEY_FILE": "nowhere"},
            "BATCHBELL_ACCOUNTS__DEFAULT__API_KEY_FILE",
        ),
    ],
)
def test_a_place_is_called_by_the_variable(
    folder: Path, environ: dict[str, str], name: str
) -> None:
    assert source(folder, **environ).name == name


def test_a_key_in_the_configuration_is_called_by_its_key(folder: Path) -> None:
    (folder / "batchbell.toml").write_text('[accounts.default]\napi_key = "fake-key-two"\n')
    assert source(folder).name == "accounts.default.api_key"


def test_the_variable_of_other_programs_is_a_place_too(folder: Path) -> None:
    (folder / "batchbell.toml").write_text("")
    assert source(folder, TOGETHER_API_KEY="fake-key-two").name == "TOGETHER_API_KEY"


def test_a_mounted_secret_wins_over_the_file(folder: Path) -> None:
    (folder / "secrets").mkdir()
    (folder / "secrets" / "batchbell_accounts__default__api_key").write_text("fake-key-three")
    assert source(folder).read() == "fake-key-three"


def test_a_credential_says_that_it_takes_a_restart(folder: Path) -> None:
    credentials = folder / "credentials"
    credentials.mkdir()
    (credentials / "batchbell_accounts__default__api_key").write_text("fake-key-four")
    place = source(folder, CREDENTIALS_DIRECTORY=str(credentials))
    assert place.read() == "fake-key-four"
    assert "restart the service" in place.advice
    assert place.name == "batchbell_accounts__default__api_key"


def test_a_file_among_the_credentials_is_one_too(folder: Path) -> None:
    assert "restart" in source(folder, CREDENTIALS_DIRECTORY=str(folder)).advice


def test_a_file_that_is_gone_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "api_key").unlink()
    with pytest.raises(ConfigError, match="api_key does not exist"):
        source(folder).read()


def test_a_configuration_that_is_gone_has_no_advice(folder: Path) -> None:
    (folder / "batchbell.toml").unlink()
    assert source(folder).advice == ""
    assert source(folder).name == ""


def test_a_shell_can_have_it_from_the_variable_or_the_file(folder: Path) -> None:
    own = "BATCHBELL_ACCOUNTS__DEFAULT__API_KEY"
    assert (source(folder).variable, source(folder).file) == ("", folder / "api_key")
    by_variable = source(folder, **{own: "fake-key-two"})
    assert (by_variable.variable, by_variable.file) == (own, None)
    by_file = source(folder, **{f"{own}_FILE": str(folder / "api_key")})
    assert (by_file.variable, by_file.file) == ("", folder / "api_key")

    (folder / "secrets").mkdir()
    secret = folder / "secrets" / "batchbell_accounts__default__api_key"
    secret.write_text("fake-key-three")
    assert (source(folder).variable, source(folder).file) == ("", secret)


def test_a_shell_finds_no_key_that_stands_in_the_configuration(folder: Path) -> None:
    (folder / "batchbell.toml").write_text('[accounts.default]\napi_key = "fake-key-two"\n')
    assert (source(folder).variable, source(folder).file) == ("", None)
