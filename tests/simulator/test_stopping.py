"""A simulator that stops leaves no connection open, not even one that came in just then."""

from __future__ import annotations

import gc
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.thread import ThreadedSimulator


def stays(_api: ThreadedSimulator) -> None:
    """Do nothing: it is stopped at the end."""


def goes_and_comes(api: ThreadedSimulator) -> None:
    api.refuse()
    api.accept()


@pytest.mark.parametrize("happens", [stays, goes_and_comes])
def test_what_is_accepted_while_it_stops_is_closed(
    happens: Callable[[ThreadedSimulator], None],
) -> None:
    # What is left open is an error of the test: a ResourceWarning that nobody can catch.
    for _ in range(20):
        with ExitStack() as clients, running_simulator() as api:
            port = urlsplit(api.base_url).port
            for _ in range(4):
                client = clients.enter_context(socket.socket())
                client.settimeout(0)
                client.connect_ex(("127.0.0.1", port))
            happens(api)
        gc.collect()
