"""An API in a process of its own whose one listing every account gets; jobs of it end."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from benchmarks.polls.listings import Listings

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

_SERVER = Path(__file__).parents[1] / "polls" / "server.py"
_RUNS = {
    "status": "IN_PROGRESS",
    "progress": 42.0,
    "completed_at": None,
    "output_file_id": None,
}
_FAILED = {"status": "FAILED", "error": "line 3: invalid JSON"}


class ListingApi:
    """What it lists, in the file that its process serves."""

    def __init__(self, port: int, body: Path, jobs: int) -> None:
        """Let all jobs run."""
        self._origin = f"http://127.0.0.1:{port}"
        self._body = body
        self._rows = [{**row, **_RUNS} for row in Listings(jobs).rows]
        self._running = list(range(jobs))
        #: The ids of those that have ended.
        self.ended: list[str] = []
        self._write()

    @property
    def base_url(self) -> str:
        """What an account is told."""
        return f"{self._origin}/v1"

    @property
    def bytes_listed(self) -> int:
        """How long a listing is."""
        return self._body.stat().st_size

    def served(self) -> int:
        """Return how many listings were asked for."""
        with urlopen(f"{self._origin}/count") as answer:  # noqa: S310 - our own
            return int(answer.read())

    def end(self, count: int, rng: random.Random) -> None:
        """Let some jobs fail."""
        for place in rng.sample(self._running, min(count, len(self._running))):
            self._running.remove(place)
            self._rows[place] |= _FAILED
            self.ended.append(str(self._rows[place]["id"]))
        self._write()

    def move(self, count: int) -> None:
        """Let some jobs make progress."""
        for place in self._running[:count]:
            self._rows[place]["progress"] += 1
        self._write()

    def _write(self) -> None:
        written = self._body.with_suffix(".new")
        written.write_text(json.dumps(self._rows, separators=(",", ":")))
        written.replace(self._body)


@contextmanager
def running_api(folder: Path, jobs: int) -> Iterator[ListingApi]:
    """Serve for the length of a `with` block."""
    body = folder / "listing.json"
    with ExitStack() as stack:
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, _SERVER, body],
            stdout=subprocess.PIPE,
            # It says of each poller that was killed that its connection is gone.
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        assert process.stdout is not None  # noqa: S101 - asked for above
        yield ListingApi(int(process.stdout.readline()), body, jobs)
