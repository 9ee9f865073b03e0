"""What a line of a job's files says, whoever the provider is."""

from __future__ import annotations

from typing import NamedTuple


class Tokens(NamedTuple):
    """What answers were made of, tokens."""

    prompt: int = 0
    completion: int = 0
    total: int = 0


class ResultLine(NamedTuple):
    """One line of an output or error file.

    A tuple, as there are a hundred thousand of them in a second. Of an input's line only the
    `custom_id` counts. Where a line or an id is None in this room, the line can't be read: it is no
    JSON object with a `custom_id`, or too long.
    """

    #: As the input has it.
    custom_id: str
    #: Whether it is an answer: its status is 2xx, and it says something else than an error.
    ok: bool
    #: Of an answer: it has no text and no tool call.
    empty: bool = False
    #: Of an answer: it ends where the request's limit of tokens was.
    truncated: bool = False
    #: None where the line says nothing of it.
    tokens: Tokens | None = None
    #: The HTTP status of a failure, None where the line has none.
    status: int | None = None
    #: The error's own code or type, as it came; '' for none.
    code: str = ""
    #: The error's own words, as they came: they may repeat the request. '' for none.
    message: str = ""
