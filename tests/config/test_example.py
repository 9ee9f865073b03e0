"""The example file and the reference can't fall behind the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.config.names import NAMED, dotted, pattern, variable
from batchbell.config.show import rows
from batchbell.config.starter import starter_text
from batchbell.config.table import NAMES, table
from batchbell.core.event import TOLD_BY_DEFAULT, EventKind
from docs import reference

if TYPE_CHECKING:
    from batchbell.config.names import KeyPath
    from tests.config.conftest import Machine

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
REFERENCE = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")

SECRET_FILES = {(*path[:-1], f"{path[-1]}_file") for path in NAMES.secrets}


def is_example(path: KeyPath) -> bool:
    """Whether the key has no default that could be shown: it is required, or means "not set"."""
    return table()[path].default is None


def uncommented() -> dict[str, Any]:
    """Return the example with every "#" before a key or a section removed."""
    return tomllib.loads(re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", EXAMPLE))


def flat(table: dict[str, Any], path: KeyPath = ()) -> dict[KeyPath, object]:
    """Return the values of nested tables by path."""
    values: dict[KeyPath, object] = {}
    for name, value in table.items():
        inner = (*path, name)
        values |= flat(value, inner) if isinstance(value, dict) else {inner: value}
    return values


def test_the_table_knows_which_keys_are_secrets_and_lists_and_who_is_named_by_the_user() -> None:
    assert ("web", "token") in NAMES.secrets
    assert ("accounts", "*", "api_key") in NAMES.secrets
    assert ("channels", "*", "events") in NAMES.lists
    assert ("alerts", "deadline_warnings") in NAMES.lists
    assert not NAMES.secrets & NAMES.lists
    assert {path[0] for path in NAMES.keys if "*" in path} == set(NAMED)


def test_the_example_shows_every_key_and_nothing_else() -> None:
    shown = {pattern(path) for path in flat(uncommented())}
    assert shown == NAMES.keys | SECRET_FILES


def test_the_example_loads_as_it_is_with_a_key_in_the_environment(machine: Machine) -> None:
    loaded = machine.load(EXAMPLE, TOGETHER_API_KEY="fake-key")
    assert set(loaded.origins) == {"database_url", "results.folder", "accounts.default.api_key"}


def test_the_example_loads_with_everything_set(machine: Machine) -> None:
    table = re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", EXAMPLE)
    loaded = machine.load(re.sub(r"(?m)^[a-z_]+_file = .*$", "", table))
    shown = rows(loaded)
    assert {pattern(row.key_path) for row in shown} == NAMES.keys
    assert {row.path for row in shown if row.origin != "default"} == set(loaded.origins)


def test_the_example_shows_the_defaults_of_the_table() -> None:
    for path, value in flat(uncommented()).items():
        row = table().get(pattern(path))
        assert row is None or row.default is None or list_of(row.default) == value, path


def list_of(value: object) -> object:
    """Return what TOML has for a value of the table."""
    return list(value) if isinstance(value, tuple) else value


def test_the_command_finds_nothing_to_write_in_the_example() -> None:
    assert reference.example(EXAMPLE) == EXAMPLE, "run: make reference"


@pytest.mark.parametrize("path", sorted(NAMES.keys), ids=dotted)
def test_the_command_puts_a_key_that_is_missing_into_its_section(path: KeyPath) -> None:
    without = re.sub(rf"(?m)^#{path[-1]}(_file)? = .*\n", "", EXAMPLE)
    again = reference.example(without)
    table_of_all = tomllib.loads(re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", again))
    shown = {pattern(found) for found in flat(table_of_all)}
    assert shown == NAMES.keys | SECRET_FILES
    assert max(map(len, again.splitlines())) <= 110


def test_the_command_mends_a_default_that_was_changed() -> None:
    stale = EXAMPLE.replace('#poll_interval = "60s"', '#poll_interval = "7s"')
    assert stale != EXAMPLE
    assert reference.example(stale) == EXAMPLE


def test_the_command_begins_a_section_that_is_missing() -> None:
    without = EXAMPLE[: EXAMPLE.index("[history]")]
    assert tomllib.loads(reference.example(without).replace("#keep", "keep"))["history"] == {
        "keep": "90d"
    }


def test_an_example_value_says_that_it_is_one() -> None:
    for path in [*filter(is_example, NAMES.keys), *SECRET_FILES]:
        comment = re.search(rf"((?:^#.*\n)+)#{path[-1]} = ", EXAMPLE, re.MULTILINE)
        assert comment is not None, path
        assert "xample" in comment[1], path


def test_the_starter_file_is_the_example() -> None:
    assert starter_text() == EXAMPLE


# --- docs/configuration.md ---


def test_the_tables_of_the_reference_are_those_of_the_table_of_keys() -> None:
    assert reference.reference(REFERENCE) == REFERENCE, "run: make reference"
    for path in NAMES.keys:
        assert f"\n| `{dotted(path)}` | " in REFERENCE
        assert f"\n| `{variable(path)}` | `{dotted(path)}` |" in REFERENCE


def test_the_command_writes_a_row_that_is_missing() -> None:
    without = re.sub(r"(?m)^\| `history.keep` .*\n", "", REFERENCE)
    assert without != REFERENCE
    assert reference.reference(without) == REFERENCE


def test_the_reference_names_every_secret_file() -> None:
    for path in SECRET_FILES:
        assert f"`{dotted(path)}`" in REFERENCE


def test_the_reference_names_every_kind_of_event_told_by_default() -> None:
    for kind in EventKind:
        assert f"`{kind}`" in REFERENCE
    default = re.search(r"(?m)^\| told by default \|(.*)\|$", REFERENCE)
    assert default is not None
    assert set(re.findall(r"`([a-z._]+)`", default[1])) == TOLD_BY_DEFAULT


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL))
def test_every_example_of_the_reference_loads(machine: Machine, block: str) -> None:
    for name in re.findall(r'_file = "(.*?)"', block):
        path = machine.write(f"etc/{Path(name).name}", "fake-key")
        block = block.replace(name, str(path))
    machine.load(block, TOGETHER_API_KEY="fake-key")
