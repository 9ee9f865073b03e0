"""A process that keeps files is killed at random bytes: a file is whole under its name, or absent.

More of it with `pytest tests/usecases/test_keep_kills.py --kills 200`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from batchbell.usecases.kept_files import kept_files
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

#: Other tests go the same ways once, and measure them.
pytestmark = pytest.mark.unmeasured

MEGABYTES = 100
#: Keeps the three files of a job, each of so many megabytes that tell where they stand.
KEEPER = """
import asyncio, sys
from pathlib import Path
from batchbell.core.results.job_results import FileKind, JobResults, ResultFile, ResultsState
from batchbell.usecases.keep_files import FileKeeper

class Api:
    async def file_content(self, file_id, *, max_bytes):
        for number in range(int(sys.argv[2])):
            yield f"{file_id} {number:07}\\n".encode() * 65_536

files = tuple(ResultFile(kind=kind, id=f"{kind:>7}") for kind in FileKind)
known = JobResults(
    account="prod", job_id="job", status="COMPLETED", state=ResultsState.WAITING, files=files
)

async def keep():
    keeper = FileKeeper(Path(sys.argv[1]), known)
    for file in files:
        async for _ in keeper.reading(Api()).file_content(file.id, max_bytes=10**9):
            pass
    keeper.finish(known)

asyncio.run(keep())
print("kept", flush=True)
"""
NAMES = {f"{kind:>7}": f"{kind}.jsonl" for kind in ("input", "output", "errors")}
#: Every piece has 16 bytes a line.
PIECES = MEGABYTES * 1_000_000 // (16 * 65_536)


def digest_of(file_id: str) -> str:
    """Return the fingerprint of the whole file."""
    digest = sha256()
    for number in range(PIECES):
        digest.update(f"{file_id} {number:07}\n".encode() * 65_536)
    return digest.hexdigest()


def keeping(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(folder), str(PIECES)], stdout=subprocess.PIPE
    )


def written(place: Path) -> int:
    """Return how much stands there, in files that are whole and in one that is not, bytes."""
    sizes = []
    for path in place.glob("*.jsonl*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue  # it has got its name meanwhile
    return sum(sizes)


def test_a_killed_process_leaves_no_part_of_a_file_under_its_name(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(1)  # noqa: S311 - no secret comes of it
    whole = {name: digest_of(file_id) for file_id, name in NAMES.items()}
    seen: set[tuple[str, int]] = set()
    for number in range(request.config.getoption("--kills")):
        folder = tmp_path / str(number)
        place = folder / "prod" / "job"
        at = chance.randrange(3 * MEGABYTES * 1_000_000)
        with keeping(folder) as process:
            deadline = time.monotonic() + TIMEOUT_SECONDS
            while written(place) < at and process.poll() is None:
                assert time.monotonic() < deadline
            process.kill()
        for path in place.glob("*.jsonl"):
            status = path.stat()
            if (path.name, status.st_size) not in seen:
                assert sha256(path.read_bytes()).hexdigest() == whole[path.name]
                seen.add((path.name, status.st_size))
        assert {path.name for path in kept_files(folder, "prod", "job").values()} <= whole.keys()

        if number == 0:
            with keeping(folder) as process:
                process.wait(TIMEOUT_SECONDS)
            assert {path.name for path in place.iterdir()} == {*NAMES.values(), "verdict.json"}
        for path in place.glob("*"):
            path.unlink()
