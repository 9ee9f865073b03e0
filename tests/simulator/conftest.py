from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.simulator.clock import SimulatedClock
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A moment of the recorded jobs' week.
START = datetime(2025, 6, 11, 6, 11, 22, 752350, tzinfo=UTC)


@pytest.fixture
def simulator() -> Iterator[ThreadedSimulator]:
    """Time stands still in it unless the test moves it."""
    with running_simulator(clock=SimulatedClock(START, speed=0)) as running:
        yield running


@pytest.fixture
def client(simulator: ThreadedSimulator) -> Iterator[httpx.Client]:
    headers = {"authorization": "Bearer not-a-real-key"}
    with httpx.Client(
        base_url=simulator.base_url, headers=headers, trust_env=False, timeout=TIMEOUT_SECONDS
    ) as opened:
        yield opened
