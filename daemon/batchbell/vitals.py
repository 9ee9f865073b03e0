"""Whether the daemon really works: fed by rounds that ended, never by a bare timer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Vitals:
    """Collects signs of life and says what is missing."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        """`seconds` is a clock that never jumps."""
        self._seconds = seconds
        self._due: dict[str, float] = {}
        self._database_error = ""

    def expect(self, name: str, *, within_seconds: float) -> None:
        """Note a sign of life of `name`, and by when the next one has to come."""
        self._due[name] = self._seconds() + within_seconds

    def forget(self, name: str) -> None:
        """Expect nothing of `name` any more."""
        self._due.pop(name, None)

    def database_answered(self, error: Exception | None) -> None:
        """Note how the last transaction ended."""
        self._database_error = "" if error is None else str(error)

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
        return ([self._database_error] if self._database_error else []) + late
