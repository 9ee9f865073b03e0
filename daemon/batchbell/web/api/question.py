"""One question to the API, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an address is asked for."""

    #: The value of each of its parameters, None for what was left out.
    chosen: Mapping[str, Any]
    #: The parts of the address that name something.
    path: Mapping[str, Any]
    #: On the API's clock.
    now: datetime
