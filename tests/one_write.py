"""A worker says all about a test in one write.

That it begins, how its three parts went and that it is over are five messages. Each woke the
process that hands out the tests, for nothing: it only has to know that the test is done.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


@contextmanager
def written_at_once(config: pytest.Config) -> Iterator[None]:
    """Keep what this worker says back, until it next says anything afterwards."""
    if (connection := _connection_of(config)) is None:
        yield
        return
    # Without the flush that follows each of them.
    connection.write = connection._write
    try:
        yield
    finally:
        del connection.write


def _connection_of(config: pytest.Config) -> Any:
    """Return a worker's connection to who hands out tests; without workers there is none."""
    if not hasattr(config, "workerinput"):
        return None
    worker: Any = next(
        each for each in config.pluginmanager.get_plugins() if hasattr(each, "sendevent")
    )
    return worker.channel.gateway._io
