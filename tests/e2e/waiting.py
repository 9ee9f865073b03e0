"""Waiting for something to become true, never longer than a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

#: From one look to the next at first, seconds ...
LOOK_SECONDS = 0.02
#: ... and later this part of what was waited already, but no longer than that.
LATER_SHARE = 0.05
LONGEST_LOOK_SECONDS = 0.2


def wait_until(
    condition: Callable[[], T], what: str = "it", *, within: float = TIMEOUT_SECONDS
) -> T:
    """Return the condition's first true value; fail if there is none `within` seconds."""
    began = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - began
        if waited > within:
            raise AssertionError(f"{what}: not within {within:g} s")
        time.sleep(min(max(LOOK_SECONDS, waited * LATER_SHARE), LONGEST_LOOK_SECONDS))
    return value
