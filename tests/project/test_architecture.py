"""The import contracts of pyproject.toml: the package keeps them, and each one really bites."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS: list[dict[str, Any]] = PYPROJECT["tool"]["importlinter"]["contracts"]
LAYERS = next(contract for contract in CONTRACTS if contract["type"] == "layers")
CORE_LIBRARIES = "the core needs nothing but the standard library"
CORE_EFFECTS = "the core touches no clock, chance, log, file, network or thread"


class Checkout:
    """A copy of the package that a test may spoil."""

    def __init__(self, folder: Path) -> None:
        """Copy the package and its contracts into `folder`."""
        self._folder = folder
        self._package = folder / "daemon" / "batchbell"
        unneeded = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "daemon" / "batchbell", self._package, ignore=unneeded)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def append(self, module: str, line: str) -> None:
        """Add a line to a module, named without `batchbell.`; a missing module is created."""
        path = self._package.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        with path.open("a") as file:
            file.write(f"\n{line}\n")

    def broken_contracts(self) -> set[str]:
        """Return the names of the contracts that import-linter finds broken."""
        environ = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
        result = subprocess.run(
            [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
            cwd=self._folder,
            env=environ | {"PYTHONPATH": str(self._package.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)$", result.stdout, re.MULTILINE))
        assert set(verdicts) == {contract["name"] for contract in CONTRACTS}, result.stdout
        return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def existing(layer: str) -> list[str]:
    """Return the modules of a layer, without those still to come."""
    package = ROOT / "daemon" / "batchbell"
    return [
        name
        for name in re.findall(r"\w+", layer)
        if (package / f"{name}.py").is_file() or (package / name).is_dir()
    ]


def layer_violations() -> Iterator[tuple[str, str, str]]:
    """Yield one import of each layer by the next lower one, and imports between siblings."""
    layers = list(filter(None, map(existing, LAYERS["layers"])))
    for upper, lower in pairwise(layers):
        yield LAYERS["name"], lower[0], f"batchbell.{upper[0]}"
    for siblings in layers:
        for one, other in pairwise(siblings):
            yield LAYERS["name"], one, f"batchbell.{other}"


#: At least one for every contract: its name, an importer, and what that must not import.
VIOLATIONS = [
    *layer_violations(),
    (CORE_LIBRARIES, "core.event", "psycopg"),
    (CORE_EFFECTS, "core.event", "time"),
    *(
        (contract["name"], "clock", library)
        for contract in CONTRACTS
        for library in contract.get("protected_modules", ())
    ),
]


def test_the_package_keeps_every_contract(checkout: Checkout) -> None:
    assert checkout.broken_contracts() == set()


@pytest.mark.parametrize(("contract", "importer", "imported"), VIOLATIONS)
def test_a_violating_import_breaks_precisely_its_contract(
    checkout: Checkout, contract: str, importer: str, imported: str
) -> None:
    checkout.append(importer, f"import {imported}")
    assert checkout.broken_contracts() == {contract}


def test_every_contract_has_a_violation_above() -> None:
    assert {name for name, _, _ in VIOLATIONS} == {contract["name"] for contract in CONTRACTS}


def test_an_import_inside_a_function_counts(checkout: Checkout) -> None:
    checkout.append("clock", "def lazily() -> None:\n    import httpx")
    assert checkout.broken_contracts() == {"only wire speaks through httpx"}


def test_an_import_for_annotations_only_counts(checkout: Checkout) -> None:
    checkout.append("clock", "if TYPE_CHECKING:\n    from httpx import Response")
    assert checkout.broken_contracts() == {"only wire speaks through httpx"}


def test_a_module_without_a_layer_breaks_the_layers(checkout: Checkout) -> None:
    checkout.append("stray", '"""A module nobody gave a place."""')
    assert checkout.broken_contracts() == {LAYERS["name"]}


def test_the_core_is_kept_from_every_library_the_project_depends_on() -> None:
    contract = next(contract for contract in CONTRACTS if contract["name"] == CORE_LIBRARIES)
    wanted = {re.split(r"[<>=\[]", spec)[0] for spec in PYPROJECT["project"]["dependencies"]}
    roots = {
        root
        for root, distributions in packages_distributions().items()
        if wanted & {name.lower() for name in distributions}
    }
    assert roots
    assert roots <= set(contract["forbidden_modules"])
