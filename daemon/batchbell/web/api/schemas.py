"""JSON Schemas from the types of the answers: what a field is and means is written there, once."""

from __future__ import annotations

import inspect
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

_REF = "#/components/schemas/"
_TYPES: dict[object, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    NoneType: "null",
}


def reference(shape: type) -> Schema:
    """Return the schema that refers to a type's own one."""
    return {"$ref": _REF + _name(shape)}


def schemas_of(*shapes: type) -> dict[str, Schema]:
    """Return the schemas of these types and of all they are made of, by their names."""
    found: dict[str, Schema] = {}
    for shape in shapes:
        _collect(shape, found)
    return found


def _collect(shape: type, found: dict[str, Schema]) -> None:
    if _name(shape) in found:
        return
    hints = get_type_hints(shape, include_extras=True)
    found[_name(shape)] = {
        "type": "object",
        "description": inspect.getdoc(shape),
        "required": list(hints),
        "properties": {name: _schema(hint) for name, hint in hints.items()},
    }
    for hint in hints.values():
        for part in _objects(hint):
            _collect(part, found)


def _name(shape: type) -> str:
    return shape.__name__.removesuffix("Json")


def _objects(hint: object) -> Iterator[type]:
    """Yield the types of objects that a field may hold."""
    if isinstance(hint, type) and is_typeddict(hint):
        yield hint
    for part in get_args(hint):
        yield from _objects(part)


def _schema(hint: object) -> Schema:
    """Return the schema of a field."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        schema = _schema(inner)
        return {**schema, **dict(map(_said, notes))}
    if get_origin(hint) in {Union, UnionType}:
        return _either([_schema(part) for part in get_args(hint)])
    if get_origin(hint) is list:
        (item,) = get_args(hint)
        return {"type": "array", "items": _schema(item)}
    if get_origin(hint) is dict:
        _, value = get_args(hint)
        return {"type": "object", "additionalProperties": _schema(value)}
    if isinstance(hint, type) and is_typeddict(hint):
        return reference(hint)
    return {"type": _TYPES[hint]}


def _said(note: str | tuple[str, object]) -> tuple[str, object]:
    """Return a word of JSON Schema and its value."""
    if isinstance(note, str):
        return "description", note
    word, value = note
    return word, list(value) if isinstance(value, tuple) else value


def _either(schemas: list[Schema]) -> Schema:
    """Return a schema for one of these; what narrows one of them leaves null alone."""
    if any("$ref" in schema for schema in schemas):
        return {"oneOf": schemas}
    narrowed = {word: value for schema in schemas for word, value in schema.items()}
    return {**narrowed, "type": [schema["type"] for schema in schemas]}
