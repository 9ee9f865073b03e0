"""`make bench`: what a poll costs, in interleaved rounds, as ratios of one run."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import venv
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.polls.drawing import drawing
from benchmarks.polls.listings import Listings

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "performance.md"
PICTURE = ROOT / "docs" / "images" / "poll-cost.svg"
#: Where the environments of the SDKs are made, once.
ENVIRONMENTS = Path.home() / ".cache" / "batchbell" / "bench"
SDKS = {"SDK 1": ["together==1.6.0"], "SDK 3": ["together==3.1.1", "sqlalchemy>=2.1,<2.2"]}
SIZES = (100, 1_000, 10_000, 100_000)
FIRST = "first run"
#: Above this many jobs the naive daemon, which takes minutes, has one round.
PATIENCE = 10_000


@dataclass
class Cost:
    """What the rounds of one thing took: seconds of processor time, MB over idle."""

    cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of processor time, seconds."""
        return statistics.median(self.cpu)

    def __str__(self) -> str:
        spread = f"{min(self.cpu) * 1e3:,.1f}-{max(self.cpu) * 1e3:,.1f}"
        return f"{self.median * 1e3:,.1f} ({spread})"


class Subject:
    """A way to poll, in its own process."""

    def __init__(self, python: Path, way: str, url: str) -> None:
        """Start it and wait until it is ready."""
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - ends with the process
        self._process = subprocess.Popen(  # noqa: S603 - our own script
            [python, HERE / "subject.py", way, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # An SDK writes advertisements.
            stderr=self._errors,
            text=True,
            cwd=ROOT,
        )
        self._line()

    def once(self) -> dict[str, float]:
        """Poll once; return what it took."""
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        measured: dict[str, float] = json.loads(self._line())
        return measured

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise SystemExit(f"a measured process ended early: {self._errors.read()}")
        return line


def environment(name: str) -> Path:
    """Return the Python of an SDK's environment; it is made if it is not there."""
    folder = ENVIRONMENTS / name.replace(" ", "-").lower()
    python = folder / "bin" / "python"
    stamp = folder / "stamp"
    if not stamp.exists() or stamp.read_text() != repr(SDKS[name]):
        print(f"installing {SDKS[name][0]} ...", file=sys.stderr)  # noqa: T201 - it takes a while
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *SDKS[name]], check=True)  # noqa: S603
        stamp.write_text(repr(SDKS[name]))
    return python


def measured(jobs: int, rounds: int, *, with_naive: bool) -> dict[str, Cost]:
    """Return what each case and each baseline took, for so many jobs."""
    listings = Listings(jobs)
    bodies = listings.bodies()
    costs: dict[str, Cost] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        body = folder / "body"
        body.write_bytes(bodies["nothing changed"])
        server = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, HERE / "server.py", body], stdout=subprocess.PIPE, text=True
        )
        stack.callback(server.wait)
        stack.callback(server.kill)
        assert server.stdout is not None  # noqa: S101 - asked for above
        url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"

        def start(python: Path, way: str) -> Subject:
            subject = Subject(python, way, url)
            stack.callback(subject.close)
            return subject

        own = Path(sys.executable)
        others = {
            "download alone": start(own, "download"),
            "json.loads": start(own, "json_loads"),
            "typed decode": start(own, "msgspec_typed"),
            "SDK 1 list": start(environment("SDK 1"), "sdk"),
            "SDK 3 list": start(environment("SDK 3"), "sdk"),
        }
        if with_naive:
            others["naive daemon"] = start(environment("SDK 3"), "naive")
            others["naive daemon"].once()
        for each in others.values():
            if jobs <= PATIENCE:
                each.once()
        for number in range(rounds):
            for name, subject in others.items():
                body.write_bytes(bodies["nothing changed"])
                if name != "naive daemon" or jobs <= PATIENCE or number == 0:
                    _note(costs, name, subject.once())
            bell = Subject(own, "batchbell", url)
            _note(costs, FIRST, bell.once())
            bell.once()
            for name, changed in bodies.items():
                is_end = name == "500 end"
                body.write_bytes(listings.before_the_end() if is_end else bodies["nothing changed"])
                bell.once()
                body.write_bytes(changed)
                _note(costs, name, bell.once())
            bell.close()
    return costs


def _note(costs: dict[str, Cost], name: str, took: dict[str, float]) -> None:
    cost = costs.setdefault(name, Cost())
    cost.cpu.append(took["cpu"])
    cost.memory.append(took["memory"])


CASES = (
    "nothing changed",
    "one job's progress",
    "50 running jobs move",
    "1 % changed",
    "500 end",
    "reordered",
    FIRST,
)
BASELINES = (
    "download alone",
    "typed decode",
    "json.loads",
    "SDK 1 list",
    "SDK 3 list",
    "naive daemon",
)


def tables(found: dict[int, dict[str, Cost]]) -> Iterable[str]:
    """Yield the lines of the tables."""
    sizes = list(found)
    yield "Processor time of the whole process, ms: median (least-most)."
    yield ""
    yield f"| jobs | {' | '.join(f'{size:,}' for size in sizes)} |"
    yield f"|---|{'---:|' * len(sizes)}"
    for name in (*CASES, *BASELINES):
        cells = [str(found[size][name]) if name in found[size] else "" for size in sizes]
        bold = "**" if name in CASES else ""
        yield f"| {bold}{name}{bold} | {' | '.join(cells)} |"
    largest = found[sizes[-1]]
    yield ""
    yield f"Ratios at {sizes[-1]:,} jobs, and the most memory over idle, MB."
    yield ""
    yield "| | of the typed decode | of SDK 1's list | of SDK 3's list | memory |"
    yield "|---|---:|---:|---:|---:|"
    for name in CASES:
        cost = largest[name]
        ratios = [
            f"{cost.median / largest[base].median:.3f}"
            for base in ("typed decode", "SDK 1 list", "SDK 3 list")
        ]
        yield f"| {name} | {' | '.join(ratios)} | {max(cost.memory):.1f} |"
    smallest = found[sizes[0]]
    ratio = smallest["nothing changed"].median / smallest["SDK 3 list"].median
    yield ""
    yield f"At {sizes[0]:,} jobs an unchanged poll takes {ratio:.2f} of SDK 3's list."


def main() -> None:
    """Measure, print the tables, and write page and picture if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-naive", action="store_true", help="leave out the naive daemon")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md, too")
    chosen = parser.parse_args()
    found = {}
    for size in chosen.sizes:
        found[size] = measured(size, chosen.rounds, with_naive=not chosen.no_naive)
        print(f"{size:,} jobs done", file=sys.stderr)  # noqa: T201 - it takes a while
    machine = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, "
    machine += f"{platform.system()} {platform.machine()}, {chosen.rounds} rounds."
    text = "\n".join([machine, "", *tables(found)])
    print(text)  # noqa: T201 - that is what it is for
    if chosen.write:
        before, begin, rest = PAGE.read_text().partition("<!-- measured -->\n")
        _, end, after = rest.partition("<!-- end -->")
        PAGE.write_text(f"{before}{begin}{text}\n{end}{after}")
        PICTURE.write_text(drawing(found, (*CASES[:4], FIRST), BASELINES))


if __name__ == "__main__":
    main()
