"""`FaultPlan`: which faults are in force, for which requests and how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from batchbell.simulator.api import ApiRequest
    from tests.simulator.faults import Fault


@dataclass(slots=True)
class _Planned:
    fault: Fault
    #: Glob over the path without `/v1`.
    path: str
    #: Requests it still holds for; None: until cleared.
    left: int | None

    def holds_for(self, request: ApiRequest) -> bool:
        return self.left != 0 and fnmatchcase(request.path, self.path)


class FaultPlan:
    """The faults in force, in the order they were set. Safe to use from any thread."""

    def __init__(self) -> None:
        """Begin without faults."""
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []

    def add(self, *faults: Fault, path: str, times: int | None) -> None:
        """Put faults in force for the next `times` requests that match, None: until cleared."""
        with self._lock:
            self._planned.extend(_Planned(fault, path, times) for fault in faults)

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._planned.clear()

    def take(self, request: ApiRequest) -> list[Fault]:
        """Return the faults that hold for this request and count it."""
        with self._lock:
            held = [planned for planned in self._planned if planned.holds_for(request)]
            for planned in held:
                planned.left = None if planned.left is None else planned.left - 1
            self._planned = [planned for planned in self._planned if planned.left != 0]
        return [planned.fault for planned in held]
