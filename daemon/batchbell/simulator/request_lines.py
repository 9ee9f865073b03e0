"""What stands in a job's files about one request: its line of input, its answer, its error.

Source of the shapes: docs/api.md, a job's files. Texts and numbers follow from the request's
number, so that a line is the same whenever it is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from batchbell.simulator.answer import json_bytes
from batchbell.simulator.fate import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What every request asks for at most.
MOST_TOKENS = 200

_TOPICS = ("billing", "delivery", "a refund", "the warranty", "an invoice", "returns", "a login")
_PADDING = b"Please answer in one short sentence and name the section you took it from. "
_AUDIO = "/v1/audio/"

#: How requests fail, a weight each by how often it stands here: code, and the message's words.
_CAUSES: tuple[tuple[str | int, Callable[[int], str]], ...] = (
    (429, lambda number: f"Rate limit exceeded, retry after {number % 50 + 1} seconds"),
    ("context_length_exceeded", lambda number: _too_long(131_073 + number * 7 % 9000)),
    (429, lambda number: f"Rate limit exceeded, retry after {number % 50 + 1} seconds"),
    ("invalid_request", lambda number: f"Invalid value for 'max_tokens': -{number}"),
    (429, lambda number: f"Rate limit exceeded, retry after {number % 50 + 1} seconds"),
    ("context_length_exceeded", lambda number: _too_long(131_073 + number * 7 % 9000)),
    ("internal_error", lambda number: f"Internal server error, request {number * 2_654_435:08x}"),
)


def _too_long(tokens: int) -> str:
    return f"This model's maximum context length is 131072 tokens, the request has {tokens}"


def input_line(number: int, custom_id: str, row: Mapping[str, object], size: int) -> bytes:
    """Return a request of `size` bytes without line break (more, if it does not fit)."""
    model, text = row.get("model_id"), f"Name the topic of document {number}. "
    body: dict[str, object] = {"model": model}
    if _is_audio(row):
        body["file"] = f"https://audio.example/{number}.mp3?for="
    elif row.get("endpoint") == "/v1/completions":
        body |= {"max_tokens": MOST_TOKENS, "prompt": text}
    else:
        message = {"role": "user", "content": text}
        body |= {"max_tokens": MOST_TOKENS, "messages": [message]}
    line = json_bytes({"custom_id": custom_id, "body": body})
    missing = max(size - len(line), 0)
    padding = b"x" * missing if _is_audio(row) else _padding(missing)
    end = line.rindex(b'"')
    return line[:end] + padding + line[end:]


def answer_line(number: int, custom_id: str, row: Mapping[str, object], fate: Fate) -> bytes:
    """Return a line of the output file, for a request that has an answer."""
    response = {"status_code": 200, "body": _body(number, row, fate)}
    return json_bytes({"custom_id": custom_id, "response": response})


def error_line(number: int, custom_id: str) -> bytes:
    """Return a line of the error file; the messages of one cause differ in their numbers."""
    code, message = _CAUSES[number % len(_CAUSES)]
    return json_bytes({"custom_id": custom_id, "error": {"message": message(number), "code": code}})


def _body(number: int, row: Mapping[str, object], fate: Fate) -> dict[str, object]:
    text = "" if fate is Fate.EMPTY else f"Document {number} is about {_TOPICS[number % 7]}."
    if _is_audio(row):
        return {"text": text}
    reason = "stop"
    if fate is Fate.TRUNCATED:
        text, reason = text[:-10], "length"
    choice: dict[str, object] = {"index": 0, "finish_reason": reason}
    if row.get("endpoint") == "/v1/completions":
        choice["text"] = text
    else:
        choice["message"] = {"role": "assistant", "content": text, "tool_calls": []}
    return {
        "id": f"sim-{number}",
        "object": "chat.completion",
        "model": row.get("model_id"),
        "choices": [choice],
        "usage": _usage(number, fate),
    }


def _usage(number: int, fate: Fate) -> dict[str, int]:
    prompt = 60 + number * 13 % 90
    completion = {Fate.EMPTY: 0, Fate.TRUNCATED: MOST_TOKENS}.get(fate, 8 + number % 25)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def _is_audio(row: Mapping[str, object]) -> bool:
    return str(row.get("endpoint")).startswith(_AUDIO)


def _padding(size: int) -> bytes:
    return (_PADDING * (size // len(_PADDING) + 1))[:size]
