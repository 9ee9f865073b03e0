"""What a worker says about a test is written at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.one_write import written_at_once


class Connection:
    """Has what execnet's has: messages are written, and each is flushed."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.flushed: list[list[bytes]] = []

    def _write(self, data: bytes) -> None:
        self.waiting.append(data)

    def write(self, data: bytes) -> None:
        self._write(data)
        self.flushed.append(self.waiting)
        self.waiting = []


def config_of(connection: Connection, **more: Any) -> Any:
    worker = SimpleNamespace(
        sendevent=print, channel=SimpleNamespace(gateway=SimpleNamespace(_io=connection))
    )
    plugins = SimpleNamespace(get_plugins=lambda: [SimpleNamespace(), worker])
    return SimpleNamespace(pluginmanager=plugins, **more)


def test_it_goes_out_with_the_word_that_the_test_is_done() -> None:
    connection = Connection()

    with written_at_once(config_of(connection, workerinput={})):
        connection.write(b"begins")
        connection.write(b"passed")
    connection.write(b"done")

    assert connection.flushed == [[b"begins", b"passed", b"done"]]


def test_a_run_without_workers_says_all_by_itself() -> None:
    connection = Connection()

    with written_at_once(config_of(connection)):
        connection.write(b"begins")

    assert connection.flushed == [[b"begins"]]
