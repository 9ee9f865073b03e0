"""Names of models as keys: `[prices."meta-llama/Llama-3.3-70B-Instruct-Turbo"]`.

A variable and a secret's file can't hold a slash, a dot or a capital, so a model's name is written
there with an underscore in place of everything else. What is the same in that form is one model.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeVar

    _Value = TypeVar("_Value")

#: The table whose own tables are named by models.
SECTION = "prices"
#: Longest name of a model, characters; those of fine-tuned ones are the longest.
MAX_CHARACTERS = 160
#: How many parts the path of a model's own table has.
_DEPTH = 2
_NAME = re.compile(rf"[!-~]{{1,{MAX_CHARACTERS}}}")


def is_model_name(word: str) -> bool:
    """Tell whether a model may be called so: printable ASCII, with a letter or a digit in it."""
    return _NAME.fullmatch(word) is not None and plain(word) != ""


def is_part_of_model_name(path: tuple[str, ...]) -> bool:
    """Tell whether a table at `path` is what TOML makes of a name with dots and no quotes."""
    return len(path) > _DEPTH and path[0] == SECTION


def plain(model: str) -> str:
    """Return a model's name as variables and secrets' files spell it, in small letters."""
    return re.sub(r"[^a-z0-9]+", "_", model.lower()).strip("_")


def of_model(tables: Mapping[str, _Value], model: str) -> _Value | None:
    """Return what stands for a model, however its name is spelled there; None for nothing."""
    exact = tables.get(model)
    if exact is not None:
        return exact
    wanted = plain(model)
    return next((value for name, value in tables.items() if plain(name) == wanted), None)


def spelled_twice(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield names that stand for one model, each with the first that does."""
    first: dict[str, str] = {}
    for name in names:
        if first.setdefault(plain(name), name) != name:
            yield name, first[plain(name)]
