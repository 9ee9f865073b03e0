"""The package installs in three ways and works in each; locks, make targets and versions agree."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from contextlib import closing
from email import message_from_bytes
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import batchbell

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-build.lock",
    "requirements-postgres.lock",
)


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """Run a program away from this checkout's settings and return what it printed."""
    foreign = ("COVERAGE", "PYTHON", "PIP_")
    environ = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    result = subprocess.run(
        command, cwd=cwd, env=environ | variables, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def build(source: Path, target: str, folder: Path) -> Path:
    """Build a wheel or an sdist of `source` and return its path."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder, cwd=source)
    (built,) = folder.iterdir()
    return built


def install(folder: Path, *what: str | Path) -> Path:
    """Install into a fresh environment that borrows only the dependencies; return its programs."""
    venv.create(folder, with_pip=False, symlinks=True)
    purelib = Path(sysconfig.get_path("purelib", "venv", {"base": str(folder)}))
    (purelib / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    programs = folder / "bin"
    flags = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    pip = (sys.executable, "-m", "pip", "--python", programs / "python")
    run(*pip, "install", "--quiet", *flags, *what, cwd=folder)
    return programs


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def unpacked_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return source


@pytest.fixture(scope="session", params=["wheel", "sdist", "editable"])
def programs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"installed-from-{request.param}")
    if request.param == "editable":
        return install(folder, "--editable", ROOT)
    if request.param == "wheel":
        return install(folder, request.getfixturevalue("wheel"))
    source = request.getfixturevalue("unpacked_sdist")
    return install(folder, build(source, "wheel", tmp_path_factory.mktemp("wheel-of-sdist")))


def test_the_installed_program_tells_its_version(programs: Path, tmp_path: Path) -> None:
    assert batchbell.__version__ in run(programs / "batchbell", "--version", cwd=tmp_path)


def test_the_installed_program_finds_its_migrations(programs: Path, tmp_path: Path) -> None:
    database = tmp_path / "fresh.db"
    url = f"sqlite:///{database}"
    run(programs / "batchbell", "db", "upgrade", cwd=tmp_path, BATCHBELL_DATABASE_URL=url)
    with closing(sqlite3.connect(database)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    assert {"alembic_version", "batch_jobs", "events", "notifications"} <= tables


def test_the_installed_program_writes_its_starter_file(programs: Path, tmp_path: Path) -> None:
    run(programs / "batchbell", "config", "init", cwd=tmp_path)
    assert (tmp_path / "batchbell.toml").read_text() == (ROOT / "config.example.toml").read_text()


def files_below(folder: Path) -> set[str]:
    """Return the paths of a folder's files, relative to it and without compiled ones."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {str(path) for path in paths if "__pycache__" not in path.parts}


def test_the_wheel_carries_what_the_program_reads_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    migrations = {f"batchbell/_migrations/{name}" for name in files_below(ROOT / "migrations")}
    # What it says there is in the metadata.
    package = files_below(ROOT / "daemon") - {"README.md"}
    assert {"batchbell/py.typed", "batchbell/receivers/templates/mail.html"} <= package
    assert names == package | migrations | {"batchbell/config.example.toml"}


def test_what_an_index_shows_of_it_has_no_link_that_leads_nowhere_there(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        metadata = message_from_bytes(archive.read(name))
    assert metadata["Author"]
    text = metadata.get_payload()
    assert isinstance(text, str)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    assert links
    assert [link for link in links if not link.startswith("https://")] == []
    assert not re.search(r"(?:src|srcset|href)=", text)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_but_no_address(lock: str) -> None:
    pin = r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==[\w.+!-]+( ; [\w'() .<>=!]+)? \\"
    digest = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    origin = r"    #( via)?( {1,3}(-c )?[\w.-]+( \(pyproject\.toml(:\w+)?\))?)?"
    lines = (ROOT / lock).read_text().splitlines()
    strange = [line for line in lines if not re.fullmatch(f"{pin}|{digest}|{origin}", line)]
    assert strange == []
    hosts = r"://|\w\.(org|com|net|io|dev|ai|local)\b|index|localhost"
    assert [line for line in lines if re.search(hosts, line)] == []


def locked_versions(lock: str) -> dict[str, str]:
    """Return the pinned version of every distribution in a lock file."""
    return dict(
        re.findall(r"^([a-z0-9.-]+)(?:\[\S+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    )


def test_the_locks_satisfy_every_dependency() -> None:
    project = PYPROJECT["project"]
    development = PYPROJECT["dependency-groups"]["dev"] + PYPROJECT["build-system"]["requires"]
    postgres = project["optional-dependencies"]["postgres"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", postgres + development),
        ("requirements-postgres.lock", postgres),
    ):
        locked = locked_versions(lock)
        requirements = [Requirement(text) for text in wanted]
        assert [str(req) for req in requirements if locked[req.name] not in req.specifier] == []


def test_all_locks_pin_the_same_versions() -> None:
    runtime, development, build, postgres = map(locked_versions, LOCKS)
    assert runtime.items() <= postgres.items() <= development.items()
    assert build.items() <= development.items()


def test_the_package_the_project_and_the_changelog_name_one_version() -> None:
    assert PYPROJECT["project"]["version"] == batchbell.__version__
    assert f"## {batchbell.__version__}" in (ROOT / "CHANGELOG.md").read_text().replace("[", "")


def test_make_alone_lists_every_target() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^make ([\w-]+) +\S", run("make", cwd=ROOT), re.MULTILINE)
    assert sorted(listed) == sorted(phony.split())
    assert {"demo", "run", "test", "lint", "lock", "help"} <= set(listed)


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [("version_info", "needs Python 3.11 or newer"), ("ensurepip", "apt-get install python3-venv")],
)
def test_make_says_what_an_unfit_python_lacks(lacking: str, sentence: str, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{lacking}*) exit 1;; esac\n')
    python.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        (tmp_path / name).symlink_to(ROOT / name)
    result = subprocess.run(
        ["make", ".venv/.stamp", f"PYTHON={python}"],  # noqa: S607 - whichever make is installed
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert sentence in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_check_of_a_clean_checkout_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
