from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from batchbell.core.batch_job import BatchJob
from batchbell.core.event import Event, EventKind, Severity
from batchbell.core.wording.message import build_message
from batchbell.core.wording.view import View
from batchbell.render import LOOKS, Composer, Content, Family

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

    assert content.title == message.title
    told = " ".join(content.text.split())
    for label, text in message.entries[0].facts:
        assert f"{label} {text}" in " ".join(page.text.replace("\xa0", " ").split())
        assert f"{label}: {text}" in told
    assert "batchbell show job-1" in page.text


def test_a_digest_names_every_job_in_the_html() -> None:
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(20)]
    page = Page(mail(events).html)

    assert all(f"Job job-{n} Status FAILED" in page.text for n in range(20))
    assert "20 events of account default, worst first: 20 failed." in page.text


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


def test_the_facts_of_the_text_stand_below_each_other() -> None:
    lines = mail([event_of(EventKind.FAILED)]).text.splitlines()
    columns = {line.index(line.partition(":")[2].strip()) for line in lines if ":  " in line}
    assert len(columns) == 1


@pytest.mark.parametrize(("progress", "cells"), [(0.425, 2), (0.001, 2), (0.0, 0), (1.0, 0)])
def test_progress_is_a_bar_of_cells(progress: float, cells: int) -> None:
    event = event_of(EventKind.DEADLINE_APPROACHING)
    assert event.job is not None
    moved = replace(event, job=replace(event.job, progress=progress))
    page = Page(mail([moved]).html)
    assert sum(name == "bgcolor" for name, _ in page.attributes) == cells


def test_the_page_is_linked_if_it_can_be_reached() -> None:
    view = View(page_url="https://bell.example.com")
    content = Composer(family=Family.MAIL, view=view).compose([event_of(EventKind.FAILED)], AT)
    assert ("href", "https://bell.example.com/") in Page(content.html).attributes
    assert "https://bell.example.com/" in content.text


def test_a_mailbox_shows_more_than_the_subject() -> None:
    page = Page(mail([event_of(EventKind.FAILED)]).html)
    hidden, _, _ = page.text.partition("✗ Failure")
    assert "Job: job-1" in hidden


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("count", [1, 2])
def test_content_survives_being_stored(family: Family, count: int) -> None:
    events = [event_of(EventKind.FAILED, job_id=f"job-{n}") for n in range(count)]
    content = Composer(family=family).compose(events, AT)

    assert Content.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_content_stored_without_a_severity_is_still_sent() -> None:
    stored = {"title": "t", "text": "x", "html": "<p>x</p>"}

    assert Content.from_json(stored).severity is Severity.INFO
