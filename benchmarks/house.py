# ruff: noqa: INP001, T201  (a script outside the package, which prints what it measured)
"""Count what the house is made of, at one commit or at several, as a Markdown table.

Run it in a checkout: `.venv/bin/python benchmarks/house.py [COMMIT...]`; without one, of `HEAD`.
Blank lines count for nothing in the share of imports, whose lines are those of import statements,
for annotations too. An arrow is a pair of things
on the top floor of which one imports the other, however often.
"""

from __future__ import annotations

import ast
import io
import statistics
import subprocess
import sys
import tarfile
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "daemon/batchbell"


def main() -> None:
    """Print a column for each commit."""
    commits = sys.argv[1:] or ["HEAD"]
    columns = [_counted(_files(commit)) for commit in commits]
    print(f"| | {' | '.join(commits)} |")
    print(f"|---|{'---:|' * len(commits)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(column[name] for column in columns)} |")


def _files(commit: str) -> dict[PurePosixPath, str]:
    """Return the package's modules and pyproject.toml as they were."""
    packed = subprocess.run(  # noqa: S603  (the user's own git, and the user's own commits)
        ["git", "archive", commit, PACKAGE, "pyproject.toml"],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {
            PurePosixPath(member.name): taken.read().decode()
            for member in archive
            if member.name.endswith((".py", ".toml")) and (taken := archive.extractfile(member))
        }


def _counted(files: Mapping[PurePosixPath, str]) -> dict[str, str]:
    pyproject = tomllib.loads(files[PurePosixPath("pyproject.toml")])
    modules = {path: text for path, text in files.items() if path.suffix == ".py"}
    trees = {path: ast.parse(text) for path, text in modules.items()}
    lines = [len(text.splitlines()) for text in modules.values()]
    functions = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    imports = sum(map(_import_lines, trees.values()))
    written = sum(bool(line.strip()) for text in modules.values() for line in text.splitlines())
    top = {_top(path) for path in modules} - {"__init__"}
    rooms = {_top(path) for path in modules if len(_inside(path)) > 1}
    arrows = {
        (_top(path), imported)
        for path, tree in trees.items()
        for imported in _imported(tree)
        if imported in top and imported != _top(path)
    }
    return {
        "modules": f"{len(modules):,}",
        "lines": f"{sum(lines):,}",
        "median module, lines": f"{statistics.median(lines):.0f}",
        "median function, lines": f"{statistics.median(functions):.0f}",
        "imports, of lines that are not blank": f"{imports / written:.1%}",
        "rooms on the top floor": f"{len(rooms)}",
        "loose modules there": f"{len(top - rooms)}",
        "arrows between them": f"{len(arrows)}",
        "import contracts": f"{len(pyproject['tool']['importlinter']['contracts'])}",
    }


def _inside(path: PurePosixPath) -> tuple[str, ...]:
    return path.relative_to(PACKAGE).parts


def _top(path: PurePosixPath) -> str:
    return PurePosixPath(_inside(path)[0]).stem


def _import_lines(tree: ast.Module) -> int:
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    )


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the things on the top floor that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "batchbell":
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("batchbell."):
            yield (node.module or "").split(".")[1]


if __name__ == "__main__":
    main()
