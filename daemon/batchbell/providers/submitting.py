"""How a file of requests is submitted by whoever has a shell."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class SubmitWay(StrEnum):
    """What people submit with."""

    #: It is there nearly everywhere.
    CURL = "curl"
    #: What the provider itself has for that.
    CLI = "cli"


class Submitting(NamedTuple):
    """One way, as a single command of several lines."""

    #: What it takes: `curl`; '' if there is no way.
    tool: str = ""
    lines: Sequence[str] = ()
