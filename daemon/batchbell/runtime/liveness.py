"""Whether the daemon really works: fed by rounds that ended, never by a bare timer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.core.gauges import Condition

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Liveness:
    """Collects signs of life and says what is missing; work goes by its name."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds` is a clock that never jumps."""
        self._seconds = seconds
        self._due: dict[str, float] = {}
        self._database_errors: dict[str, str] = {}
        #: An error that its work is over, while nobody has written since.
        self._unproven = ""
        self._damage = ""
        self._failures = 0
        self._written: float | None = None

    def expect(self, name: str, *, within_seconds: float) -> None:
        """Note a sign of life of `name`, and by when the next one has to come."""
        self._due[name] = self._seconds() + within_seconds

    def forget(self, name: str) -> None:
        """Expect nothing of `name` any more, and hold nothing against it."""
        self._due.pop(name, None)
        self._database_errors.pop(name, None)

    def database_failed(self, name: str, error: Exception) -> None:
        """Note that a transaction of this work failed; that others work is no excuse."""
        self._failures += 1
        self._database_errors[name] = str(error)

    def database_worked(self, name: str) -> None:
        """Note that this work had nothing to write, or has: that it can be is not shown by that."""
        self._unproven = self._database_errors.pop(name, self._unproven)

    def database_written(self, name: str) -> None:
        """Note that a transaction of this work really wrote."""
        self._database_errors.pop(name, None)
        self._unproven = ""
        self._written = self._seconds()

    def database_examined(self, damage: str) -> None:
        """Note what a check-up found, in words with advice; '' if all is sound."""
        self._damage = damage

    def hung(self) -> tuple[str, ...]:
        """Return the names of the work that gave no sign of life in time."""
        now = self._seconds()
        return tuple(name for name, due in sorted(self._due.items()) if now > due)

    def complaints(self) -> list[str]:
        """Return what is wrong, in words; empty if all is well."""
        now = self._seconds()
        late = [
            f"{name}: no sign of life, overdue by {now - self._due[name]:.0f} s"
            for name in self.hung()
        ]
        # Most often all work fails for one reason.
        errors = [error for _, error in sorted(self._database_errors.items())]
        wrong = dict.fromkeys([self._damage, *errors, self._unproven])
        return [*filter(None, wrong), *late]

    def condition(self, *, now: datetime, skew: timedelta | None) -> Condition:
        """Return all of it in numbers; `skew` is how far the wall clock is ahead."""
        seconds, written = self._seconds(), self._written
        return Condition(
            is_healthy=not self.complaints(),
            overdue_seconds={
                name: max(seconds - due, 0.0) for name, due in sorted(self._due.items())
            },
            database_errors=self._failures,
            written_at=None if written is None else now - timedelta(seconds=seconds - written),
            skew=skew,
        )
