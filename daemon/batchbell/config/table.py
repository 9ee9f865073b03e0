"""The table of keys as data, read off the models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, get_args, get_origin

from pydantic import BaseModel, SecretStr

from batchbell.config import checks
from batchbell.config.key import default_of, needed_of, unset_of
from batchbell.config.names import Names
from batchbell.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from batchbell.config.names import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One key of the table."""

    #: What it may be, in the words of the reference, Markdown.
    type: str
    #: As the file would have it; None without one that can be written.
    default: object
    #: What holds while it has no value, Markdown.
    unset: str
    #: When it has to be set, Markdown; '' if never.
    needed: str
    #: A value to show if there is no default.
    example: object
    #: Its sentence, Markdown.
    says: str
    is_secret: bool
    is_list: bool

    @property
    def may_be_off(self) -> bool:
        """Whether it can be switched off."""
        return self.type.startswith(f"`{checks.OFF}`")


@cache
def table() -> dict[KeyPath, Row]:
    """Return every key by its pattern, in the order of the file."""
    return dict(_rows(Settings, ()))


def _rows(model: type[BaseModel], section: KeyPath) -> Iterator[tuple[KeyPath, Row]]:
    """Yield the keys of a section, plain ones before its tables."""
    tables = []
    for name, field in model.model_fields.items():
        path = (*section, name)
        inner = _model_in(field.annotation)
        if inner is None:
            yield path, _row(field)
        else:
            tables.append((inner, path if inner is field.annotation else (*path, "*")))
    for inner, path in tables:
        yield from _rows(inner, path)


def _row(field: FieldInfo) -> Row:
    parts = [*_parts(field.annotation), *field.metadata]
    is_secret, is_list = SecretStr in parts, tuple in parts
    words = next((part.words for part in parts if getattr(part, "words", "")), "")
    return Row(
        type=words or _plain_words(is_secret=is_secret, is_list=is_list, is_flag=bool in parts),
        default=default_of(field),
        unset=unset_of(field),
        needed=needed_of(field),
        example=field.examples[0] if field.examples else None,
        says=field.description or "",
        is_secret=is_secret,
        is_list=is_list,
    )


def _plain_words(*, is_secret: bool, is_list: bool, is_flag: bool) -> str:
    if is_flag:
        return "`true` or `false`"
    if is_list:
        return "list of texts"
    return "secret text" if is_secret else "text"


def _parts(annotation: object) -> Iterator[object]:
    """Yield what a type is made of, without what stands within a list."""
    origin = get_origin(annotation)
    if origin is tuple or origin is None:
        yield origin or annotation
        return
    for part in get_args(annotation):
        yield from _parts(part)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model of a section, or of each of its tables that the user names."""
    found = get_args(annotation)[1] if get_origin(annotation) is dict else annotation
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None


def _names() -> Names:
    return Names(
        keys=frozenset(table()),
        secrets=frozenset(path for path, row in table().items() if row.is_secret),
        lists=frozenset(path for path, row in table().items() if row.is_list),
        is_all=True,
    )


#: Everything that may be written anywhere.
NAMES = _names()
