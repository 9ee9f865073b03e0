from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from batchbell.simulator import files
from batchbell.simulator.fate import Mix
from batchbell.simulator.files import JobFile, line_pieces
from batchbell.simulator.request_lines import input_line
from batchbell.simulator.rows import new_row

START = datetime(2025, 6, 11, tzinfo=UTC)


def lines(found: JobFile) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found.lines()]


def ids(found: JobFile) -> set[object]:
    return {line["custom_id"] for line in lines(found)}


def body_of(line: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = line["body"]
    return body


def response(line: dict[str, Any]) -> dict[str, Any]:
    return body_of(line["response"])


def error(line: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = line["error"]
    return said


def test_every_request_is_in_the_output_or_among_the_errors() -> None:
    fields = {"status": "COMPLETED", "error_file_id": "file-e", "file_size_bytes": 40_000}
    row = new_row(START, fields)
    output, errors = JobFile(row, "output_file_id"), JobFile(row, "error_file_id")
    assert ids(output) | ids(errors) == ids(JobFile(row, "input_file_id"))
    assert not ids(output) & ids(errors)
    assert len(ids(errors)) == 3
    assert "response" in lines(output)[0]


def test_without_an_error_file_nothing_failed() -> None:
    row = new_row(START, {"status": "COMPLETED", "file_size_bytes": 40_000})
    assert len(ids(JobFile(row, "output_file_id"))) == 100


def test_a_mix_says_what_becomes_of_a_thousand_requests() -> None:
    fields = {"status": "COMPLETED", "error_file_id": "file-e", "file_size_bytes": 400_000}
    mix = Mix(failed=40, missing=10, empty=3, truncated=7)
    row = new_row(START, fields)
    output = [response(line) for line in lines(JobFile(row, "output_file_id", mix=mix))]
    errors = lines(JobFile(row, "error_file_id", mix=mix))
    choices = [body["choices"][0] for body in output]
    assert (len(output), len(errors)) == (950, 40)
    assert sum(not choice["message"]["content"] for choice in choices) == 3
    assert sum(choice["finish_reason"] == "length" for choice in choices) == 7
    assert all(
        body["usage"]["total_tokens"]
        == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]
        for body in output
    )
    assert {error(line)["code"] for line in errors} == {
        429,
        "context_length_exceeded",
        "invalid_request",
        "internal_error",
    }


def test_audio_and_completions_have_answers_of_their_own() -> None:
    audio = new_row(START, {"status": "COMPLETED", "endpoint": "/v1/audio/transcriptions"})
    text = new_row(START, {"status": "COMPLETED", "endpoint": "/v1/completions"})
    heard = response(lines(JobFile(audio, "output_file_id"))[0])
    said = response(lines(JobFile(text, "output_file_id"))[0])
    assert heard.keys() == {"text"}
    assert said["choices"][0]["text"]
    assert "file" in body_of(lines(JobFile(audio, "input_file_id"))[0])
    assert "prompt" in body_of(lines(JobFile(text, "input_file_id"))[0])


def test_files_are_the_same_each_time_and_named_after_their_input() -> None:
    row = new_row(START, {"status": "COMPLETED"})
    first, second = (JobFile(row, "output_file_id", "nightly") for _ in range(2))
    assert list(first.lines()) == list(second.lines())
    assert "nightly-1" in ids(first)


def test_without_an_output_file_every_request_failed() -> None:
    fields = {"status": "COMPLETED", "output_file_id": None, "error_file_id": "file-e"}
    errors = JobFile(new_row(START, {**fields, "file_size_bytes": 4_000}), "error_file_id")
    assert len(ids(errors)) == 10


def test_partial_output_holds_the_finished_share() -> None:
    fields = {"status": "EXPIRED", "progress": 42.5, "file_size_bytes": 400_000}
    assert len(ids(JobFile(new_row(START, fields), "output_file_id"))) == 425


def test_the_input_file_is_as_long_as_its_job_says() -> None:
    row = new_row(START, {"file_size_bytes": 40_123})
    found = JobFile(row, "input_file_id")
    said = found.metadata()
    assert said["bytes"] == sum(map(len, found.lines())) == 40_123
    assert said["LineCount"] == 100
    assert said["purpose"] == "batch-api"
    assert said["created_at"] == START.timestamp()
    assert lines(found)[0]["custom_id"] == "req-1"


@pytest.mark.parametrize("endpoint", ["/v1/chat/completions", "/v1/completions", "/v1/audio/x"])
@pytest.mark.parametrize("name", ["", "a-name-" * 6, "a-name-" * 60])
@pytest.mark.parametrize("size", [0, 1, 399, 400, 1_199, 40_000])
def test_the_metadata_of_an_input_file_is_that_of_its_lines(
    size: int, name: str, endpoint: str
) -> None:
    row = new_row(START, {"file_size_bytes": size, "endpoint": endpoint})
    found = JobFile(row, "input_file_id", input_name=name)
    assert found.size() == sum(map(len, found.lines()))
    assert found.metadata()["LineCount"] == len(lines(found))


def test_for_an_input_file_s_metadata_not_all_of_its_lines_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []

    def counted(number: int, *rest: Any) -> bytes:
        made.append(number)
        return input_line(number, *rest)

    monkeypatch.setattr(files, "input_line", counted)
    assert JobFile(new_row(START, {}), "input_file_id").metadata()["LineCount"] == 5_594
    assert made == [5_594]


def test_the_metadata_of_an_output_file_counts_its_lines() -> None:
    found = JobFile(new_row(START, {"status": "COMPLETED"}), "output_file_id")
    said = found.metadata()
    assert said["id"] == found.row["output_file_id"]
    assert said["object"] == "file"
    assert said["bytes"] == sum(map(len, found.lines()))
    assert str(said["filename"]).endswith("_output.jsonl")
    assert said["purpose"] == "batch-generated"


def test_nonsense_in_a_row_does_no_harm() -> None:
    fields = {"created_at": "nonsense", "file_size_bytes": "many", "progress": "half"}
    found = JobFile(new_row(START, {**fields, "error_file_id": "file-e"}), "error_file_id")
    assert found.metadata()["LineCount"] == 1
    assert found.metadata()["created_at"] == datetime(2025, 1, 1, tzinfo=UTC).timestamp()


def test_lines_are_joined_to_pieces() -> None:
    pieces = list(line_pieces(iter([b"aa\n", b"bb\n", b"cc\n"]), size=5))
    assert pieces == [b"aa\nbb\n", b"cc\n"]
    assert list(line_pieces(iter([b"aa\n"]), size=3)) == [b"aa\n"]
