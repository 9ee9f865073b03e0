from __future__ import annotations

import sys
import unicodedata
from xml.etree.ElementTree import fromstring
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.text import harmless_line, harmless_text, is_harmless_line, shortened

ANY_TEXT = st.text(st.characters(exclude_categories=()))
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    "live",
    [
        *("\x00", "\x07", "\x1b", "\r", "\x7f", "\x85", "\x9b", "\ud800", *BIDI_CONTROLS),
        *("\uffff", "\ufffe", "\ufdd0", "\ufdef", "\U0001ffff", "\U0010fffe"),
    ],
)
def test_a_character_that_is_live_somewhere_becomes_a_replacement_character(live: str) -> None:
    assert harmless_text(f"a{live}b") == "a\ufffdb"
    assert harmless_line(f"a{live}b") == "a\ufffdb"
    assert not is_harmless_line(f"a{live}b")


def test_whatever_comes_makes_well_formed_xml() -> None:
    every = harmless_text("".join(map(chr, range(sys.maxunicode + 1))))
    assert fromstring(f"<a>{escape(every)}</a>").text == every  # noqa: S314 - our own


def test_line_ends_and_tabs_stay_in_text_and_leave_a_line() -> None:
    assert harmless_text("one\r\ntwo\n\tthree") == "one\ntwo\n\tthree"
    assert harmless_line("one\n\ttwo") == "one\ufffd\ufffdtwo"


def test_other_people_s_writing_stays_as_it_is() -> None:
    text = "naïve 数据 \N{DROMEDARY CAMEL} e\N{COMBINING ACUTE ACCENT} \N{NO-BREAK SPACE}x"
    assert harmless_text(text) == harmless_line(text) == text
    assert is_harmless_line(text)


def test_an_error_in_plain_words_stays_as_it_is() -> None:
    assert harmless_text("line 3: invalid JSON") == "line 3: invalid JSON"


@given(ANY_TEXT)
def test_harmless_text_can_be_encoded_and_holds_no_control_character(text: str) -> None:
    harmless = harmless_text(text)
    harmless.encode()
    controls = {c for c in harmless if unicodedata.category(c) in ("Cc", "Cs")}
    assert controls <= {"\n", "\t"}
    assert not set(harmless) & set(BIDI_CONTROLS)
    assert harmless_text(harmless) == harmless


def test_a_long_text_is_cut_with_an_ellipsis() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
