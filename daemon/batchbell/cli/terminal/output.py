"""What standard output is, and so what may be printed there."""

from __future__ import annotations

import os
import sys


def on_terminal() -> bool:
    """Whether standard output is a terminal that can do more than print lines."""
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def has_bars() -> bool:
    """Whether bars that move are wanted: not in the log of a build, whatever it says it is."""
    return on_terminal() and not os.environ.get("CI")
