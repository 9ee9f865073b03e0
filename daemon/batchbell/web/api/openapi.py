"""The API's description for programs and people. Source: the OpenAPI Specification, 3.1.1."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from batchbell import __version__
from batchbell.web.api.addresses import ADDRESSES
from batchbell.web.api.answers import ErrorJson
from batchbell.web.api.schemas import reference, schemas_of

if TYPE_CHECKING:
    from batchbell.web.api.addresses import Address
    from batchbell.web.api.parameters import Parameter

#: What every address may answer besides what it is asked for.
_TROUBLES = {
    "405": ("WrongMethod", "The page can only be read."),
    "503": ("Unreadable", "The database can't be read at the moment."),
}
_BAD = ("Bad", "A parameter is unknown or wrong, or the page does not answer to this host name.")
_MISSING = ("Missing", "There is no such thing.")
_STRANGER = ("Stranger", "The page has a password or a token, and it was not sent.")


def description() -> dict[str, Any]:
    """Return the description; its server is where the page is, also behind a proxy's prefix."""
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "batchbell",
            "version": __version__,
            "summary": "Batch jobs, what happened to them, and who was told.",
            "description": (
                "Read-only. Times are RFC 3339 in UTC, progress is 0 to 1. Fields may be added; "
                "what is there keeps its name and meaning."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to where this description is.
        "servers": [{"url": ".."}],
        "paths": {
            **{f"/api{address.path}": {"get": _operation(address)} for address in ADDRESSES},
            "/api/openapi.json": {"get": _own_operation()},
        },
        "components": {
            "schemas": schemas_of(ErrorJson, *(address.answer for address in ADDRESSES)),
            "responses": {
                **{
                    name: _answer(says, reference(ErrorJson))
                    for name, says in (_BAD, _MISSING, *_TROUBLES.values())
                },
                _STRANGER[0]: {
                    "description": _STRANGER[1],
                    "content": {"text/plain": {"schema": {"type": "string"}}},
                },
            },
            "securitySchemes": {
                "password": {"type": "http", "scheme": "basic", "description": "Any user name."},
                "token": {"type": "http", "scheme": "bearer"},
            },
        },
        # Nothing, if the configuration has neither.
        "security": [{}, {"password": []}, {"token": []}],
    }


def _operation(address: Address) -> dict[str, Any]:
    missing = {"404": _MISSING} if address.may_miss else {}
    troubles = {"400": _BAD, "401": _STRANGER, **missing, **_TROUBLES}
    return {
        "operationId": address.name,
        "summary": address.says,
        "parameters": [
            *map(_named, re.findall(r"\{(\w+)\}", address.path)),
            *map(_asked, address.parameters),
        ],
        "responses": {
            "200": _answer(address.says, reference(address.answer)),
            **{
                code: {"$ref": f"#/components/responses/{name}"}
                for code, (name, _) in troubles.items()
            },
        },
    }


def _own_operation() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This description.",
        "responses": {
            "200": _answer("This description.", {"type": "object"}),
            "400": {"$ref": f"#/components/responses/{_BAD[0]}"},
            "401": {"$ref": f"#/components/responses/{_STRANGER[0]}"},
            "405": {"$ref": f"#/components/responses/{_TROUBLES['405'][0]}"},
        },
    }


def _named(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": "An id is one part: a slash in it is written as %2F.",
        "schema": {"type": "string", "minLength": 1},
    }


def _asked(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": "query",
        "description": parameter.says,
        "schema": dict(parameter.schema),
    }


def _answer(says: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": schema}}}
