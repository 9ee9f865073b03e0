"""`Layer`: everything one place sets, in the same shape for each place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from batchbell.config.names import FILE_SUFFIX, dotted, wrong_name
from batchbell.errors import ConfigProblem

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config.names import KeyPath


#: Few file names without a dot or a slash are longer; API keys are.
_LONG_NAME_CHARACTERS = 20


def looks_like_secret(path: str) -> bool:
    """Tell whether a key or an address may have been written where its file's path belongs."""
    is_bare = "/" not in path and "." not in path
    return ":/" in path or (is_bare and len(path) >= _LONG_NAME_CHARACTERS)


@dataclass(frozen=True, slots=True)
class Given:
    """One key as it was set in one place; what is behind `file` is not read yet."""

    #: Where it was set, in words: "environment BATCHBELL_LOG_LEVEL".
    origin: str
    #: What is written there: text, or whatever TOML has; for `x_file` the path.
    value: object = None
    #: The file that holds the value.
    file: Path | None = None
    #: The dotted path or the variable that named `file`; None when it was found by its own name.
    named_by: str | None = None

    @property
    def shown_file(self) -> str:
        """The file's name for a message, withheld if the secret itself was written there."""
        if self.named_by and looks_like_secret(str(self.value)):
            return "(not shown, it looks like the secret itself; write the path of a file)"
        return str(self.file)


@dataclass(slots=True)
class Layer:
    """Everything one place sets."""

    #: What it is called in messages: "the environment".
    name: str
    #: Whether it is the TOML file; everywhere else values are plain text, lists too.
    is_file: bool = False
    given: dict[KeyPath, Given] = field(default_factory=dict)
    #: Tables that stand there, even empty ones.
    sections: set[KeyPath] = field(default_factory=set)
    problems: list[ConfigProblem] = field(default_factory=list)

    def refuse(self, where: str, what: str) -> None:
        """Note one thing wrong."""
        self.problems.append(ConfigProblem(where, what))

    def refuse_unknown(self, where: str, nearest: str) -> None:
        """Note a name that means nothing, with the nearest right one."""
        self.refuse(where, f"unknown key; the nearest right name is {nearest}")

    def add(self, path: KeyPath, given: Given) -> None:
        """Take one key, `path` without `_file`."""
        if path in self.given:
            key = dotted(path)
            both = f"{path[-1]} and {path[-1]}{FILE_SUFFIX}"
            self.refuse(key, f"set twice in {self.name} ({both}, or two spellings): keep one")
            return
        self.given[path] = given
        self.enter(path[:-1])

    def enter(self, section: KeyPath) -> None:
        """Note that a table is there."""
        self.sections.add(section)
        what = wrong_name(section) if section[1:] else ""
        if what:
            self.refuse(dotted(section), what)
