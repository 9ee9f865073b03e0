from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from batchbell.core.results.lines import ResultLine, Tokens
from batchbell.providers.together.result_lines import input_id, result_line


def answered(body: object, status: object = 200, **more: object) -> ResultLine | None:
    line = {"custom_id": "a", "response": {"status_code": status, "body": body}, **more}
    return result_line(json.dumps(line).encode())


def failed(error: object) -> ResultLine | None:
    return result_line(json.dumps({"custom_id": "a", "error": error}).encode())


def chat(content: object = "yes", reason: str = "stop", **message: object) -> dict[str, Any]:
    return {"choices": [{"message": {"content": content, **message}, "finish_reason": reason}]}


ANSWER = ResultLine("a", ok=True)
EMPTY = ResultLine("a", ok=True, empty=True)


@pytest.mark.parametrize(
    ("line", "custom_id"),
    [
        (b'{"custom_id": "a", "body": {"model": 1}}\r', "a"),
        (b'\xef\xbb\xbf{"custom_id": "a"}', "a"),
        (b'{"custom_id": "a", "body": "\xff"}', "a"),
        (b'{"custom_id": "\xff"}', "\N{REPLACEMENT CHARACTER}"),
        (b'{"custom_id": 17}', "17"),
        (b'{"custom_id": "a", "body": NaN}', "a"),
        (b'{"custom_id": true}', None),
        (b'{"custom_id": ""}', None),
        (b'{"custom_id": null}', None),
        (b'{"id": "a"}', None),
        (b'{"custom_id": "a"', None),
        (b'["custom_id"]', None),
        (b"[" * 100_000, None),
    ],
)
def test_a_line_is_readable_if_it_is_an_object_with_an_id(
    line: bytes, custom_id: str | None
) -> None:
    assert input_id(line) == custom_id
    read = result_line(line)
    assert (read.custom_id if read else None) == custom_id


@pytest.mark.parametrize("status", [200, 201, "200", " 200 OK", 200.0, None])
def test_a_success_is_an_answer_however_it_is_written(status: object) -> None:
    assert answered(chat(), status) == ANSWER
    assert answered(chat(), status, error=None, id="x", unknown=[1]) == ANSWER


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (chat(None), EMPTY),
        (chat(""), EMPTY),
        (chat(" \n"), EMPTY),
        (chat(None, tool_calls=[{"function": {}}]), ANSWER),
        (chat(None, tool_calls=[]), EMPTY),
        (chat([{"type": "text", "text": "yes"}]), ANSWER),
        (chat([{"type": "image"}]), ANSWER),
        (chat([{"type": "text", "text": ""}]), EMPTY),
        ({"choices": []}, EMPTY),
        ({"choices": [{"text": "yes"}]}, ANSWER),
        ({"choices": [{"text": ""}]}, EMPTY),
        ({"choices": [{"text": ""}, {"text": "yes", "index": "?"}]}, ANSWER),
        ({"text": "what was said"}, ANSWER),
        ({"text": " "}, EMPTY),
        ({"data": [{"embedding": [0.1]}]}, ANSWER),
        ({"data": []}, EMPTY),
        ({"shape": "of another kind"}, ANSWER),
        ({}, EMPTY),
        (None, EMPTY),
        ("what was said", ANSWER),
        (" ", EMPTY),
    ],
)
def test_an_answer_is_empty_without_text_and_tool_call(body: object, expected: ResultLine) -> None:
    assert answered(body) == expected


def test_an_answer_at_its_limit_is_truncated() -> None:
    assert answered(chat("ye", "length")) == ResultLine("a", ok=True, truncated=True)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 6}, Tokens(3, 2, 6)),
        ({"prompt_tokens": 3, "completion_tokens": 2}, Tokens(3, 2, 5)),
        ({"prompt_tokens": 3, "total_tokens": 3, "cached": {}}, Tokens(3, 0, 3)),
        ({"prompt_tokens": 3.0, "completion_tokens": None}, Tokens(3, 0, 3)),
        ({"prompt_tokens": "3"}, None),
        ({"prompt_tokens": -3}, None),
        ({"prompt_tokens": 10**10}, None),
        ({}, None),
        (None, None),
        ("3", None),
    ],
)
def test_tokens_are_counted_where_the_usage_makes_sense(
    usage: object, tokens: Tokens | None
) -> None:
    read = answered(chat() | {"usage": usage})
    assert read is not None
    assert read.ok
    assert read.tokens == tokens


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"message": "Too slow", "code": "timeout"}, "timeout", "Too slow"),
        ({"message": "Too slow", "code": 408}, "408", "Too slow"),
        ({"message": "Too slow", "code": 408.5}, "408.5", "Too slow"),
        ({"message": "Too slow", "code": None, "type": "slow"}, "slow", "Too slow"),
        ({"message": ["Too slow"]}, "", ""),
        ({"error": {"message": "Too slow", "code": 1}}, "1", "Too slow"),
        ({"detail": "Too slow"}, "", "Too slow"),
        ("Too slow", "", "Too slow"),
        ("x" * 20_000, "", "x" * 10_000),
        (17, "", ""),
    ],
)
def test_an_error_says_its_code_and_its_words(error: object, code: str, message: str) -> None:
    assert failed(error) == ResultLine("a", ok=False, code=code, message=message)


def test_a_failure_in_the_output_is_none_of_the_answers() -> None:
    error = {"error": {"message": "Too many", "type": "rate"}}
    assert answered(error, 429) == ResultLine(
        "a", ok=False, status=429, code="rate", message="Too many"
    )
    assert answered(error, 200) == ResultLine(
        "a", ok=False, status=200, code="rate", message="Too many"
    )
    assert answered(chat(), 500) == ResultLine("a", ok=False, status=500)
    assert answered(None, 502) == ResultLine("a", ok=False, status=502)
    assert answered("no", "x") == ResultLine("a", ok=True)
    assert result_line(b'{"custom_id": "a"}') == ResultLine("a", ok=False)


def test_both_ways_of_reading_say_the_same() -> None:
    contents = ["yes", "", None, " "]
    calls: list[list[object] | None] = [None, [], [{}]]
    reasons = [None, "stop", "length"]
    usages = [None, {"prompt_tokens": 3}, {"total_tokens": 2}, {"completion_tokens": -1}, {}]
    for content, call, reason, usage in itertools.product(contents, calls, reasons, usages):
        message = {"content": content, "tool_calls": call}
        body = {"choices": [{"message": message, "finish_reason": reason}], "usage": usage}
        # an empty error is none, and only the lenient way knows
        assert answered(body) == answered(body, error="")
