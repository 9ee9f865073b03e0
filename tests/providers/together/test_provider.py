from __future__ import annotations

import pytest

from batchbell.core.event import EventKind
from batchbell.providers.together.provider import Together


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.together.ai", "https://api.together.ai/v1"),
        ("https://api.together.ai/", "https://api.together.ai/v1"),
        ("https://api.together.ai/v1/", "https://api.together.ai/v1"),
        ("http://127.0.0.1:8000/proxy", "http://127.0.0.1:8000/proxy/v1"),
        ("http://127.0.0.1:8000/proxy/v1", "http://127.0.0.1:8000/proxy/v1"),
        ("https://v1", "https://v1/v1"),
    ],
)
def test_both_forms_of_an_address_are_one(given: str, expected: str) -> None:
    assert Together().address(given) == expected


def test_a_file_is_fetched_with_the_key_from_the_environment() -> None:
    assert Together().words.fetch_command("file-1a") == (
        'curl -fsS -H "Authorization: Bearer $TOGETHER_API_KEY" -o file-1a.jsonl '
        '"https://api.together.ai/v1/files/file-1a/content"'
    )


def test_its_advice_is_about_kinds_of_events_that_there_are() -> None:
    assert set(Together().words.advice) <= {kind.value for kind in EventKind}
