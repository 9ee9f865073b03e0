"""Whatever is sent to another machine arrives on this one: `-m docs.pictures.day.here NETLOC ...`.

As a program it is `docs.pictures.as_of`, whose arguments follow.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

from batchbell.wire.http import HttpClient

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "127.0.0.1"
#: How often to look whether somebody is still there.
LOOK_SECONDS = 0.5


@contextmanager
def all_led_to(netloc: str) -> Iterator[None]:
    """Lead requests for other hosts to a receiver here, the host as the first part of the path."""
    stream = HttpClient.stream

    def stream_here(client: HttpClient, method: str, url: str, **options: Any) -> Any:  # noqa: ANN401 - as it is
        return stream(client, method, _at(netloc, url), **options)

    with patch.object(HttpClient, "stream", stream_here):
        yield


def _end_with(parent: int) -> None:
    """End when whoever started this has ended, however that was."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def _at(netloc: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname == HERE:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"http://{netloc}/{parts.netloc}{parts.path}{query}"


if __name__ == "__main__":
    from docs.pictures.as_of import run_as_of

    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()
    with all_led_to(sys.argv.pop(1)):
        run_as_of()
