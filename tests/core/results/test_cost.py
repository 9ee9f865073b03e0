from __future__ import annotations

from decimal import Decimal

from batchbell.core.results.cost import Price, cost_of
from batchbell.core.results.lines import Tokens

PRICE = Price(input=Decimal("0.88"), output=Decimal("1.10"))


def test_tokens_cost_their_price_for_a_million() -> None:
    assert cost_of(Tokens(2_000_000, 500_000, 2_500_000), PRICE) == Decimal("2.31")
    assert cost_of(Tokens(1, 0, 1), PRICE) == Decimal("0.00000088")


def test_a_cost_that_is_not_known_is_not_0() -> None:
    assert cost_of(Tokens(1, 1, 2), None) is None
    assert cost_of(None, PRICE) is None
    assert cost_of(Tokens(0, 0, 12), PRICE) is None
