"""Which tests are measured by coverage, and how all others run without: that halves their time."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from coverage import Coverage
from hypothesis import is_hypothesis_test

from tests.whole_program import import_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

TESTS = Path(__file__).parent

#: Rooms of tests that go ways which quicker tests have gone, or none of the program's.
UNMEASURED = {"e2e", "browser", "golden", "project"}
#: Of a test only so many cases are measured: the others go the same ways ...
CASES_MEASURED = 1
#: ... but not in these rooms: of the core each branch has to be gone, and each message has words of
#: its own.
EVERY_CASE = {"core", "messages"}
#: What gives a test as many made-up examples as it is asked for.
MAKING_UP = {"sequences", "triples"}


def may_go_a_new_way(item: pytest.Item, case: int) -> bool:
    """Whether the `case`th case of a test may reach what no other test does; none by chance."""
    room = item.path.relative_to(TESTS).parts[0]
    return not (
        room in UNMEASURED
        or item.get_closest_marker("unmeasured") is not None
        or is_hypothesis_test(getattr(item, "function", None))
        or not MAKING_UP.isdisjoint(getattr(item, "fixturenames", ()))
        or (case > CASES_MEASURED and room not in EVERY_CASE)
    )


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure neither this process nor one that is started meanwhile.

    A worker is measured twice, from its start and from its first test: who stops the one measures
    by the other.
    """
    with ExitStack() as afterwards:
        while (measuring := Coverage.current()) is not None:
            measuring.stop()
            # What its processes are told is in the environment: it need not be made once more.
            measuring.set_option("run:patch", [])
            afterwards.callback(measuring.start)
        environ = {name: os.environ.pop(name) for name in list(os.environ) if "COVERAGE" in name}
        afterwards.callback(os.environ.update, environ)
        yield


def measure_imports() -> None:
    """Import all of the program while it is measured: later a test that is not may come first."""
    if Coverage.current() is not None:
        import_all()
