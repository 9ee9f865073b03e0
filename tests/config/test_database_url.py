"""The light path of the commands that only read."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from batchbell.config import database, page
from batchbell.config.table import NAMES
from batchbell.errors import ConfigError

if TYPE_CHECKING:
    from tests.config.conftest import Machine

TEXT = 'database_url = "sqlite:////from/file.db"\n'


def agreed(machine: Machine, text: str | None, **environ: str) -> str:
    """Return the address, after asking both ways."""
    url = machine.database_url(text, **environ)
    loaded = machine.load(text, TOGETHER_API_KEY="fake-key", **environ)
    assert loaded.settings.database_url.get_secret_value() == url
    return url


def test_it_is_what_loading_says_at_each_place(machine: Machine) -> None:
    assert agreed(machine, None).endswith("/home/.local/state/batchbell/batchbell.db")
    assert agreed(machine, None, STATE_DIRECTORY="/data") == "sqlite:////data/batchbell.db"
    assert agreed(machine, TEXT) == "sqlite:////from/file.db"
    machine.secret("batchbell_database_url", "sqlite:////from/secret.db\n")
    assert agreed(machine, TEXT) == "sqlite:////from/secret.db"
    machine.credential("batchbell_database_url", "sqlite:////from/credential.db")
    assert agreed(machine, TEXT) == "sqlite:////from/credential.db"
    variable = {"BATCHBELL_DATABASE_URL": "sqlite:////from/variable.db"}
    assert agreed(machine, TEXT, **variable) == "sqlite:////from/variable.db"


def test_what_is_wrong_elsewhere_does_not_stop_it(machine: Machine) -> None:
    text = f"{TEXT}log_levle = 1\n[accounts.A]\napi_key_file = 'missing'"
    assert machine.database_url(text) == "sqlite:////from/file.db"


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "database_url = 3",
        "database_url = 'mysql://fake'",
        "database_url = 'sqlite:///a.db'\ndatabase_url_file = 'a'",
        "database_url_file = 3",
        "database_url_file = 'missing'",
        "database_ulr = 3\ndatabase_url = 'postgresql://fake'",
    ],
)
def test_what_is_wrong_with_the_address_is_told_as_by_loading(machine: Machine, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        machine.database_url(text)
    told = {str(problem) for problem in caught.value.problems}
    if "= 3" not in text:
        assert told <= set(machine.problems(text))
    assert "fake" not in str(told)


def test_without_a_home_it_says_what_to_set(machine: Machine) -> None:
    machine.environ.clear()
    with pytest.raises(ConfigError, match=r"set it or database_url_file .* .STATE_DIRECTORY"):
        machine.database_url()
    assert machine.problem(TOGETHER_API_KEY="fake-key").where == "database_url"


def test_the_light_ways_know_their_keys_as_the_table_does() -> None:
    for light in (database.NAMES, page.NAMES):
        assert light.keys <= NAMES.keys
        assert light.secrets == NAMES.secrets & light.keys
        assert light.lists == NAMES.lists & light.keys


def test_it_loads_no_validation_library() -> None:
    code = (
        "import sys; from batchbell.config import database_url; "
        "database_url(None, {'BATCHBELL_DATABASE_URL': 'sqlite:////a.db'}); "
        "print(sorted(name for name in sys.modules if name.startswith('pydantic')))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert answer.stdout == "[]\n"
