"""The key of an account, which may be another one by the time the API refuses it."""

from __future__ import annotations

import logging
import threading
from typing import Protocol

from batchbell.config.urls import check_printable
from batchbell.errors import ConfigError, UsageError
from batchbell.observability.redaction import Redaction

logger = logging.getLogger(__name__)


class KeyPlace(Protocol):
    """Where the key stands, which may have changed since it was read."""

    def read(self) -> str:
        """Return the key that stands there now, or raise `ConfigError`."""

    @property
    def name(self) -> str:
        """What the place is called, never what stands there; '' if that is not known."""

    @property
    def advice(self) -> str:
        """What to know about the place when the key is refused; '' if nothing."""


class ApiKey:
    """A key, the place it came from, and what keeps it out of texts."""

    def __init__(
        self,
        value: str,
        *,
        place: KeyPlace | None = None,
        redaction: Redaction | None = None,
    ) -> None:
        """Take a key; without a `place` it never changes. Raises `UsageError` for a bad one."""
        try:
            self.value = check_printable(value.strip())
        except ValueError as error:
            raise UsageError(f"the API key {error}") from None
        self._place = place
        self._redaction = Redaction() if redaction is None else redaction
        self._redaction.learn([self.value])
        self._renewing = threading.Lock()

    @property
    def redact(self) -> Redaction:
        """What takes secrets, this key among them, out of a text."""
        return self._redaction

    @property
    def advice(self) -> str:
        """What to know when it is refused; '' if nothing."""
        return "" if self._place is None else self._place.advice

    def renew(self, refused: str) -> bool:
        """Read the place again; return whether a key other than the refused one is in use now.

        Of several calls that were refused together the first one finds it.
        """
        with self._renewing:
            return self.value != refused or self._found_another()

    def _found_another(self) -> bool:
        if self._place is None:
            return False
        try:
            value = check_printable(self._place.read().strip())
        except (ConfigError, ValueError) as error:
            logger.debug("no new key: %s", error)
            return False
        if value == self.value:
            return False
        self._redaction.learn([value])
        self.value = value
        logger.info("the API refused the key, and there is a new one: it is tried")
        return True
