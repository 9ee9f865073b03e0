from __future__ import annotations

import json
from datetime import UTC, datetime

from batchbell.json_views.writing import document, time_text

NAN = float("nan")


def test_each_item_of_a_list_outside_stands_on_its_own_line() -> None:
    text = document({"jobs": [{"id": "a"}, {"id": "b"}], "total": 2})

    assert text == '{"jobs": [\n  {"id": "a"},\n  {"id": "b"}\n ],\n "total": 2}'


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
