"""Tests that share what takes long to make are run by one worker."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.conftest import pytest_xdist_make_scheduler
from tests.one_worker import COMPETING, SHARING, unit_of

ROOT = Path(__file__).parents[2]
SHARED = ["tests/browser/test_pages.py::one[a]", "tests/browser/test_from_elsewhere.py::two"]
ALONE = ["tests/core/test_diff.py::one", "tests/core/test_diff.py::two", "tests/test_clock.py::x"]


@dataclass(eq=False)
class FakeWorker:
    """A worker that is told which tests to run, by their numbers."""

    told: list[int] = field(default_factory=list)
    shutting_down = False
    gateway = SimpleNamespace(id="a worker")

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.told += numbers

    def shutdown(self) -> None:
        self.shutting_down = True


def fake_config(dist: str) -> Any:
    return SimpleNamespace(
        getoption=lambda _name: dist,
        getvalue=lambda _name: ["2*popen"],
        option=SimpleNamespace(loadscopereorder=True),
    )


def test_what_belongs_together_goes_to_one_worker_before_all_else() -> None:
    scheduler: Any = pytest_xdist_make_scheduler(fake_config("loadgroup"), log=None)
    workers = FakeWorker(), FakeWorker()
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, [*ALONE, *SHARED])

    scheduler.schedule()

    first, second = (worker.told for worker in workers)
    assert first[:2] == [3, 4]
    assert sorted(first[2:] + second) == [0, 1, 2]


def test_what_a_worker_has_done_is_not_counted_again() -> None:
    scheduler: Any = pytest_xdist_make_scheduler(fake_config("loadgroup"), log=None)
    workers = FakeWorker(), FakeWorker()
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, ALONE)
    scheduler.schedule()

    for worker in workers:
        for done, number in enumerate(worker.told, start=1):
            scheduler.mark_test_complete(worker, number)
            assert len(scheduler.assigned_work[worker]) == len(worker.told) - done

    assert sorted(workers[0].told + workers[1].told) == [0, 1, 2]
    assert all(worker.shutting_down for worker in workers)


def test_who_asks_for_another_way_of_handing_out_gets_that() -> None:
    assert pytest_xdist_make_scheduler(fake_config("load"), log=None) is None


def test_every_place_named_is_there() -> None:
    for place in SHARING + COMPETING:
        assert (ROOT / place).exists(), place


def test_what_is_made_once_a_module_is_made_by_one_worker() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        name = path.relative_to(ROOT).as_posix()
        # Machines are run one test after the other.
        text = path.read_text(encoding="utf-8")
        if (
            re.search(r'^@pytest.fixture\(scope="module"', text, re.MULTILINE)
            and "/system/" not in name
        ):
            assert unit_of(f"{name}::a test") in SHARING, name
