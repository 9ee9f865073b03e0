"""Where the file is looked for, and where the database is by default."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from batchbell.config.locations import default_database_url, expand, find_file
from tests.foreign import give_away

if TYPE_CHECKING:
    from tests.config.conftest import Machine

KEY = '[accounts.default]\napi_key = "from-{}"\n'
#: From the first place looked at to the last.
PLACES = ["work/batchbell.toml", "xdg/batchbell/config.toml", "etc/batchbell/config.toml"]


def where_from(machine: Machine, path: Path | None = None) -> str:
    machine.environ["XDG_CONFIG_HOME"] = str(machine.folder / "xdg")
    account = machine.load_file(path, {}).settings.accounts["default"]
    return account.api_key.get_secret_value()


@pytest.mark.parametrize("index", range(3))
def test_the_first_file_that_exists_is_read(machine: Machine, index: int) -> None:
    for number in range(index, 3):
        machine.write(PLACES[number], KEY.format(number))
    assert where_from(machine) == f"from-{index}"


def test_the_named_file_comes_before_the_variable_and_all_places(machine: Machine) -> None:
    machine.write(PLACES[0], KEY.format("place"))
    machine.environ["BATCHBELL_CONFIG"] = str(machine.write("v.toml", KEY.format("variable")))
    assert where_from(machine) == "from-variable"
    assert where_from(machine, machine.write("o.toml", KEY.format("option"))) == "from-option"


def test_without_xdg_config_home_the_file_is_in_the_home_folder(machine: Machine) -> None:
    path = machine.write("home/.config/batchbell/config.toml", "")
    assert find_file(None, machine.environ) == path


def test_an_empty_variable_names_no_file(machine: Machine) -> None:
    assert find_file(None, {**machine.environ, "BATCHBELL_CONFIG": ""}) is None


def test_relative_xdg_folders_and_homes_are_ignored() -> None:
    assert default_database_url({"XDG_STATE_HOME": "state", "HOME": "home"}) is None


@pytest.mark.parametrize("name", ["missing.toml", "missing/config.toml"])
def test_a_named_file_that_is_missing_is_told(machine: Machine, name: str) -> None:
    problem = machine.problem(BATCHBELL_CONFIG=name)
    assert (problem.where, problem.what) == (name, "does not exist")


def test_another_user_s_file_in_the_current_folder_is_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = machine.write(PLACES[0], KEY.format("stranger"))
    machine.write(PLACES[1], KEY.format("me"))
    give_away(path, monkeypatch)
    machine.environ["XDG_CONFIG_HOME"] = str(machine.folder / "xdg")

    problem = machine.problem()

    assert problem.where == "batchbell.toml"
    assert problem.what.startswith(f"belongs to user {path.stat().st_uid}, neither to you nor ")
    assert problem.what.endswith("if you trust it, name it with --config batchbell.toml")
    assert where_from(machine, Path("batchbell.toml")) == "from-stranger"


def test_so_is_one_that_every_user_may_write(machine: Machine) -> None:
    machine.write(PLACES[0], KEY.format("anybody"), mode=0o602)
    assert machine.problem().what.startswith("can be changed by every user, so it is not read")


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_one_of_ours_is_read(machine: Machine, mode: int) -> None:
    machine.write(PLACES[0], KEY.format("me"), mode=mode)
    assert where_from(machine) == "from-me"


def test_a_file_in_a_closed_place_counts_as_not_there(machine: Machine) -> None:
    machine.write("xdg", "a file where a folder is looked for")
    machine.write(PLACES[2], KEY.format("etc"))
    assert where_from(machine) == "from-etc"


def test_a_folder_in_the_place_of_the_file_is_told(machine: Machine) -> None:
    (machine.folder / PLACES[2]).mkdir(parents=True)
    assert "is a directory" in machine.problem().what


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"STATE_DIRECTORY": "/a:/b", "HOME": "/h"}, "sqlite:////a/batchbell.db"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, "sqlite:////x/batchbell/batchbell.db"),
        ({"HOME": "/h"}, "sqlite:////h/.local/state/batchbell/batchbell.db"),
    ],
)
def test_the_database_is_in_the_state_folder(environ: dict[str, str], url: str) -> None:
    assert default_database_url(environ) == url


def test_a_tilde_is_the_home_folder() -> None:
    assert expand("~/key", {"HOME": "/h"}) == Path("/h/key")
    assert expand("~/key", {}) == Path("~/key")
    assert expand("/a/~/key", {"HOME": "/h"}) == Path("/a/~/key")
