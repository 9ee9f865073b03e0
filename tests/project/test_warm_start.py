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
