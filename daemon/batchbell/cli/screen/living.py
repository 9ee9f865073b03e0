"""A part of the terminal that is redrawn, and put right again however it ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.live import Live


@contextmanager
def living(live: Live) -> Iterator[Live]:
    """Run a live display for the length of a `with` block.

    `with live` alone leaves the cursor hidden if Ctrl-C comes while it starts.
    """
    try:
        with live:
            yield live
    finally:
        live.stop()
