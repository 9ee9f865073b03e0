"""One key of the table: what the models, the example and the reference need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic import Field
from pydantic_core import PydanticUndefined

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

#: What holds without a value, where nothing else is said.
NOT_SET = "not set"
_RESTART = " Changing it needs a restart."


def key(
    default: object = PydanticUndefined,
    *,
    says: str,
    unset: str = NOT_SET,
    needed: str = "",
    example: object = None,
    restart: bool = False,
) -> Any:  # noqa: ANN401 - like pydantic's `Field`, so that it may stand for any type
    """Return a key with its default, written as in the file; None if it is not set by default.

    `says` is its sentence in the reference, in Markdown. Without a default, `unset` says what
    holds, `needed` when it has to be set, and `example` is a value to show. `restart` is for a key
    that a reload does not change.
    """
    return Field(
        default,
        validate_default=True,
        description=says + (_RESTART if restart else ""),
        examples=None if example is None else [example],
        json_schema_extra={"unset": unset, "needed": needed},
    )


def default_of(field: FieldInfo) -> object:
    """Return the default as the file would have it; None without one that can be written."""
    return None if field.is_required() else field.default


def unset_of(field: FieldInfo) -> str:
    """Return what holds while the key has no value."""
    return cast("dict[str, str]", field.json_schema_extra)["unset"]


def needed_of(field: FieldInfo) -> str:
    """Return when the key has to be set; '' if never."""
    return cast("dict[str, str]", field.json_schema_extra)["needed"]
