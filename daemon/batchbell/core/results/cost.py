"""What a job's tokens cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from batchbell.core.results.lines import Tokens

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model's tokens cost, in the user's currency, for a million."""

    input: Decimal
    output: Decimal


def cost_of(tokens: Tokens | None, price: Price | None) -> Decimal | None:
    """Return what the tokens cost, exactly; None for not known, which is not 0."""
    if tokens is None or price is None or not (tokens.prompt or tokens.completion):
        return None
    return (tokens.prompt * price.input + tokens.completion * price.output) / _MILLION
