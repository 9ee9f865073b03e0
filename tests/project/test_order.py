"""Workers are handed a mixture of tests that wait and tests that compute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.order import BEGUN_BY, TESTS, WAITING, long_first, waiting_spread

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class FakeTest:
    """A test of a file, maybe a long one."""

    name: str
    markers: tuple[str, ...] = ()
    path: Path = field(init=False)

    def __post_init__(self) -> None:
        self.path = TESTS / self.name.partition("::")[0]

    def get_closest_marker(self, name: str) -> str | None:
        return name if name in self.markers else None


def ordered(*tests: FakeTest) -> list[str]:
    items: Any = tests
    return [item.name for item in waiting_spread(long_first(items))]


def many(room: str, files: int, cases: int) -> list[FakeTest]:
    return [
        FakeTest(f"{room}/test_{file:02}.py::test[{case:03}]")
        for file in range(files)
        for case in range(cases)
    ]


def test_long_ones_are_begun_first_wherever_they_are() -> None:
    long = FakeTest("e2e/test_b.py::long", ("long",)), FakeTest("web/test_c.py::long", ("long",))

    names = ordered(FakeTest("core/test_a.py::one"), *long, FakeTest("e2e/test_b.py::one"))

    assert names[:2] == [test.name for test in long]
    assert sorted(names[2:]) == ["core/test_a.py::one", "e2e/test_b.py::one"]


def test_those_that_wait_are_spread_among_files_of_those_that_compute() -> None:
    tests = [*many("core", 1, 300), *many("e2e", 5, 8), *many("web", 79, 2)]

    names = ordered(*tests)

    assert Counter(names) == Counter(test.name for test in tests)
    places = [number for number, name in enumerate(names) if name.startswith("e2e/")]
    files = [{name.partition("::")[0] for name in names[a:b]} for a, b in pairwise(places)]
    assert len(places) == 40
    # 64 of the files go by meanwhile, of which one has many cases.
    assert {len(between) for between in files[2:]} <= {2, 3, 4}
    assert places[-1] < len(names) - (1 - BEGUN_BY) * 79 * 2


def test_the_order_in_a_file_and_in_a_room_that_waits_stays() -> None:
    tests = [*many("core", 3, 3), *many("e2e", 2, 4)]

    names = ordered(*tests)

    for room in ("core/", "e2e/"):
        of_it = [name for name in names if name.startswith(room)]
        assert of_it == sorted(of_it)


def test_where_none_waits_or_all_do_the_order_stays() -> None:
    for room in ("core", "e2e"):
        tests = many(room, 2, 2)
        assert ordered(*tests) == [test.name for test in tests]


def test_a_room_that_is_named_is_there() -> None:
    for room in WAITING:
        assert (TESTS / room).is_dir(), room
