"""The names of keys: what may be written where, and how a name is written in each place.

Without any validation library: commands that only read need two or three keys, and not their
values' types.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property

from batchbell.config import model_names

#: One key or section: ("accounts", "default", "api_key"). In a pattern, "*" stands for a name.
KeyPath = tuple[str, ...]

VARIABLE_PREFIX = "BATCHBELL_"
CREDENTIAL_PREFIX = "batchbell_"
#: What separates the parts of a path in a variable's or a secret's name.
DELIMITER = "__"
FILE_SUFFIX = "_file"
#: Tables whose own tables are named by the user, and what stands for such a name in the reference.
NAMED = {"accounts": "NAME", "channels": "NAME", model_names.SECTION: "MODEL"}
#: Longest piece of a user's own name that a message repeats.
_SHOWN_CHARACTERS = model_names.MAX_CHARACTERS
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@dataclass(frozen=True)
class Names:
    """The keys that are looked for, as patterns."""

    keys: frozenset[KeyPath]
    #: Keys whose value is never shown; each may be given as `<key>_file` instead.
    secrets: frozenset[KeyPath] = frozenset()
    #: Keys that hold a list; in a variable: JSON, or separated by commas.
    lists: frozenset[KeyPath] = frozenset()
    #: Whether these are all keys there are; any table may hold others otherwise.
    is_all: bool = field(default=False, kw_only=True)

    @cached_property
    def sections(self) -> frozenset[KeyPath]:
        """The tables that the keys stand in, and () for the whole file."""
        return frozenset(path[:end] for path in self.keys for end in range(len(path)))

    @cached_property
    def writable(self) -> list[KeyPath]:
        """Everything that may be written, `x_file` included, sorted."""
        return sorted(self.keys | {(*path[:-1], path[-1] + FILE_SUFFIX) for path in self.secrets})

    def is_section(self, path: KeyPath) -> bool:
        """Tell whether a table may stand at `path`."""
        return pattern(path) in self.sections

    def secret_of(self, path: KeyPath) -> KeyPath | None:
        """Return the secret that `path` names a file for (`x_file` of a secret `x`), else None."""
        if not path or not path[-1].endswith(FILE_SUFFIX):
            return None
        secret = (*path[:-1], path[-1].removesuffix(FILE_SUFFIX))
        return secret if pattern(secret) in self.secrets else None

    def is_known(self, path: KeyPath) -> bool:
        """Tell whether a value may stand at `path`, `x_file` included."""
        return pattern(path) in self.keys or self.secret_of(path) is not None


def pattern(path: KeyPath) -> KeyPath:
    """Return the path with the user's own name replaced by "*"."""
    if len(path) > 1 and path[0] in NAMED:
        return (path[0], "*", *path[2:])
    return path


def wrong_name(section: KeyPath) -> str:
    """Return what is wrong with the user's own name of a table, '' if it may be called so.

    The path has two parts at least.
    """
    table, name = section[:2]
    if table == model_names.SECTION:
        most = model_names.MAX_CHARACTERS
        words = f"a model's name has 1 to {most} signs of printable ASCII, without spaces"
        return "" if model_names.is_model_name(name) else words
    if _NAME.fullmatch(name):
        return ""
    return (
        "a name has lower-case letters, digits and single underscores; "
        f"the nearest right name is {table}.{_suggested_name(name)}"
    )


def _suggested_name(word: str) -> str:
    """Return the nearest allowed name, "team" when nothing of the word can stay."""
    return re.sub(r"[^a-z0-9]+", "_", word[:_SHOWN_CHARACTERS].lower()).strip("_") or "team"


def shown(word: str) -> str:
    """Return a user's own word for a message: one line, no control characters, not too long."""
    if len(word) > _SHOWN_CHARACTERS:
        word = word[:_SHOWN_CHARACTERS] + "..."
    return word if _BARE.fullmatch(word) else json.dumps(word)


def dotted(path: KeyPath) -> str:
    """Return the path as in the file: `accounts.default.api_key`."""
    return ".".join(_placeholder(path) if part == "*" else shown(part) for part in path)


def _placeholder(path: KeyPath) -> str:
    """Return what stands for the user's own name in a path."""
    return NAMED.get(path[0], "NAME")


def variable(path: KeyPath) -> str:
    """Return the name of the environment variable of a path."""
    return VARIABLE_PREFIX + _joined(path).upper()


def secret_name(path: KeyPath) -> str:
    """Return the name of the credential, and of the file in /run/secrets, of a path."""
    return CREDENTIAL_PREFIX + _joined(path)


def _joined(path: KeyPath) -> str:
    """Return the path as a part of a variable's or a secret's name."""
    parts = [_placeholder(path) if part == "*" else shown(part) for part in path]
    if path[:1] == (model_names.SECTION,) and path[1:2] not in {(), ("*",)}:
        parts[1] = model_names.plain(path[1])
    return DELIMITER.join(parts)
