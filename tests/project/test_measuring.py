"""A test that goes no new way is not measured, nor what it starts."""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from coverage import Coverage
from hypothesis import given
from hypothesis import strategies as st

from tests import conftest
from tests.measuring import (
    CASES_MEASURED,
    EVERY_CASE,
    MAKING_UP,
    TESTS,
    UNMEASURED,
    may_go_a_new_way,
    unmeasured,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest


def item(place: str, *markers: str, function: object = print, fixtures: Sequence[str] = ()) -> Any:
    return SimpleNamespace(
        path=TESTS / place,
        function=function,
        fixturenames=fixtures,
        get_closest_marker=lambda name: name if name in markers else None,
    )


def test_what_is_measured_twice_is_measured_by_neither_and_by_both_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "{}")
    both = [Coverage(data_file=None, config_file=False) for _ in range(2)]
    for each in both:
        each.start()
        # Would be refused if it were started with it: what is patched once stays so.
        each.set_option("run:patch", ["no such patch"])

    with unmeasured():
        inside = sys.gettrace(), Coverage.current(), "COVERAGE_PROCESS_CONFIG" in os.environ
    outside = []
    for each in reversed(both):
        outside.append((sys.gettrace() is not None, Coverage.current() is each))
        each.stop()

    assert inside == (None, None, False)
    assert outside == [(True, True)] * 2
    assert os.environ["COVERAGE_PROCESS_CONFIG"] == "{}"


def test_the_first_cases_of_a_test_are_measured_and_every_one_where_it_matters() -> None:
    more = CASES_MEASURED + 1

    assert may_go_a_new_way(item("web/test_gate.py"), CASES_MEASURED)
    assert not may_go_a_new_way(item("web/test_gate.py"), more)
    for room in EVERY_CASE:
        assert may_go_a_new_way(item(f"{room}/test_a.py"), more)


def test_what_is_made_up_by_chance_or_says_so_is_not_measured() -> None:
    @given(st.integers())
    def by_chance(_number: int) -> None: ...

    assert not may_go_a_new_way(item("core/test_job.py", function=by_chance), 1)
    assert not may_go_a_new_way(item("core/test_job.py", "unmeasured"), 1)
    for name in MAKING_UP:
        assert callable(getattr(conftest, name)), name
        asks = item("core/test_job.py", fixtures=["database", name])
        assert not may_go_a_new_way(asks, 1)


def test_a_room_that_is_named_is_there() -> None:
    for room in UNMEASURED | EVERY_CASE:
        assert (TESTS / room).is_dir(), room
    for room in UNMEASURED:
        assert not may_go_a_new_way(item(f"{room}/test_a.py"), 1)
