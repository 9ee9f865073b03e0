"""The import contracts of pyproject.toml: the package keeps them, and each one really bites."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from copy import deepcopy
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from importlinter import Contract

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "daemon" / "batchbell"
CONFIGURATION = read_configuration(str(ROOT / "pyproject.toml"))
CONTRACTS: list[dict[str, Any]] = CONFIGURATION["contracts_options"]
CLASSES: dict[str, type[Contract]] = {
    "acyclic_siblings": AcyclicSiblingsContract,
    "forbidden": ForbiddenContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
LAYERS = "imports run one way"
NO_CIRCLES = "no circles between the rooms, nor inside one"
CORE_LIBRARIES = "the core needs nothing but the standard library"
CORE_EFFECTS = "the core touches no clock, chance, log, file, network or thread"

NAMES = {contract["name"] for contract in CONTRACTS}

Import = tuple[str, str]


class Walls:
    """The package's imports, held against every contract; read once, as that takes longest."""

    def __init__(self) -> None:
        self.graph = grimp.build_graph("batchbell", include_external_packages=True, cache_dir=None)
        self._contracts = [
            CLASSES[options["type"]](options["name"], CONFIGURATION["session_options"], options)
            for options in CONTRACTS
        ]

    def broken_by(self, *imports: Import, of: Container[str] = NAMES) -> set[str]:
        """Return the names of the contracts, of these, that break if there were these imports."""
        graph = deepcopy(self.graph)
        for importer, imported in imports:
            if imported not in graph.modules:
                graph.add_module(imported, is_squashed=True)
            graph.add_import(importer=importer, imported=imported)
        return {
            contract.name
            for contract in self._contracts
            if contract.name in of
            if not contract.check(deepcopy(graph), verbose=False).kept
        }

    def rooms(self) -> Iterator[str]:
        """Yield every package that has at least two modules to make a circle of."""
        for module in sorted(self.graph.modules):
            if module.startswith("batchbell") and len(self.graph.find_children(module)) > 1:
                yield module


@pytest.fixture(scope="module")
def walls() -> Walls:
    return Walls()


def lint_imports(folder: Path, package: Path) -> set[str]:
    """Return the names of the contracts that the command finds broken in a checkout."""
    environ = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=folder,
        env=environ | {"PYTHONPATH": str(package.parent), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", result.stdout, re.MULTILINE))
    assert set(verdicts) == NAMES, result.stdout
    return {name for name, verdict in verdicts.items() if verdict == "BROKEN"}


def modules_of(layer: str, room: Path) -> list[str]:
    """Return the modules of a layer, without those still to come."""
    return [
        name
        for name in re.findall(r"\w+", layer)
        if (room / f"{name}.py").is_file() or (room / name).is_dir()
    ]


def against_the_layers(contract: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield one import of each layer by the next lower one, and one between strangers beside."""
    (container,) = contract["containers"]
    room = PACKAGE.joinpath(*container.split(".")[1:])
    layers = [(layer, modules_of(layer, room)) for layer in contract["layers"]]
    for (_, upper), (_, lower) in pairwise([each for each in layers if each[1]]):
        yield contract["name"], f"{container}.{lower[0]}", f"{container}.{upper[0]}"
    for layer, strangers in layers:
        for one, other in pairwise(strangers) if "|" in layer else ():
            yield contract["name"], f"{container}.{one}", f"{container}.{other}"


def _stranger_to(protected: str) -> str:
    """Return a module that the layers allow to import it: what is protected alone forbids that."""
    return "batchbell.cli.cancel" if protected.startswith("batchbell.") else "batchbell.clock"


#: At least one for every contract: its name, an importer, and what that must not import.
VIOLATIONS = [
    *(
        violation
        for contract in CONTRACTS
        if contract["type"] == "layers"
        for violation in against_the_layers(contract)
    ),
    (NO_CIRCLES, "batchbell.store.tables", "batchbell.store.events"),
    (CORE_LIBRARIES, "batchbell.core.event", "psycopg"),
    (CORE_EFFECTS, "batchbell.core.event", "time"),
    *(
        (contract["name"], _stranger_to(library), library)
        for contract in CONTRACTS
        for library in contract.get("protected_modules", ())
    ),
]
#: What a violation may break besides: an import up the layers can close a circle.
BESIDES = {contract["name"]: {NO_CIRCLES} for contract in CONTRACTS if contract["type"] == "layers"}


def test_the_package_keeps_every_contract() -> None:
    assert lint_imports(ROOT, PACKAGE) == set()


@pytest.mark.parametrize(("contract", "importer", "imported"), VIOLATIONS)
def test_a_violating_import_breaks_precisely_its_contract(
    walls: Walls, contract: str, importer: str, imported: str
) -> None:
    besides = BESIDES.get(contract, set())
    if (importer, imported) == ("batchbell.errors", "batchbell.clock"):
        besides = {CORE_EFFECTS}
    assert walls.broken_by((importer, imported)) - besides == {contract}


def test_every_contract_has_a_violation_above() -> None:
    assert {name for name, _, _ in VIOLATIONS} == NAMES


def test_a_circle_in_any_room_is_found(walls: Walls) -> None:
    rooms = list(walls.rooms())
    assert {"batchbell", "batchbell.core", "batchbell.store.views"} <= set(rooms)
    for room in rooms:
        one, other = sorted(walls.graph.find_children(room))[:2]
        assert walls.broken_by((one, other), (other, one), of={NO_CIRCLES}), room


def test_imports_are_seen_wherever_they_stand_and_every_module_needs_a_place(
    tmp_path: Path,
) -> None:
    package = tmp_path / "daemon" / "batchbell"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    with (package / "clock.py").open("a") as file:
        file.write("\ndef lazily() -> None:\n    import httpx\n")
        file.write("\nif TYPE_CHECKING:\n    from h11 import Connection\n")
    (package / "stray.py").write_text('"""A module nobody gave a place."""\n')
    (package / "web" / "guest.py").write_text('"""The same, inside a room."""\n')

    assert lint_imports(tmp_path, package) == {
        "only wire speaks through httpx",
        "only wire and the simulator speak HTTP by hand",
        LAYERS,
        "the page's imports run one way",
    }


def test_the_core_is_kept_from_every_library_the_project_depends_on() -> None:
    contract = next(contract for contract in CONTRACTS if contract["name"] == CORE_LIBRARIES)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[<>=\[]", spec)[0] for spec in project["dependencies"]}
    roots = {
        root
        for root, distributions in packages_distributions().items()
        # A private module is its package's own matter.
        if not root.startswith("_")
        if wanted & {name.lower() for name in distributions}
    }
    assert roots
    assert roots <= set(contract["forbidden_modules"])
