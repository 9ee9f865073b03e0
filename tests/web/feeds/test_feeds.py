"""The feed of events and the calendar of deadlines."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from icalendar import Calendar

from batchbell.core.event import Event, EventKind
from batchbell.core.file_names import KnownFile
from batchbell.core.job import BatchJob
from batchbell.store import files
from batchbell.store.tables import accounts
from batchbell.usecases.announce import announce
from batchbell.web.feeds.atom import ENTRIES
from tests.web.api.api_site import ATTACK
from tests.web.site import HOUR, Site

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from icalendar import Component

    from batchbell.store.database import Database

ATOM = "{http://www.w3.org/2005/Atom}"
FEED_URL = "http://localhost/feed.atom"


async def feed(site: Site, query: str = "") -> Element:
    answer = await site.get(f"/feed.atom{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(answer.content)  # noqa: S314 - our own document


def texts(feed: Element, path: str) -> list[str]:
    return [found.text or "" for found in feed.findall(path.replace("a:", ATOM))]


def links(element: Element, rel: str) -> list[str]:
    return [
        link.get("href", "") for link in element.findall(f"{ATOM}link") if link.get("rel") == rel
    ]


async def calendar(site: Site, query: str = "") -> Calendar:
    answer = await site.get(f"/deadlines.ics{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    made = Calendar.from_ical(answer.content)
    assert isinstance(made, Calendar)
    return made


def events_in(calendar: Calendar) -> list[Component]:
    return [each for each in calendar.subcomponents if each.name == "VEVENT"]


def fact(event: object, name: str) -> str:
    return str(event[name])  # type: ignore[index] # icalendar's components are mappings


def running(site: Site, job_id: str = "batch-1", **fields: object) -> BatchJob:
    usual: dict[str, object] = {
        "status": "IN_PROGRESS",
        "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "progress": 0.25,
        "job_deadline": site.now + 3 * HOUR,
    }
    return BatchJob(id=job_id, **{**usual, **fields})  # type: ignore[arg-type]


# --- the feed ---


async def test_an_empty_feed_is_whole(site: Site) -> None:
    found = await feed(site)
    for name in ("id", "title", "updated", "author/a:name"):
        assert all(texts(found, f"a:{name}"))
    assert links(found, "self") == [FEED_URL]
    assert links(found, "alternate") == ["http://localhost/"]
    assert not found.findall(f"{ATOM}entry")


async def test_every_event_is_an_entry_with_its_words_and_its_page(past: Site) -> None:
    found = await feed(past)
    entries = found.findall(f"{ATOM}entry")
    (failed,) = [each for each in entries if "batch.failed" in str(ET.tostring(each))]
    text = " ".join("".join(failed.itertext()).split())
    assert "FAILED: input (Llama-3.3-70B)" in text
    assert "Job: failing" in text
    assert links(failed, "alternate") == ["http://localhost/jobs/default/failing"]
    terms = [each.get("term") for each in failed.findall(f"{ATOM}category")]
    assert terms == ["batch.failed", "failure"]
    seen_at = [datetime.fromisoformat(text) for text in texts(found, "a:entry/a:updated")]
    assert datetime.fromisoformat(texts(found, "a:updated")[0]) == max(seen_at)
    (of_account,) = [each for each in entries if "account.watching" in str(ET.tostring(each))]
    assert links(of_account, "alternate") == ["http://localhost/events"]


async def test_no_two_entries_were_updated_at_once(past: Site) -> None:
    updated = texts(await feed(past), "a:entry/a:updated")
    assert len(updated) > 3
    assert len(set(updated)) == len(updated)
    assert updated == sorted(updated, reverse=True)


async def test_an_entry_is_known_again_wherever_the_page_is(past: Site) -> None:
    home = await feed(past)
    first = texts(home, "a:entry/a:id")
    past.clock.advance(HOUR)
    past.page_url = "https://bell.example.org/batchbell"
    moved = await feed(past)
    assert texts(moved, "a:entry/a:id") == first
    assert len(set(first)) == len(first)
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", each) for each in first)
    assert texts(moved, "a:id") == texts(home, "a:id")
    assert links(moved, "self") == ["https://bell.example.org/batchbell/feed.atom"]
    assert links(moved.findall(f"{ATOM}entry")[0], "alternate")[0].startswith(
        "https://bell.example.org/batchbell/"
    )


async def test_events_are_chosen_as_in_the_api(past: Site) -> None:
    found = await feed(past, "?kind=batch.*&min_severity=failure&account=default")
    assert len(found.findall(f"{ATOM}entry")) == 1
    assert "kind=batch." in links(found, "self")[0]
    other = await feed(past, "?kind=batch.*")
    assert texts(found, "a:id") != texts(other, "a:id")


async def test_entries_of_another_installation_have_other_names(past: Site) -> None:
    first = await feed(past)
    with past.database.write() as connection:
        connection.execute(accounts.update().values(baseline_at=past.now))
    other = await feed(past)
    assert not set(texts(first, "a:entry/a:id")) & set(texts(other, "a:entry/a:id"))
    assert texts(first, "a:id") != texts(other, "a:id")


async def test_an_empty_feed_is_the_same_each_time(past: Site) -> None:
    first = await past.get("/feed.atom?kind=account.unreachable")
    past.clock.advance(HOUR)
    tag = first.headers["etag"]
    again = await past.get("/feed.atom?kind=account.unreachable", **{"If-None-Match": tag})
    assert again.status_code == 304


async def test_the_order_of_the_question_makes_no_other_feed(past: Site) -> None:
    one = await feed(past, "?kind=batch.*&account=default")
    other = await feed(past, "?account=default&kind=batch.*")
    assert texts(one, "a:id") == texts(other, "a:id")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?knid=batch.*", "kind"),
        ("?kind=batch.faild", "batch.failed"),
        ("?min_severity=7", "info, success, warning, failure"),
        ("?kind=batch.*&kind=*", "twice"),
    ],
)
async def test_a_mistyped_choice_is_an_error_that_says_what_is_right(
    site: Site, query: str, said: str
) -> None:
    answer = await site.get(f"/feed.atom{query}")
    assert answer.status_code == 400
    assert said in answer.text


async def test_only_the_newest_are_in_the_feed(site: Site) -> None:
    events = [
        Event(
            kind=EventKind.FAILED,
            account="default",
            job_id=f"job-{number:03}",
            qualifier="end:FAILED",
            happened_at=site.now,
            seen_at=site.now,
        )
        for number in range(ENTRIES + 7)
    ]
    with site.database.write() as connection:
        announce(connection, events, [], site.now)
    titles = texts(await feed(site), "a:entry/a:title")
    assert len(titles) == ENTRIES
    assert titles[0].startswith(f"FAILED: job-{ENTRIES + 6}")


@pytest.mark.parametrize("path", ["/feed.atom", "/deadlines.ics"])
async def test_a_reader_that_has_it_gets_nothing_again(past: Site, path: str) -> None:
    first = await past.get(path)
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = await past.get(path, **{"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    assert (await past.get(path, **{"If-None-Match": '"other"'})).status_code == 200


async def test_texts_from_outside_are_text_in_the_feed(past: Site) -> None:
    found = await feed(past)
    assert not [each for each in found.iter() if each.tag.endswith("script")]
    assert '<script>alert("x")</script>' in "".join(found.itertext())
    assert "\ufffe" not in "".join(found.itertext())


# --- the calendar ---


async def test_no_deadline_is_a_calendar_without_an_event(site: Site) -> None:
    site.has(running(site, job_deadline=None), running(site, "done", status="COMPLETED"))
    made = await calendar(site)
    assert events_in(made) == []
    # One component there has to be. Source: RFC 5545, section 3.6.
    assert [each.name for each in made.subcomponents] == ["VTIMEZONE"]
    assert fact(made, "version") == "2.0"
    assert fact(made, "prodid").startswith("-//batchbell//")


async def test_every_running_job_has_its_deadline_in_it(site: Site) -> None:
    site.page_url = "https://bell.example.org"
    late, soon = running(site, "late", job_deadline=site.now + 5 * HOUR), running(site, "a/b")
    site.has(late, soon)
    first, second = events_in(await calendar(site))
    assert first.decoded("dtstart") == soon.job_deadline
    assert second.decoded("dtstart") == late.job_deadline
    assert fact(first, "summary") == "Deadline: Llama-3.3-70B · a/b"
    assert "IN_PROGRESS at 25.0%" in fact(first, "description")
    assert "Job: a/b" in fact(first, "description")
    assert fact(first, "url") == "https://bell.example.org/jobs/default/a%2Fb"
    assert fact(first, "uid") != fact(second, "uid")


async def test_a_deadline_goes_by_the_input_file_once_that_is_known(
    site: Site, database: Database
) -> None:
    site.has(running(site, input_file_id="file-1"))
    known = KnownFile(id="file-1", filename="nightly.jsonl", tries=1, looked_up_at=site.now)
    with database.write() as connection:
        files.save(connection, "default", [known])
    (event,) = events_in(await calendar(site))
    assert fact(event, "summary") == "Deadline: nightly (Llama-3.3-70B)"


async def test_a_moved_deadline_moves_its_event(site: Site) -> None:
    job = running(site)
    site.has(job)
    (before,) = events_in(await calendar(site))
    site.has(replace(job, job_deadline=site.now + 9 * HOUR))
    (after,) = events_in(await calendar(site))
    assert fact(before, "uid") == fact(after, "uid")
    assert after.decoded("dtstart") == site.now + 9 * HOUR


async def test_jobs_are_chosen_as_in_the_api(site: Site) -> None:
    site.has(running(site, "one"), running(site, "two", model_id="acme/small"))
    made = await calendar(site, "?model=acme/small")
    assert ["two" in fact(each, "summary") for each in events_in(made)] == [True]
    assert (await site.get("/deadlines.ics?modle=x")).status_code == 400


async def test_texts_from_outside_end_no_line_of_the_calendar(site: Site) -> None:
    site.has(running(site, f"{ATTACK}\nEND:VCALENDAR", model_id=f"x;y,z\\n{ATTACK}" * 20))
    answer = await site.get("/deadlines.ics")
    lines = answer.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines.count(b"END:VEVENT") == lines.count(b"END:VCALENDAR") == 1


async def test_the_calendar_is_written_as_the_library_writes_it(site: Site) -> None:
    site.page_url = "https://bell.example.org/a-prefix-that-makes-long-lines/and-longer-ones"
    site.has(
        running(site, "grün;, \\n \\ " + "ü" * 60, model_id="x;y,z\\"),
        running(site, "b" * 200, status="SOME, NEW; STATUS", progress=None),
        running(site, "plain", model_id=None),
    )
    answer = await site.get("/deadlines.ics")
    made = Calendar.from_ical(answer.content)
    assert isinstance(made, Calendar)
    assert len(events_in(made)) == 3
    assert made.to_ical() == answer.content


async def test_a_deadline_without_a_forecast_says_what_it_asks_for_as_messages_do(
    site: Site,
) -> None:
    job = running(site)
    still = replace(
        site.record(job), first_seen_at=site.now - 2 * HOUR, progress_since=site.now - 2 * HOUR
    )
    site.has(still)
    (event,) = events_in(await calendar(site))
    description = fact(event, "DESCRIPTION")
    assert "Forecast: can't say yet when it will be done: " in description
    assert "it needs 25\u00a0%/h to make it" in description
    assert "can't tell yet" not in description
