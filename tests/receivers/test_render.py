from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.facts import CauseFacts, Facts, ResultsFacts
from batchbell.core.job import BatchJob
from batchbell.messages.build import build_message
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content, Family
from batchbell.receivers.look import LOOKS
from batchbell.receivers.mail.form import unbroken, unbroken_title

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
INJECTIONS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><b style="x">',
    "{{7*7}}{% raw %}${x}",
    "<https://evil.example|click>",
)


def event_of(kind: EventKind, error: str = "line 3: invalid JSON", job_id: str = "job-1") -> Event:
    return Event(
        kind=kind,
        account="default",
        job_id=job_id,
        job=BatchJob(
            id=job_id,
            status="FAILED",
            progress=0.5,
            model_id="meta-llama/Llama-3.3-70B",
            output_file_id="file-out",
            error_file_id="file-err",
            error=error,
            created_at=AT - timedelta(hours=1),
            completed_at=AT,
        ),
        happened_at=AT,
        seen_at=AT,
    )


class Page(HTMLParser):
    """What a mail client sees: the tags, their attributes and the text."""

    VOID: ClassVar = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def mail(events: list[Event]) -> Content:
    return Composer(family=Family.MAIL).compose(events, AT)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_nothing_from_the_api_is_live_in_the_html(injection: str) -> None:
    plain = Page(mail([event_of(EventKind.FAILED, "x")]).html)
    page = Page(mail([event_of(EventKind.FAILED, injection)]).html)

    assert page.tags == plain.tags
    assert page.attributes == plain.attributes
    assert injection in page.text


def test_the_html_fetches_nothing_and_runs_nothing() -> None:
    events = [event_of(EventKind.FAILED), event_of(EventKind.COMPLETED, job_id="job-2")]
    page = Page(mail(events).html)

    assert not {"script", "img", "link", "iframe", "a", "style"} & set(page.tags)
    assert not {"src", "href", "background"} & {name for name, _ in page.attributes}
    assert "url(" not in str(page.attributes)
    assert page.open == []


def test_html_and_text_tell_the_same_facts() -> None:
    event = event_of(EventKind.FAILED)
    message, content = build_message([event]), mail([event])
    page = Page(content.html)

    assert content.title == f"✗ {message.title}"
    told = " ".join(content.text.split())
    shown = " ".join(page.text.replace("\xa0", " ").split())
    what_to_do, *others = message.entries[0].shown
    # In the HTML part it stands below the headline as it is.
    assert f"invalid JSON {what_to_do.text}" in shown
    assert f"{what_to_do.label}: {what_to_do.text}" in told
    for fact in others:
        assert f"{fact.label} {fact.text}" in shown
        assert f"{fact.label}: {fact.text}" in told
    assert "batchbell show -- job-1" in page.text


def test_no_line_of_a_mail_breaks_within_an_option_or_a_time() -> None:
    text = "leave out <b> with --skip-repair at 2026-11-23 01:14 UTC"
    held = '<span style="white-space:nowrap">'
    assert unbroken(text) == (
        f"leave out &lt;b&gt; with {held}--skip-repair</span> at {held}2026-11-23 01:14 UTC</span>"
    )
    assert unbroken(f"--{'x' * 60} a--b") == f"--{'x' * 60} a--b"


def test_in_a_title_of_a_mail_no_line_breaks_within_a_name_a_count_or_a_time() -> None:
    held, end = '<span style="white-space:nowrap">', "</span>"
    assert unbroken_title("<b>: answers-2 · 1,240 of 1,300 ok (since 19:14 CET)") == (
        f"&lt;b&gt;: {held}answers-2{end} {held}· 1,240 of 1,300 ok{end} "
        f"(since {held}19:14 CET{end})"
    )
    assert unbroken_title("EXPIRED: answers-2 · 5 to 9 of 10 whole, 995 missing, in 1d 7h") == (
        f"EXPIRED: {held}answers-2{end} {held}· 5 to 9 of 10 whole{end}, {held}995 missing{end}, "
        f"in {held}1d 7h{end}"
    )
    # A phone is not wider.
    assert unbroken_title("contract-" * 5 + "x") == "contract-" * 5 + "x"


def test_a_digest_names_every_job_in_the_html() -> None:
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(20)]
    page = Page(mail(events).html)

    # Each is in the command that stands below its headline.
    assert all(f"-- job-{n} " in f"{page.text} " for n in range(20))
    assert page.text.count("Error file file-err") == len(events)
    assert " 20 events " in page.text


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        (EventKind.CREATED, Severity.INFO),
        (EventKind.COMPLETED, Severity.SUCCESS),
        (EventKind.STALLED, Severity.WARNING),
        (EventKind.FAILED, Severity.FAILURE),
    ],
)
def test_severity_is_told_in_words_besides_colour(kind: EventKind, severity: Severity) -> None:
    content = mail([event_of(kind)])

    assert content.severity is severity
    assert LOOKS[severity].colour in content.html
    assert f"{LOOKS[severity].sign} {LOOKS[severity].word}" in Page(content.html).text


def test_the_facts_of_a_paragraph_of_the_text_stand_below_each_other() -> None:
    *paragraphs, known, _ = mail([event_of(EventKind.FAILED)]).text.split("\n\n")
    assert "Job: " in known
    assert "What to do: " in paragraphs[1]
    lines = known.splitlines()
    assert len({line.index(line.partition(":")[2].strip()) for line in lines}) == 1


@pytest.mark.parametrize(("progress", "cells"), [(0.425, 2), (0.001, 2), (0.0, 0), (1.0, 0)])
def test_progress_is_a_bar_of_cells(progress: float, cells: int) -> None:
    event = event_of(EventKind.STALLED)
    assert event.job is not None
    moved = replace(event, job=replace(event.job, progress=progress))
    page = Page(mail([moved]).html)
    assert sum(name == "bgcolor" for name, _ in page.attributes) == cells


def counted(results: ResultsFacts, job_id: str = "job-1") -> Event:
    event = event_of(EventKind.COMPLETED_WITH_ERRORS, "", job_id)
    return replace(event, facts=Facts(results=results))


@pytest.mark.parametrize("count", [1, 2])
def test_what_came_back_is_a_bar_of_cells_and_its_numbers(count: int) -> None:
    some = ResultsFacts(requests=1_000, succeeded=950, failed=40, missing=10)
    page = Page(mail([counted(some, f"job-{n}") for n in range(count)]).html)

    cells = [value for name, value in page.attributes if name == "width" and value != "100%"]
    assert cells == ["95.0%", "4.0%", "1.0%"] * count
    assert "950 ok 40 failed 10 missing" in page.text
    assert ("aria-label", "Of 1,000 requests: 950 ok, 40 failed, 10 missing") in page.attributes


@pytest.mark.parametrize(
    "results",
    [
        ResultsFacts(),
        ResultsFacts(succeeded=950, failed=40),
        ResultsFacts(requests=0, succeeded=0, missing=0),
    ],
)
def test_there_is_no_bar_of_what_is_not_known(results: ResultsFacts) -> None:
    assert "img" not in {
        v for n, v in Page(mail([counted(results)]).html).attributes if n == "role"
    }


def test_the_page_is_linked_if_it_can_be_reached() -> None:
    view = View(page_url="https://bell.example.com")
    content = Composer(family=Family.MAIL, view=view).compose([event_of(EventKind.FAILED)], AT)
    assert ("href", "https://bell.example.com/jobs/default/job-1") in Page(content.html).attributes
    assert "https://bell.example.com/jobs/default/job-1" in content.text


def test_a_digest_has_a_title_its_counts_small_and_headings() -> None:
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(2)]
    done = [event_of(EventKind.COMPLETED, job_id=f"job-{n}") for n in (2, 3)]
    html = mail([*events, *done]).html
    title = html.index(">2 FAILED</span>: ", html.index("<h1"))
    assert title < html.index('opacity:0.75">4 events<') < html.index("<h2")
    assert html.count("<h2") == 2
    assert "✗ FAILED: " in Page(html).text


def test_no_line_begins_with_the_sign_that_something_is_left_out() -> None:
    for width in range(20, 60):
        causes = (CauseFacts(count=1, code="500", message=f"{'x' * width} request …"),)
        results = ResultsFacts(requests=2, succeeded=1, failed=1, missing=0, causes=causes)
        content = mail([counted(results)])
        assert not [line for line in content.text.splitlines() if line.strip().startswith("…")]
        assert "request …" in " ".join(content.text.split())
        assert "request\xa0…" in content.html


def test_a_mailbox_shows_more_than_the_subject() -> None:
    page = Page(mail([event_of(EventKind.FAILED)]).html)
    hidden, _, _ = page.text.partition("✗ Failure")
    assert "Read the error, repair the input" not in hidden
    assert "Repair line 3 of the input file and submit it again. · Progress: 50.0%" in hidden
    assert "Job: " not in hidden
    assert "curl" not in hidden


def test_behind_a_digest_s_subject_a_mailbox_shows_what_to_do_and_the_next_job() -> None:
    failed = event_of(EventKind.FAILED)
    page = Page(mail([failed, replace(failed, job_id="job-2")]).html)
    hidden, _, _ = page.text.partition("✗ Failure")
    assert "Repair line 3 of the input file and submit it again · FAILED: " in hidden


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        (EventKind.FAILED, "✗ "),
        # What is to be cancelled now stands out among other warnings.
        (EventKind.AT_RISK, "!! "),
        (EventKind.CANCELLED, "! "),
        (EventKind.COMPLETED, "✓ "),
        (EventKind.CREATED, ""),
    ],
)
def test_a_subject_begins_with_the_sign_of_how_bad_it_is(kind: EventKind, sign: str) -> None:
    event = event_of(kind)
    assert mail([event]).title == sign + Composer().compose([event], AT).title


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("count", [1, 2])
def test_content_survives_being_stored(family: Family, count: int) -> None:
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(count)]
    content = Composer(family=family).compose(events, AT)

    assert Content.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_a_mailbox_shows_nothing_of_what_stands_below_the_preview() -> None:
    words = Page(mail([event_of(EventKind.FAILED)]).html).words
    (preview,) = (word for word in words if "\u200c" in word)
    assert len(preview.partition("\xa0")[0]) + preview.count("\u200c") == 140


def test_the_text_of_a_mail_is_wrapped_but_not_what_is_to_be_copied() -> None:
    view = View(page_url=f"https://{'long-' * 20}.example.com", provider=WORDS)
    events = [event_of(EventKind.EXPIRED, error="word " * 60)]
    content = Composer(family=Family.MAIL, view=view).compose(events, AT)
    lines = content.text.splitlines()[1:]
    whole = [line for line in lines if len(line) > 78]
    assert [line.partition(":")[0] for line in whole] == [
        "Fetch output",
        "Fetch errors",
        "Open job",
    ]
    assert all(line in lines for line in whole)
    (error,) = (n for n, line in enumerate(lines) if line.startswith("Error:"))
    column = lines[error].index("word")
    assert lines[error + 1].startswith(f"{' ' * column}word")


def test_a_digests_text_has_as_many_facts_in_a_line_as_fit() -> None:
    other = event_of(EventKind.CREATED, error="word " * 60, job_id="job-2")
    lines = mail([event_of(EventKind.FAILED), other]).text.splitlines()
    assert "  Progress: 50.0% · Status: FAILED · Output file: file-out" in lines
    assert max(map(len, lines[3:])) <= 78
    assert any(line.startswith("    word word") for line in lines)


def test_a_digests_text_folds_each_of_its_headlines() -> None:
    error = "a long reason " * 6
    events = [event_of(EventKind.FAILED, error, job_id=f"job-{n}") for n in range(3)]
    lines = mail(events).text.splitlines()
    assert sum(line.startswith("FAILED: ") for line in lines) == 3
    assert max(map(len, lines)) <= 78


def test_each_job_of_a_digest_is_linked_and_the_page_once() -> None:
    view = View(page_url="https://bell.example.com")
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(3)]
    content = Composer(family=Family.MAIL, view=view).compose(events, AT)
    links = [value for name, value in Page(content.html).attributes if name == "href"]
    jobs = [f"https://bell.example.com/jobs/default/job-{n}" for n in range(3)]
    assert links == [*jobs, "https://bell.example.com/"]


def test_a_link_is_as_legible_as_the_text_around_it_by_day_and_by_night() -> None:
    view = View(page_url="https://bell.example.com")
    one, two = event_of(EventKind.FAILED), event_of(EventKind.FAILED, job_id="job-2")
    for events in ([one], [one, two]):
        content = Composer(family=Family.MAIL, view=view).compose(events, AT)
        links = re.findall(r'<a href="[^"]*/job-\d" style="([^"]*)">', content.html)
        # A button has its own ground.
        own = [style for style in links if style.startswith("color:inherit")]
        assert own
        assert all("background" in style for style in links if style not in own)


def test_the_longest_digest_is_not_clipped() -> None:
    # Gmail shows the first 102 kB of a mail.
    view = View(page_url="https://bell.example.com")
    events = [
        event_of(EventKind.DEADLINE_MISSED, "e" * 300, f"{n:02}{'f' * 34}") for n in range(20)
    ]
    content = Composer(family=Family.MAIL, view=view).compose(events, AT)
    assert len(content.html.encode()) < 102_000
    causes = (CauseFacts(count=1_000, code="e" * 64, message="e" * 200),) * 3
    some = ResultsFacts(requests=9_000, succeeded=3_000, failed=3_000, missing=3_000, causes=causes)
    events = [counted(some, f"{n:02}{'f' * 34}") for n in range(20)]
    content = Composer(family=Family.MAIL, view=view).compose(events, AT)
    assert len(content.html.encode()) < 102_000


def test_colours_can_be_told_apart_on_white_and_on_black() -> None:
    events = [event_of(kind) for kind in (EventKind.FAILED, EventKind.DEADLINE_APPROACHING)]
    html = mail(events).html
    for colour in re.findall(r"(?:background-color|[^-]color|solid):? ?(#[0-9a-fA-F]{6})", html):
        if colour != INK:
            assert 0.12 < luminance(colour) < 0.45, colour
    assert "color:#fff" not in html.lower()


def test_content_stored_without_a_severity_is_still_sent() -> None:
    stored = {"title": "t", "text": "x", "html": "<p>x</p>"}

    assert Content.from_json(stored).severity is Severity.INFO


#: Of the signs, which always stand on a severity's colour.
INK = "#1c2127"


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 to 1. Source: WCAG 2.2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
