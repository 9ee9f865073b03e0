"""What a line of a job's files says, read from its bytes.

Source: docs/api.md; completions, transcriptions and embeddings answer in OpenAI's shapes. Lines in
the usual form are decoded by their types, which passes over everything else in them; the others are
decoded as they are, and both ways read the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from batchbell.core.results.lines import ResultLine, Tokens
from batchbell.wire.json_rows import decode_value

if TYPE_CHECKING:
    from collections.abc import Mapping

_SUCCESS = range(200, 300)
#: No answer has more; what says so is nonsense, tokens.
MOST_TOKENS = 1_000_000_000
#: Of an error's own words no more is looked at, characters.
LONGEST_MESSAGE = 10_000
_LENGTH = "length"


class _InputLine(msgspec.Struct):
    custom_id: str


class _Message(msgspec.Struct):
    content: str | None = None
    tool_calls: list[msgspec.Raw] | None = None


class _Choice(msgspec.Struct):
    finish_reason: str | None = None
    message: _Message | None = None
    text: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int | None = None


class _Body(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None
    error: None = None


class _Response(msgspec.Struct):
    status_code: int
    body: _Body


class _ChatLine(msgspec.Struct):
    """The usual line of an output: the answer to a chat, or a completion."""

    custom_id: str
    response: _Response
    error: None = None


_input_line = msgspec.json.Decoder(_InputLine)
_chat_line = msgspec.json.Decoder(_ChatLine)


def input_id(line: bytes) -> str | None:
    """Return the `custom_id` of an input's line, None for a line that can't be read."""
    try:
        return _input_line.decode(line).custom_id or None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _custom_id(_decoded(line))


def result_line(line: bytes) -> ResultLine | None:
    """Return what a line of an output or error file says, None for one that can't be read."""
    try:
        chat = _chat_line.decode(line)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _any_line(_decoded(line))
    response = chat.response
    choices = response.body.choices
    if response.status_code not in _SUCCESS or not chat.custom_id:
        return _any_line(_decoded(line))
    usage = response.body.usage
    return ResultLine(
        chat.custom_id,
        ok=True,
        empty=not any(map(_says_something, choices)),
        truncated=any(choice.finish_reason == _LENGTH for choice in choices),
        tokens=None
        if usage is None
        else _tokens(usage.prompt_tokens, usage.completion_tokens, usage.total_tokens),
    )


def _says_something(choice: _Choice) -> bool:
    message = choice.message
    if message is not None and (_is_text(message.content) or message.tool_calls):
        return True
    return _is_text(choice.text)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and not value.isspace()


def _decoded(line: bytes) -> dict[str, Any]:
    """Return the object that a line holds; none that can be read is an empty one."""
    return _object(decode_value(line.decode(errors="replace").strip("\ufeff \t\r\n")))


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [_object(each) for each in value] if isinstance(value, list) else []


def _custom_id(line: Mapping[str, Any]) -> str | None:
    custom_id = line.get("custom_id")
    # by type: true is no number here
    if type(custom_id) is int:
        return str(custom_id)
    return custom_id if isinstance(custom_id, str) and custom_id else None


def _any_line(line: Mapping[str, Any]) -> ResultLine | None:
    custom_id = _custom_id(line)
    if custom_id is None:
        return None
    response = _object(line.get("response"))
    body = response.get("body")
    status = _status(response.get("status_code"))
    error = line.get("error") or _object(body).get("error")
    tokens = _usage(_object(body).get("usage"))
    if error or (status not in _SUCCESS if status is not None else not body):
        return _failure(custom_id, status, error or body, tokens)
    choices = _objects(_object(body).get("choices"))
    return ResultLine(
        custom_id,
        ok=True,
        empty=_is_empty(body),
        truncated=any(choice.get("finish_reason") == _LENGTH for choice in choices),
        tokens=tokens,
    )


def _status(value: object) -> int | None:
    if type(value) is float and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip()[:3].isdecimal():
        return int(value.strip()[:3])
    return value if type(value) is int else None


def _is_empty(body: object) -> bool:
    """Whether an answer says nothing; one of an unknown shape may say something."""
    if not isinstance(body, dict):
        return not body or (isinstance(body, str) and body.isspace())
    if "choices" in body:
        return not any(map(_has_answer, _objects(body["choices"])))
    if "text" in body:
        return not _is_text(body["text"])
    return not body.get("data") if "data" in body else not body


def _has_answer(choice: Mapping[str, Any]) -> bool:
    message = _object(choice.get("message"))
    content = message.get("content")
    if isinstance(content, list):  # parts, of which texts have a text
        has_content = any(
            "text" not in part or _is_text(part["text"]) for part in _objects(content)
        )
    else:
        has_content = _is_text(content)
    return has_content or bool(message.get("tool_calls")) or _is_text(choice.get("text"))


def _usage(value: object) -> Tokens | None:
    usage = _object(value)
    total = usage.get("total_tokens")
    return _tokens(
        _number(usage.get("prompt_tokens")),
        _number(usage.get("completion_tokens")),
        None if total is None else _number(total),
    )


def _number(value: object) -> int:
    if type(value) is float and value.is_integer():
        return int(value)
    return value if type(value) is int else 0


def _tokens(prompt: int, completion: int, total: int | None) -> Tokens | None:
    whole = prompt + completion if total is None else total
    if min(prompt, completion, whole) < 0 or max(prompt, completion, whole) > MOST_TOKENS:
        return None
    return Tokens(prompt, completion, whole) if prompt or completion or whole else None


def _failure(
    custom_id: str, status: int | None, error: object, tokens: Tokens | None
) -> ResultLine:
    said = _object(error)
    nested = said.get("error")
    if not isinstance(error, dict):
        message = error
    elif nested:
        return _failure(custom_id, status, nested, tokens)
    else:
        message = said.get("message") or said.get("detail")
    return ResultLine(
        custom_id,
        ok=False,
        tokens=tokens,
        status=status,
        code=_text(said.get("code")) or _text(said.get("type")),
        message=message[:LONGEST_MESSAGE] if isinstance(message, str) else "",
    )


def _text(value: object) -> str:
    if type(value) is int or type(value) is float:
        return str(int(value) if value == value // 1 else value)
    return value if isinstance(value, str) else ""
