"""The configuration in force. It has one owner; whoever needs it asks there, each time anew."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from batchbell.config.channel_filter import filters_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.config import LoadedConfig
    from batchbell.config.settings import Settings, WebSettings
    from batchbell.core.routing import Filter


class InForce:
    """Owns the configuration in force; a reload replaces it whole."""

    def __init__(self, config: LoadedConfig) -> None:
        """Begin with the configuration of the start."""
        self._config = config
        self._page = config.settings.web

    @property
    def config(self) -> LoadedConfig:
        """All of it, and how it came to be."""
        return self._config

    @property
    def settings(self) -> Settings:
        """Its values."""
        return self._config.settings

    @property
    def page(self) -> WebSettings:
        """What is in force of the page; a new address, and all that came with it, needs a restart.

        What is asked of readers at the new address may be too little at the old one.
        """
        return self._page

    def filters(self) -> list[Filter]:
        """Return what each channel wants to hear."""
        return filters_of(self.settings)

    @contextmanager
    def taking(self, config: LoadedConfig) -> Iterator[None]:
        """Take a configuration into force; if the block raises, the old one is in force again."""
        before = self._config, self._page
        self._config = config
        if _address(config.settings.web) == _address(self._page):
            self._page = config.settings.web
        try:
            yield
        except BaseException:
            self._config, self._page = before
            raise


def _address(web: WebSettings) -> tuple[bool, str]:
    return web.enabled, web.listen
