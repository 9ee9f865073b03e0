"""What `make demo` installs on a fresh checkout: what the program needs, and nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def planned(folder: Path) -> str:
    """Return the commands that `make demo` would run in a folder."""
    plan = subprocess.run(
        ["make", "--dry-run", "demo"],  # noqa: S607 - whichever make there is
        cwd=folder,
        # Not as a part of the `make test` that runs this.
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    )
    return plan.stdout


def checkout(folder: Path) -> Path:
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_a_fresh_checkout_installs_what_the_program_needs_alone(tmp_path: Path) -> None:
    plan = planned(checkout(tmp_path))

    assert "-r requirements.lock" in plan
    assert "requirements-dev.lock" not in plan
    assert "Installing what the demo needs" in plan
    assert plan.rstrip().endswith(".venv-demo/bin/python -m batchbell demo")


def test_an_environment_that_is_there_is_used(tmp_path: Path) -> None:
    folder = checkout(tmp_path)
    (folder / ".venv").mkdir()
    (folder / ".venv" / ".stamp").touch()

    assert planned(folder).rstrip().endswith(".venv/bin/python -m batchbell demo")
    assert "pip" not in planned(folder)
