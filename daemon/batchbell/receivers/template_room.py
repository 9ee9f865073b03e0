"""How much room a template may make: each check raises ValueError before the memory is taken."""

from __future__ import annotations

import re
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

#: Longest body a template may make, characters.
BODY_LIMIT = 100_000
#: Nothing a template multiplies or widens may have more elements.
_MOST_REPEATED = 10_000
#: The lengths of a method's or filter's two longest texts, multiplied: what it makes at most.
_MOST_ROOM = 10_000_000
#: A width or precision of five digits, or one that is an argument.
_WIDE_FORMAT = re.compile(r"[%:{][^%{}]*?(?:\d{5}|\*)")
#: What is said of that.
TOO_LONG = f"it would make more than {BODY_LIMIT:,} characters"
#: The template library's filters that make more of a text than was there.
WIDENING_FILTERS = ("center", "format", "indent", "join", "replace", "tojson", "wordwrap")


def check_operation(operator: str, left: object, right: object) -> None:
    """Refuse an operation that makes too much: `*`, `**`, `+` or `%`."""
    if operator == "%":
        _check_format(left)
    elif operator == "+":
        if _size_of(left) + _size_of(right) > BODY_LIMIT:
            raise ValueError(TOO_LONG)
    else:
        _check_product(operator, left, right)


def check_call(called: object, *given: object) -> None:
    """Refuse a call of a text's method that makes too much."""
    # The sandbox wraps `format`.
    called = getattr(called, "__wrapped__", called)
    text = getattr(called, "__self__", None)
    if isinstance(text, str):
        _check_room(text, *given)
        if getattr(called, "__name__", "").startswith("format"):
            _check_format(text)


def check_length(text: str) -> None:
    """Refuse a text that no body has room for."""
    if len(text) > BODY_LIMIT:
        raise ValueError(TOO_LONG)


def bounded_filter(make: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that refuses to make too much."""
    formats = make.__name__ == "do_format"

    @wraps(make)
    def bounded(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - a template's values
        _check_room(*arguments, *named.values())
        if formats:
            _check_format(arguments[0])
        return make(*arguments, **named)

    return bounded


def _check_product(operator: str, left: object, right: object) -> None:
    numbers = [value for value in (left, right) if isinstance(value, int | float)]
    repeats = len(numbers) == 1
    is_large = any(abs(number) > _MOST_REPEATED for number in numbers)
    if operator == "**" or (is_large and repeats):
        raise ValueError(f"{operator} with numbers this large is not allowed")
    if repeats and _size_of(left) * _size_of(right) * numbers[0] > BODY_LIMIT:
        raise ValueError(TOO_LONG)


def _check_room(*given: object) -> None:
    """Refuse a width that no body has, and to put a long text in a great many places."""
    *_, second, longest = sorted((1, 1, *map(_size_of, given)))
    is_wide = any(isinstance(each, int) and each > _MOST_REPEATED for each in given)
    if is_wide or second * longest > _MOST_ROOM:
        raise ValueError(TOO_LONG)


def _check_format(text: object) -> None:
    if isinstance(text, str) and _WIDE_FORMAT.search(text):
        raise ValueError(TOO_LONG)


def _size_of(value: object) -> int:
    """Return how long a text or list is; 1 for anything else."""
    return len(value) if isinstance(value, str | list | tuple) else 1
