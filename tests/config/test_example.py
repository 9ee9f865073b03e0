"""The example file and the reference can't fall behind the code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchbell.config import AccountSettings, ChannelSettings, Settings, keys
from batchbell.config.settings import AlertSettings, HistorySettings, WebSettings
from batchbell.config.show import MAY_BE_OFF
from batchbell.config.starter import starter_text
from batchbell.core.event import TOLD_BY_DEFAULT, EventKind

if TYPE_CHECKING:
    from pydantic import BaseModel

    from batchbell.config.keys import KeyPath
    from tests.config.conftest import Machine

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = (REPOSITORY / "config.example.toml").read_text(encoding="utf-8")
REFERENCE = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")

SECTIONS: dict[KeyPath, type[BaseModel]] = {
    (): Settings,
    ("accounts", "*"): AccountSettings,
    ("alerts",): AlertSettings,
    ("channels", "*"): ChannelSettings,
    ("web",): WebSettings,
    ("history",): HistorySettings,
}
SECRET_FILES = {(*path[:-1], f"{path[-1]}_file") for path in keys.SECRETS}


def model_keys() -> set[KeyPath]:
    """Return the paths of all keys of the models."""
    paths = {(*section, name) for section, model in SECTIONS.items() for name in model.model_fields}
    return {path for path in paths if not any(path == section[:1] for section in SECTIONS)}


def is_example(path: KeyPath) -> bool:
    """Whether the key has no default that could be shown: it is required, or means "not set"."""
    field = SECTIONS[path[:-1]].model_fields[path[-1]]
    return field.is_required() or (field.default is None and path not in MAY_BE_OFF)


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


def test_the_table_of_keys_names_exactly_what_the_models_have() -> None:
    assert model_keys() == keys.KEYS


def test_the_table_of_keys_knows_which_are_secrets_and_lists() -> None:
    for section, model in SECTIONS.items():
        for name, field in model.model_fields.items():
            path = (*section, name)
            text = str(field.annotation)
            assert (path in keys.SECRETS) == ("SecretStr" in text), path
            assert (path in keys.LISTS) == ("tuple[" in text), path


def test_the_example_shows_every_key_and_nothing_else() -> None:
    shown = {keys.pattern(path) for path in flat(uncommented())}
    assert shown == keys.KEYS | SECRET_FILES


def test_the_example_loads_as_it_is_with_a_key_in_the_environment(machine: Machine) -> None:
    loaded = machine.load(EXAMPLE, TOGETHER_API_KEY="fake-key")
    assert set(loaded.origins) == {"database_url", "accounts.default.api_key"}


def test_the_example_loads_with_everything_set(machine: Machine) -> None:
    table = re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", EXAMPLE)
    loaded = machine.load(re.sub(r"(?m)^[a-z_]+_file = .*$", "", table))
    assert {keys.pattern(tuple(path.split("."))) for path in loaded.origins} == keys.KEYS


def test_the_example_shows_the_defaults_of_the_code(machine: Machine) -> None:
    text = re.sub(r"(?m)^[a-z_]+_file = .*$", "", re.sub(r"(?m)^#(?=[a-z_]+ = |\[)", "", EXAMPLE))
    settings = machine.load(text).settings
    tables = {
        (): settings,
        ("accounts", "*"): settings.accounts["default"],
        ("alerts",): settings.alerts,
        ("channels", "*"): settings.channels["team"],
        ("web",): settings.web,
        ("history",): settings.history,
    }
    for path in keys.KEYS:
        field = SECTIONS[path[:-1]].model_fields[path[-1]]
        shown = getattr(tables[path[:-1]], path[-1])
        assert is_example(path) or shown == field.default, path


def test_an_example_value_says_that_it_is_one() -> None:
    for path in [*filter(is_example, keys.KEYS), *SECRET_FILES]:
        comment = re.search(rf"((?:^#.*\n)+)#{path[-1]} = ", EXAMPLE, re.MULTILINE)
        assert comment is not None, path
        assert "xample" in comment[1], path


def test_the_starter_file_is_the_example() -> None:
    assert starter_text() == EXAMPLE


# --- docs/configuration.md ---


def reference_rows() -> dict[str, list[str]]:
    """Return the cells of each row of the reference whose first cell is a key."""
    rows = re.findall(r"(?m)^\| `([a-zA-Z_.]+)` \|(.*)\|$", REFERENCE)
    return {key: [cell.strip() for cell in rest.split(" | ")] for key, rest in rows}


def test_the_reference_has_a_row_for_every_key() -> None:
    assert {keys.dotted(path) for path in keys.KEYS} <= set(reference_rows())


def test_the_reference_names_every_secret_file() -> None:
    for path in SECRET_FILES:
        assert f"`{keys.dotted(path)}`" in REFERENCE


def test_the_reference_names_the_variable_of_every_key() -> None:
    for path in keys.KEYS:
        assert f"`{keys.variable(path)}`" in REFERENCE


def test_the_reference_names_every_kind_of_event_told_by_default() -> None:
    for kind in EventKind:
        assert f"`{kind}`" in REFERENCE
    default = re.search(r"(?m)^\| told by default \|(.*)\|$", REFERENCE)
    assert default is not None
    assert set(re.findall(r"`([a-z._]+)`", default[1])) == TOLD_BY_DEFAULT


def test_the_defaults_of_the_reference_are_those_of_the_example() -> None:
    example = {
        keys.dotted(keys.pattern(path)): value for path, value in flat(uncommented()).items()
    }
    for path in keys.KEYS:
        default = reference_rows()[keys.dotted(path)][1]
        if is_example(path):
            continue
        written = tomllib.loads(f"value = {default.strip('`')}")["value"]
        assert written == example[keys.dotted(path)], path


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL))
def test_every_example_of_the_reference_loads(machine: Machine, block: str) -> None:
    for name in re.findall(r'_file = "(.*?)"', block):
        path = machine.write(f"etc/{Path(name).name}", "fake-key")
        block = block.replace(name, str(path))
    machine.load(block, TOGETHER_API_KEY="fake-key")
