"""A program that a channel runs can't look into the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.config_file import write_config
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

#: Loads a configuration as `run` does, and says whether others may look in. Source: prctl(2),
#: PR_GET_DUMPABLE.
PROGRAM = """
import ctypes, sys
from pathlib import Path
from batchbell.cli.loading import {load}
{load}(Path(sys.argv[1]))
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone knows it")


@pytest.mark.parametrize("load", ["load_config", "load_accounts"])
@pytest.mark.parametrize(
    ("variable", "dumpable"), [({}, "0"), ({"BATCHBELL_DEBUGGABLE": "1"}, "1")]
)
def test_nobody_looks_into_it_unless_that_is_asked_for(
    tmp_path: Path, load: str, variable: dict[str, str], dumpable: str
) -> None:
    config = write_config(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(load=load), str(config)],
        env={**os.environ, **variable},
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT_SECONDS,
    )
    assert done.stdout.strip() == dumpable
