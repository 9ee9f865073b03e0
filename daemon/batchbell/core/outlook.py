"""When a job will be done: a forecast, or what stands against one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

#: No forecast reaches further; a job that slow has no finish worth naming.
HORIZON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a job will be done; `now` <= earliest <= finish <= latest <= `now` + `HORIZON`."""

    #: As likely before as after.
    finish: datetime
    #: One finish in ten is before.
    earliest: datetime
    #: One finish in ten is after.
    latest: datetime
    #: The pace it goes by, fraction of the job an hour.
    rate: float
    #: When it was made.
    made_at: datetime
    #: How long a history it rests on.
    known_for: timedelta


class Obstacle(Enum):
    """What stands against a forecast."""

    NOT_IN_PROGRESS = auto()
    NO_PROGRESS_YET = auto()
    TOO_FEW_SAMPLES = auto()
    ALL_DONE = auto()
    #: For too long, compared to how long it moved.
    STANDS_STILL = auto()
    #: For longer than it would still take.
    NOT_LOOKED_AT = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoForecast:
    """Why nothing can be said."""

    obstacle: Obstacle
    #: How long it stands still, or was not looked at; None for the other obstacles.
    lasting: timedelta | None = None
