"""docs/architecture.md and CONTRIBUTING.md name what is there; the picture is the house."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "daemon" / "batchbell"
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DECISIONS = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.stem != "README")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
#: The picture's boxes from the top; of each its rooms, and the folders inside each room.
BOXES = [
    [(cells[1].strip(), cells[3].split()) for cells in (row.split("│") for row in box) if cells[1:]]
    for box in (
        [row for row in part.splitlines() if row.startswith("│")]
        for part in re.split(r"^[┌├└].*$", ARCHITECTURE.partition("```\n")[2], flags=re.MULTILINE)
    )
    if box
]


def test_the_picture_has_the_layers_in_their_order() -> None:
    layers = next(
        contract["layers"]
        for contract in CONTRACTS["contracts"]
        if contract.get("containers") == ["batchbell"]
    )

    assert [{room for room, _ in box} for box in BOXES] == [
        set(re.findall(r"\w+", layer)) for layer in layers
    ]


def test_every_folder_is_in_the_picture() -> None:
    for box in BOXES:
        for room, folders in box:
            packages = {f"{path.parent.name}/" for path in (PACKAGE / room).glob("*/__init__.py")}
            assert packages <= set(folders), room
            assert all((PACKAGE / room / name).is_dir() for name in folders), room


def test_every_room_with_modules_is_explained() -> None:
    rooms = ARCHITECTURE.partition("\n## What is in which room\n")[2].partition("\n## ")[0]
    for folder in PACKAGE.iterdir():
        if folder.is_dir() and any(folder.glob("*.py")):
            assert f"`{folder.name}/`" in rooms, folder.name


@pytest.mark.parametrize("way", ["listing", "event"])
def test_a_way_has_ten_steps_through_files_that_are_there(way: str) -> None:
    steps = ARCHITECTURE.partition(f"\n## The way of a{'n'[: way[0] in 'aeiou']} {way}\n")[2]
    steps = steps.partition("\n## ")[0]
    assert len(re.findall(r"^\d+\. ", steps, re.MULTILINE)) == 10
    for name in re.findall(r"`([a-z_/]+/[a-z_]+\.py)`", steps):
        assert (PACKAGE / name).is_file(), name


def test_what_a_room_begins_with_is_there() -> None:
    rooms = ARCHITECTURE.partition("\n## What is in which room\n")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| (`.*)", rooms, re.MULTILINE):
        folders, begin, _ = row.split("|", 2)
        paths = [PACKAGE / name for name in re.findall(r"`([^`]+)`", folders)]
        for name in re.findall(r"`(\w+\.py)`", begin):
            assert any((path / name).is_file() for path in paths), name


def test_all_that_contributing_names_is_there() -> None:
    for name in re.findall(r"`([\w.]+/[\w./-]*)`", CONTRIBUTING):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"\btests/[\w./]+", CONTRIBUTING):
        assert (ROOT / name.rstrip(".")).exists(), name
    for target in re.findall(r"`make ([a-z -]+)`", CONTRIBUTING):
        for each in target.split():
            assert re.search(rf"^{each}:", MAKEFILE, re.MULTILINE), each


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_was_measured_and_what_would_change_it(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    parts = re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE)
    assert parts == ["Context", "Decision", "Measured", "What would change it"]
    assert f"]({page.name})" in (page.parent / "README.md").read_text(encoding="utf-8")
    for name in re.findall(
        r"`((?:tests|benchmarks|providers|runtime|wire|json_views)/[\w./]+)`", text
    ):
        assert (ROOT / name).exists() or (PACKAGE / name).exists(), name
