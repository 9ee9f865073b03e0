"""A calendar's lines, beside the library that writes them as well."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from icalendar import vDatetime, vText
from icalendar.parser import Contentline

from batchbell.web.feeds.content_lines import escaped, folded, moment

#: Signs of one to four octets, and those that are escaped or escape.
SIGNS = st.sampled_from("ab \\^;,:ü€𝄞")
LINES = st.text(SIGNS, min_size=1, max_size=400)


@given(LINES)
def test_a_line_is_folded_as_the_library_folds_it(line: str) -> None:
    theirs: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]  # icalendar's
    assert folded(line) == f"{theirs.decode()}\r\n"


@given(LINES)
def test_no_line_is_too_long_and_unfolded_it_is_what_it_was(line: str) -> None:
    whole = folded(line)
    assert all(len(each) <= 75 for each in whole.encode().split(b"\r\n"))
    assert whole.replace("\r\n ", "") == f"{line}\r\n"


@given(st.text(st.sampled_from("aN \\;,\nü")))
def test_a_text_is_escaped_as_the_library_escapes_it(text: str) -> None:
    assert escaped(text).encode() == vText(text).to_ical()


@given(st.datetimes(datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (a bound)
def test_a_time_is_written_as_the_library_writes_it(at: datetime) -> None:
    theirs: bytes = vDatetime(at).to_ical()  # type: ignore[no-untyped-call]  # icalendar's
    assert moment(at).encode() == theirs
