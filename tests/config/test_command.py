"""`batchbell config check`, `show` and `init`."""

from __future__ import annotations

import json
import os
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from batchbell.cli.config import config
from batchbell.config.starter import starter_text
from batchbell.errors import BatchbellError, ConfigError, UsageError
from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.conftest import Machine

#: One of Apprise's plugins imports it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

CHANNEL = '[channels.team]\nurl = "json://localhost"\n'
WRONG = "log_levle = 1\n[accounts.default]\napi_key = 'two words'\n[channels.a]\nurl = 'nosuch://x'"


@pytest.fixture(autouse=True)
def own_environment(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own home folder out."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", machine.environ["HOME"])


def run(*arguments: str, file: Path | None = None) -> Result:
    return CliRunner().invoke(config, arguments, obj=SimpleNamespace(config_file=file))


def test_check_says_that_all_is_fine(machine: Machine) -> None:
    path = machine.write("c.toml", ACCOUNT + CHANNEL)
    result = run("check", file=path)
    assert (result.exit_code, result.stderr) == (0, "")
    first, *told = result.stdout.splitlines()
    assert first == f"{path} is fine (accounts: 1, channels: 1)"
    assert any(line.split() == ["batch.failed", "failure", "team"] for line in told)
    assert any(line.split() == ["batch.created", "info", "nobody"] for line in told)


def test_check_breaks_no_name_on_a_terminal(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"channel_{number:02}" for number in range(12)]
    channels = "".join(f'\n[channels.{name}]\nurl = "json://localhost/{name}"\n' for name in names)
    path = machine.write("c.toml", ACCOUNT + channels)
    monkeypatch.setattr("batchbell.cli.terminal.hanging.on_terminal", lambda: True)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
    _, _, header, *lines = run("check", file=path).stdout.splitlines()
    below = header.index("TOLD TO")
    told = [line for line in lines if "channel_" in line]
    assert max(map(len, told)) <= 80
    assert {line[below:][: len("channel_")] for line in told} == {"channel_"}
    assert told[1].startswith(" " * below)


def test_check_works_without_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOGETHER_API_KEY", "fake-key")
    result = run("check")
    assert result.stdout == "the configuration is fine (accounts: 1, channels: 0)\n"
    assert result.stderr.startswith("warning: there is no channel")


def test_check_lists_all_problems(machine: Machine) -> None:
    path = machine.write("c.toml", WRONG)
    result = run("check", file=path)
    assert result.exit_code == 78
    assert result.stdout == ""
    title, *lines = result.stderr.splitlines()
    assert title == f"3 problems in {path}:"
    assert [line.partition(": ")[0].strip() for line in lines] == [
        "log_levle",
        "channels.a.url",
        "accounts.default.api_key",
    ]
    assert "two words" not in result.output


def test_check_counts_one_problem_as_one() -> None:
    result = run("check")
    assert result.stderr.startswith("1 problem in the configuration:\n  accounts: ")


def test_check_as_json(machine: Machine) -> None:
    good = machine.write("c.toml", ACCOUNT)
    answer = json.loads(run("check", "--json", file=good).stdout)
    assert (answer["ok"], answer["file"], answer["problems"]) == (True, str(good), [])
    assert len(answer["warnings"]) == 1
    result = run("check", "--json", file=machine.write("w.toml", WRONG))
    answer = json.loads(result.stdout)
    assert result.exit_code == 78
    assert not answer["ok"]
    assert {problem["where"] for problem in answer["problems"]} == {
        "log_levle",
        "channels.a.url",
        "accounts.default.api_key",
    }
    assert json.loads(run("check", "--json").stdout)["file"] is None


def test_show_prints_values_with_their_origin(machine: Machine) -> None:
    path = machine.write("c.toml", ACCOUNT + CHANNEL)
    result = run("show", file=path)
    assert f'api_key = "<secret>"  # file {path}\n' in result.stdout
    assert "fake-key" not in result.output
    assert "json://" not in result.output


def test_show_as_json(machine: Machine) -> None:
    path = machine.write("c.toml", ACCOUNT + CHANNEL)
    answer = json.loads(run("show", "--json", file=path).stdout)
    assert answer["file"] == str(path)
    assert answer["values"][0]["path"] == "database_url"


def test_show_raises_what_is_wrong() -> None:
    assert isinstance(run("show").exception, ConfigError)


def test_init_writes_a_starter_file_only_its_owner_can_read(machine: Machine) -> None:
    result = run("init")
    path = machine.folder / "work/batchbell.toml"
    assert result.exit_code == 0
    assert path.read_text() == starter_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "batchbell.toml is written" in result.stdout


def test_init_writes_where_it_is_told(machine: Machine) -> None:
    run("init", "--output", str(machine.folder / "a.toml"), file=machine.folder / "b.toml")
    run("init", file=machine.folder / "b.toml")
    assert (machine.folder / "a.toml").exists()
    assert (machine.folder / "b.toml").exists()


def test_init_never_overwrites(machine: Machine) -> None:
    path = machine.write("c.toml", "mine")
    result = run("init", "--output", str(path))
    assert isinstance(result.exception, UsageError)
    assert path.read_text() == "mine"


def test_init_says_why_it_cannot_write() -> None:
    result = run("init", "--output", "missing/c.toml")
    assert type(result.exception) is BatchbellError
    assert "can't be written: No such file" in str(result.exception)


def test_init_leaves_nothing_behind_when_the_disk_is_full(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", _disk_full)
    result = run("init")
    assert "No space left" in str(result.exception)
    assert not (machine.folder / "work/batchbell.toml").exists()


def _disk_full(descriptor: int) -> None:
    raise OSError(28, os.strerror(28), descriptor)


def test_init_prints_to_standard_output() -> None:
    assert run("init", "--output", "-").stdout == starter_text()
