from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from batchbell.json_views.writing import document, encoded, pieces, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator

NAN = float("nan")


def test_each_item_of_a_list_outside_stands_on_its_own_line() -> None:
    text = document({"jobs": [{"id": "a"}, {"id": "b"}], "total": 2})

    assert text == '{"jobs": [\n  {"id": "a"},\n  {"id": "b"}\n ],\n "total": 2}'


def test_a_list_that_comes_item_by_item_is_written_as_one_that_is_there() -> None:
    jobs = [{"id": "a"}, {"id": "b"}]

    for some in (jobs, jobs[:1], []):
        whole = document({"jobs": some, "total": 2})
        assert "".join(pieces({"jobs": map(encoded, some), "total": 2})) == whole


def test_what_comes_item_by_item_is_written_before_the_next_one_is_asked_for() -> None:
    asked: list[int] = []

    def numbers() -> Iterator[str]:
        for number in range(3):
            asked.append(number)
            yield str(number)

    text = pieces({"numbers": numbers()})

    assert "".join(islice(text, 2)) == '{"numbers": [\n  0'
    assert asked == [0]


def test_a_document_is_plain_ascii() -> None:
    assert document([{"error": "grüße \ud800\x00"}]).isascii()


def test_a_number_that_json_cannot_write_becomes_null() -> None:
    facts = {"facts": {"pace": NAN, "tries": [1.5, float("-inf")]}, "progress": float("inf")}

    read = json.loads(document([facts, {"progress": 0.5}]))

    assert read == [
        {"facts": {"pace": None, "tries": [1.5, None]}, "progress": None},
        {"progress": 0.5},
    ]


def test_a_time_is_written_in_utc_with_microseconds() -> None:
    assert time_text(datetime(2026, 11, 23, 2, 14, tzinfo=UTC)) == "2026-11-23T02:14:00.000000Z"
