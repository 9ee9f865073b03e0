"""Waiting for something to become true, never longer than a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: From one look to the next, seconds.
LOOK_SECONDS = 0.02


def wait_until(
    condition: Callable[[], T], what: str = "it", *, within: float = TIMEOUT_SECONDS
) -> T:
    """Return the condition's first true value; fail if there is none `within` seconds."""
    deadline = time.monotonic() + within
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within:g} s")
        time.sleep(LOOK_SECONDS)
    return value
