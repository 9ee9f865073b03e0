"""What the page has to know of the configuration in force."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.core.provider import ANY_PROVIDER, ProviderWords

if TYPE_CHECKING:
    from collections.abc import Mapping

    from batchbell.config import LoadedConfig
    from batchbell.providers.port import Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Which accounts are watched, and what else is in force."""

    #: Names of the accounts.
    accounts: tuple[str, ...]
    #: What to say of their provider.
    provider: ProviderWords = ANY_PROVIDER
    #: Where the API of each account is, as commands have it.
    base_urls: Mapping[str, str] = field(default_factory=dict)
    #: Where people reach the page, without a slash at its end; '' if that is not said.
    page_url: str = ""
    #: Names of the channels.
    channels: tuple[str, ...] = ()
    #: All of it; None where nothing was configured.
    configuration: LoadedConfig | None = None
    #: The accounts whose result files nobody reads.
    uncounted: frozenset[str] = frozenset()
    #: Whether anybody wrote down what tokens cost.
    has_prices: bool = False
    #: Why this replica does nothing; '' if it works.
    cut_off: str = ""


def watching(configuration: LoadedConfig, provider: Provider) -> Watching:
    """Return what a configuration asks for; all accounts are at one provider."""
    settings = configuration.settings
    return Watching(
        accounts=tuple(settings.accounts),
        provider=provider.words,
        base_urls={
            name: provider.address(account.base_url) for name, account in settings.accounts.items()
        },
        page_url=settings.web.public_url,
        channels=tuple(settings.channels),
        configuration=configuration,
        has_prices=bool(settings.prices),
        uncounted=frozenset(
            name for name in settings.accounts if settings.collect_of(name) == "off"
        ),
    )
