"""Run `batchbell` as if it were another time: `python -m docs.pictures.as_of TIME status`.

The demo's hour passes in a minute, so that to this machine's clock its database is in the future.
"""

from __future__ import annotations

import sys

import time_machine

from batchbell.__main__ import main


def run_as_of() -> None:
    """Run `batchbell` with the arguments behind the time."""
    _, moment, *arguments = sys.argv
    sys.argv = ["batchbell", *arguments]
    with time_machine.travel(moment):
        main()


if __name__ == "__main__":
    run_as_of()
