"""What starts warm is what starts cold: the same words, the same end."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--config", "none.toml", "status"], ["status", "--nonsense"]]
)
def test_a_warm_command_says_and_ends_as_a_cold_one(tmp_path: Path, arguments: list[str]) -> None:
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        warm = shared_server().start(arguments, out=out.fileno(), err=err.fileno(), cwd=tmp_path)
        status = warm.wait(TIMEOUT_SECONDS)

    cold = subprocess.run(
        [sys.executable, "-m", "batchbell", *arguments],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    said = (tmp_path / "out").read_bytes(), (tmp_path / "err").read_bytes()
    assert (status, *said) == (cold.returncode, cold.stdout, cold.stderr)
    assert any(said)
