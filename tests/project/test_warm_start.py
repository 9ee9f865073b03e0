"""What starts warm is what starts cold: the same words, the same end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

from tests.shared_folder import shared_folder
from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import ROOT, WarmServer, shared_server


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--config", "none.toml", "status"], ["status", "--nonsense"]]
)
def test_a_warm_command_says_and_ends_as_a_cold_one(tmp_path: Path, arguments: list[str]) -> None:
    warm = shared_server().run(arguments, cwd=tmp_path, timeout=TIMEOUT_SECONDS)
    cold = subprocess.run(
        [sys.executable, "-m", "batchbell", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    said = (warm.returncode, warm.stdout, warm.stderr)
    assert said == (cold.returncode, cold.stdout, cold.stderr)
    assert any(said[1:])


def test_all_workers_of_a_run_ask_the_same_server(tmp_path: Path) -> None:
    def parent_of_one_started_by(server: WarmServer) -> int:
        with (tmp_path / "out").open("wb") as out:
            process = server.start(["--version"], out=out.fileno(), err=out.fileno())
        # It stays the server's until its end was asked for.
        parent = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        assert process.wait(TIMEOUT_SECONDS) == 0
        return parent

    ours = shared_server()
    with WarmServer(shared_folder()) as as_another_worker:
        parents = {parent_of_one_started_by(server) for server in (ours, as_another_worker, ours)}

    assert len(parents) == 1
    assert parent_of_one_started_by(ours) in parents, "who leaves does not end it"


def test_a_measured_command_keeps_what_it_ran_and_looks_for_nothing_else(tmp_path: Path) -> None:
    kept = tmp_path / "coverage"
    measured = {"COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"), "COVERAGE_FILE": str(kept)}

    environ = {name: text for name, text in os.environ.items() if "COVERAGE" not in name}
    ran = shared_server().run(
        ["--version"], environ={**environ, **measured}, timeout=TIMEOUT_SECONDS
    )

    assert ran.returncode == 0
    [file] = tmp_path.iterdir()
    data = CoverageData(str(file))
    data.read()
    names = {Path(name).name for name in data.measured_files()}
    assert "__main__.py" in names
    assert "poll.py" not in names
