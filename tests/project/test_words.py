"""docs/glossary.md says what a word stands for, and where; one name stands for one class."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "daemon" / "batchbell"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| word |")
]
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/__init__.py"))
#: Folders whose modules may not share the name of a class, but for those that group tests.
TEST_FOLDERS = sorted({path.parent for path in (ROOT / "tests").rglob("*.py")})


@pytest.mark.parametrize(("word", "sentence", "where"), ROWS, ids=[row[0] for row in ROWS])
def test_what_a_word_names_is_there(word: str, sentence: str, where: str) -> None:
    path, *names = re.findall(r"`([^`]+)`", where)
    module = PACKAGE / path
    assert module.is_file(), f"{word}: {path} is not there"
    assert set(names) <= _names(module), f"{word}: {path} has no {names}"
    assert sentence[0].isupper(), word
    assert len(re.findall(r"\.(?: |$)", sentence)) == 1, f"{word} takes one sentence"


def test_a_word_is_explained_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(set(words)) == len(words) >= 40


def test_the_glossary_is_linked() -> None:
    for page, link in (("README.md", "docs/glossary.md"), ("docs/architecture.md", "glossary.md")):
        assert f"]({link})" in (ROOT / page).read_text(encoding="utf-8"), page


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_two_modules_of_a_room_define_a_class_of_the_same_name(room: Path) -> None:
    assert _repeated(room.rglob("*.py")) == {}


def test_no_two_rooms_have_one_public_name_for_two_classes() -> None:
    repeated = _repeated(PACKAGE.rglob("*.py"))
    assert {name for name in repeated if not name.startswith("_")} == set()


@pytest.mark.parametrize("folder", TEST_FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_two_helpers_of_a_folder_of_tests_have_the_same_name(folder: Path) -> None:
    repeated = _repeated(folder.glob("*.py"))
    assert {name for name in repeated if not name.startswith("Test")} == set()


def test_a_repeated_class_is_found(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("class _Pace: ...\nclass Rate: ...\n")
    (tmp_path / "other.py").write_text("class _Pace: ...\n")
    assert _repeated(tmp_path.glob("*.py")) == {"_Pace": ["one.py", "other.py"]}


def _repeated(modules: Iterable[Path]) -> dict[str, list[str]]:
    """Return the classes that several modules define, with the modules' names."""
    found = defaultdict(list)
    for module in sorted(modules):
        for node in _tree(module).body:
            if isinstance(node, ast.ClassDef):
                found[node.name].append(module.name)
    return {name: places for name, places in found.items() if len(places) > 1}


def _names(module: Path) -> set[str]:
    """Return what a module defines."""
    names = set()
    for node in _tree(module).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.add(node.name)
        if isinstance(node, ast.Assign):
            names.update(each.id for each in node.targets if isinstance(each, ast.Name))
    return names


def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))
