from __future__ import annotations

import httpx

from batchbell.wire.request_errors import in_our_words


def test_an_error_without_words_is_named_by_its_kind() -> None:
    assert str(in_our_words(httpx.ReadError(""), "api.example")) == (
        "the connection to api.example broke: ReadError"
    )
