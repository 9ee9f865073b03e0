"""One line when something stops working and one when it works again, however long it takes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from batchbell.clock import boot_seconds

if TYPE_CHECKING:
    from collections.abc import Callable


class Outage:
    """Logs the first failure in a row and the end of the row; those in between at debug level."""

    def __init__(
        self,
        logger: logging.Logger,
        *,
        level: int = logging.WARNING,
        seconds: Callable[[], float] = boot_seconds,
    ) -> None:
        """`level` is that of the first failure, `seconds` a clock that never jumps."""
        self._logger = logger
        self._level = level
        self._seconds = seconds
        self._failures = 0
        self._began = 0.0

    def failed(self, message: str, reason: object, **fields: object) -> None:
        """Note a failure; `message` has a `%s` for its reason, `fields` belong to the line."""
        if not self._failures:
            self._began = self._seconds()
        self._failures += 1
        level = self._level if self._failures == 1 else logging.DEBUG
        self._logger.log(level, message, reason, extra={**fields, "failures": self._failures})

    def ended(self, message: str, **fields: object) -> None:
        """Note a success: the line says how long it failed, and how often."""
        if not self._failures:
            return
        lasted_seconds = round(self._seconds() - self._began)
        numbers = {"failures": self._failures, "lasted_seconds": lasted_seconds}
        self._failures = 0
        self._logger.info(message, extra={**fields, **numbers})
