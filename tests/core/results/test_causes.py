from __future__ import annotations

from batchbell.core.results.cause import MOST_CAUSES
from batchbell.core.results.causes import MOST_GROUPS, Causes
from batchbell.core.results.lines import ResultLine


def failure(code: str = "", message: str = "", status: int | None = None) -> ResultLine:
    return ResultLine("a", ok=False, code=code, message=message, status=status)


def test_the_most_frequent_cause_comes_first_with_an_example_and_its_share() -> None:
    causes = Causes()
    once, often = causes.number_of(failure("b")), causes.number_of(failure("", "Bad request", 400))
    causes.add(once, "one")
    for name in ("two\n", "three", "four"):
        causes.add(often, name)

    first, second = causes.most_frequent()

    assert (first.code, first.message, first.count, first.share) == ("400", "Bad request", 3, 0.75)
    assert first.example == "two\N{REPLACEMENT CHARACTER}"
    assert first.retry_helps is False
    assert (second.code, second.count, second.example) == ("b", 1, "one")


def test_what_two_statuses_say_differently_is_not_known() -> None:
    causes = Causes()
    number = causes.number_of(failure("odd", status=400))
    assert causes.number_of(failure("odd", status=500)) == number
    causes.add(number, "one")

    assert causes.most_frequent()[0].retry_helps is None


def test_endless_causes_are_kept_within_bounds() -> None:
    causes = Causes()
    for number in range(MOST_GROUPS * 2):
        causes.add(causes.number_of(failure(f"c{number}")), "one")

    most_frequent = causes.most_frequent()

    assert len(most_frequent) == MOST_CAUSES
    assert (most_frequent[0].code, most_frequent[0].count) == ("…", MOST_GROUPS)
    assert most_frequent[0].retry_helps is None
