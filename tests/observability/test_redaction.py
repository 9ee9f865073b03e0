"""What a process has ever known as secret stays out of what it writes."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest

from batchbell.observability.redaction import Redaction

SECRET = 'fake pass"word/ü?&'


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        re.sub("%..", lambda escape: escape[0].lower(), quote(SECRET)),
        json.dumps(SECRET).replace("/", "\\/"),
        html.escape(SECRET),
        json.dumps(SECRET),
        json.dumps(SECRET, ensure_ascii=False),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_known_in_each_way_in_which_it_is_written(written: str) -> None:
    assert "***" in Redaction([SECRET])(f"refused {written} today")
    assert written.strip('"') not in Redaction([SECRET])(f"refused {written} today")


def test_one_that_was_written_quoted_is_known_as_what_it_means() -> None:
    assert Redaction([quote(SECRET)])(f"refused {SECRET}") == "refused ***"


def test_what_was_replaced_is_not_forgotten() -> None:
    redact = Redaction(["fake-key-one"])
    redact.learn(["fake-key-two"])
    redact.learn(["fake-key-two"])
    assert redact("fake-key-one fake-key-two") == "*** ***"


def test_half_of_one_at_the_end_of_a_cut_text_is_taken_out() -> None:
    assert Redaction(["fake-key-one"]).of_cut("refused fake-key-o…") == "refused ***…"
