"""The TOML file itself: what can be wrong with it before any key is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from batchbell.errors import ConfigError
from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.config.conftest import Machine


def problem_with(machine: Machine, path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        machine.load_file(path, {})
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    return problem.what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("a = [1\nb = 2", "is not valid TOML at line 2, column 1: Unclosed array"),
        ("web = {", "is not valid TOML at end of document"),
        ("[web]\n[web]\n", "is not valid TOML at line 2, column 5"),
        (f"a = {'9' * 5000}", "is not valid TOML: a value has too many digits"),
        (f"a = {'[' * 5000}", "is not valid TOML: nested too deeply"),
    ],
)
def test_a_syntax_error_is_told_with_its_place(machine: Machine, text: str, what: str) -> None:
    assert problem_with(machine, machine.write("c.toml", text)).startswith(what)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b'log_level = "\xff"', "is not UTF-8 text: save it as UTF-8"),
        ('log_level = "info"'.encode("utf-16"), "is not UTF-8 text: save it as UTF-8"),
        (b"#" * (1024 * 1024 + 1), "is larger than 1 MiB"),
    ],
)
def test_a_file_that_is_no_text_is_told(machine: Machine, content: bytes, what: str) -> None:
    assert problem_with(machine, machine.write("c.toml", content)) == what


def test_a_file_that_cannot_be_opened_is_told_with_the_reason(machine: Machine) -> None:
    below_a_file = machine.write("file", "") / "config.toml"
    assert problem_with(machine, below_a_file) == "can't be read: Not a directory"
    assert problem_with(machine, machine.folder / "a\0b") == "can't be read: not a path"
    assert problem_with(machine, machine.folder) == "is a directory, not a file"


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(machine: Machine) -> None:
    text = b"\xef\xbb\xbf" + ACCOUNT.replace("\n", "\r\n").encode()
    loaded = machine.load_file(machine.write("c.toml", text), {})
    assert loaded.settings.accounts["default"].api_key.get_secret_value() == "fake-key"


def test_unknown_variables_are_told_with_the_syntax_error(machine: Machine) -> None:
    problems = machine.problems("[", BATCHBELL_LOG_LEVLE="info")
    assert len(problems) == 2


@pytest.mark.parametrize("section", ["accounts", "accounts.default", "channels", "web", "history"])
def test_a_value_where_a_section_belongs_is_told(machine: Machine, section: str) -> None:
    problems = machine.problems(f"{section} = 3")
    assert f"{section}: is a section: write [{section}]" in problems


def test_a_section_where_a_value_belongs_is_told(machine: Machine) -> None:
    assert machine.problem(ACCOUNT + "[log_level]").where == "log_level"
