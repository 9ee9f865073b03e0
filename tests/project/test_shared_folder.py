"""What takes long to start is started once in a test run, for all its workers, and ends with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import SHARED_FOLDER, pytest_unconfigure
from tests.postgres_server import SHARED_SERVER
from tests.shared_folder import VARIABLE, locked, make_shared_folder, shared_folder

if TYPE_CHECKING:
    from tests.postgres_server import PostgresServer

ROOT = Path(__file__).parents[2]
#: What another worker does when a test asks for a database.
ANOTHER_WORKER = """
from tests.postgres_server import shared_postgres
from tests.shared_folder import shared_folder
server = shared_postgres(shared_folder())
print(server.folder, server.new())
"""


class Run:
    """What ends with pytest's configuration."""

    def __init__(self) -> None:
        self.stash = pytest.Stash()


def test_all_workers_of_a_run_have_databases_of_their_own_in_one_server(
    postgres: PostgresServer,
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER_WORKER], cwd=ROOT, capture_output=True, text=True, check=True
    )
    folder, theirs = done.stdout.split()
    with postgres.dropped_afterwards() as names:
        names += [theirs, postgres.new()]

        assert Path(folder) == postgres.folder
        assert len(set(names)) == 2


def test_a_server_and_the_folder_end_with_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "restored")
    folder = make_shared_folder()
    assert shared_folder() == folder
    # Where the program may be another user, who writes nowhere else.
    asked = folder / "asked"
    asked.touch()
    asked.chmod(0o666)
    program = folder / "pg_ctl"
    program.write_text(f'#!/bin/sh\necho "$@" > {asked}\n')
    program.chmod(0o755)
    (folder / SHARED_SERVER).write_text(f"{tmp_path}\n{folder}")
    run = Run()
    run.stash[SHARED_FOLDER] = folder
    kept = asked.open()  # it is removed with the folder

    pytest_unconfigure(run)  # type: ignore[arg-type]

    with kept:
        assert kept.read().split()[-1] == "stop"
    assert not folder.exists()


def test_a_worker_ends_nothing_that_others_use() -> None:
    pytest_unconfigure(Run())  # type: ignore[arg-type]

    folder = shared_folder()
    assert folder is not None
    with locked(folder):
        assert folder.is_dir()
