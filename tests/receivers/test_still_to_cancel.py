"""What is still to be cancelled is in every form, and a job's name in it is no markup."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from batchbell.core.event import Event, EventKind
from batchbell.core.example_events import sample
from batchbell.messages.still_to_cancel import StillToCancel, ToldBefore
from batchbell.messages.view import View
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from tests.fakes import START

FAILED = sample(EventKind.FAILED, START)
RISK = replace(sample(EventKind.AT_RISK, START), job_id="job-at-risk")
OTHER = replace(RISK, job_id="other-at-risk")
COMPLETED = replace(sample(EventKind.COMPLETED, START), job_id="another-job")


def written(family: Family, name: str, *events: Event) -> list[str]:
    """Return what is sent of a digest, each form by itself."""
    still = StillToCancel((ToldBefore(name, START + timedelta(hours=1)),))
    composer = Composer(family=family, view=View(still=still))
    content = composer.compose(events, START)
    forms = [content.text, content.html, json.dumps(content.payload, ensure_ascii=False)]
    return [form for form in forms if form not in {"", "{}"}]


@pytest.mark.parametrize("events", [(RISK, FAILED), (RISK, OTHER), (FAILED, COMPLETED)])
@pytest.mark.parametrize("family", list(Family))
def test_every_form_names_it(family: Family, events: tuple[Event, ...]) -> None:
    for form in written(family, "legal-review", *events):
        assert "Still to cancel" in form
        assert "legal-review (due 13:00 UTC)" in form


def test_the_command_that_names_the_others_stands_there_once() -> None:
    told = tuple(ToldBefore(f"job-{n}", START + timedelta(hours=1)) for n in range(7))
    view = View(still=StillToCancel(told))
    content = Composer(view=view).compose((RISK, OTHER), START)
    assert "and 2 more" in content.text
    assert content.text.count("batchbell status") == 1


def test_that_command_is_code_among_the_entries_too() -> None:
    told = tuple(ToldBefore(f"job-{n}", START + timedelta(hours=1)) for n in range(7))
    view = View(still=StillToCancel(told))
    content = Composer(family=Family.DISCORD, view=view).compose((RISK, FAILED), START)
    text = content.payload["pieces"][0]["embeds"][0]["description"]
    above, _, _ = text.partition("Look closer")
    assert above.count("See them all: `batchbell status`") == 1


@pytest.mark.parametrize("events", [(RISK, FAILED), (RISK, OTHER), (FAILED, COMPLETED)])
@pytest.mark.parametrize(
    ("family", "hostile"),
    [
        (Family.MAIL, "<b>x"),
        (Family.SLACK, "<!channel>"),
        (Family.DISCORD, "**x**"),
        (Family.TELEGRAM, "<b>x"),
    ],
)
def test_its_name_is_escaped(family: Family, hostile: str, events: tuple[Event, ...]) -> None:
    *_, form = written(family, hostile, *events)
    assert "Still to cancel" in form
    assert hostile not in form


@pytest.mark.parametrize("events", [(RISK, FAILED), (RISK, OTHER)])
def test_its_name_leads_to_its_page(events: tuple[Event, ...]) -> None:
    due = START + timedelta(hours=1)
    several = (ToldBefore("legal-review", due, "job-9", "prod"), ToldBefore("<b>", due, "9", "it"))
    view = View(still=StillToCancel(several), page_url="https://bell.example")
    mail, slack = (
        Composer(family=family, view=view).compose(events, START)
        for family in (Family.MAIL, Family.SLACK)
    )
    page = "https://bell.example/jobs/prod/job-9"
    assert f'<a href="{page}" style="color:inherit">legal-review</a> (due 13:00), ' in mail.html
    assert '/jobs/it/9" style="color:inherit">&lt;b&gt;</a> (due 13:00 UTC)' in mail.html
    blocks = json.dumps(slack.payload, ensure_ascii=False)
    assert f"Still to cancel, told before: <{page}|legal-review> (due 13:00), " in blocks
    assert "/jobs/it/9|&lt;b&gt;> (due 13:00 UTC)" in blocks
    for text in (mail.text, slack.text):
        assert "legal-review (due 13:00), <b> (due 13:00 UTC)" in text.replace("\n", " ")


STILL_DUE = "Still to cancel: legal-review (due 13:00 UTC)"


def on_a_phone(*events: Event, minutes: int = 60) -> tuple[str, list[str]]:
    """Return the title and the first lines that a locked phone shows of a digest."""
    due = START + timedelta(minutes=minutes)
    still = StillToCancel((ToldBefore("legal-review", due, "job-9"),))
    content = Composer(family=Family.NTFY, view=View(still=still)).compose(events, START)
    (text,) = content.payload["pieces"]
    return content.title, text.splitlines()[:4]


def test_a_locked_phone_shows_behind_what_helps_what_is_due_first() -> None:
    _, lines = on_a_phone(FAILED, COMPLETED)
    assert lines[:3] == ["line 3: invalid JSON", STILL_DUE, "also nightly-eval: COMPLETED"]
    account = sample(EventKind.ACCOUNT_UNAUTHORIZED, START)
    title, lines = on_a_phone(account, FAILED)
    assert title == "ACCOUNT UNAUTHORIZED: default, +1"
    assert lines[0].startswith("Put a key that works into ")
    assert lines[1] == STILL_DUE


def test_it_shows_it_first_where_the_news_asks_for_nothing() -> None:
    _, lines = on_a_phone(COMPLETED, replace(COMPLETED, job_id="job-3"))
    assert lines[0] == STILL_DUE


def test_it_shows_the_number_below_what_is_due_before() -> None:
    title, lines = on_a_phone(RISK, OTHER)
    assert title == "Due 12:58: cancel nightly-eval, +2"
    assert lines[1:] == [
        "also due 12:58: cancel nightly-eval",
        "also due 13:00: cancel legal-review",
        "3 to cancel",
    ]


def test_what_was_told_before_stands_among_the_new_ones_by_its_deadline() -> None:
    assert OTHER.job is not None
    soon = replace(OTHER, job=replace(OTHER.job, job_deadline=START + timedelta(minutes=30)))
    before, new = "also due 12:45: cancel legal-review", "also due 12:58: cancel nightly-eval"
    title, lines = on_a_phone(RISK, soon, minutes=45)
    assert title == "Due 12:30: cancel nightly-eval, +2"
    assert lines[1:3] == [before, new]
    _, lines = on_a_phone(RISK, soon, minutes=-1)
    assert lines[1:3] == [new, "also was due 11:59: cancel legal-review"]


def test_where_its_title_is_about_one_told_before_that_has_the_first_command() -> None:
    still = StillToCancel((ToldBefore("legal-review", START + timedelta(minutes=1), "job-9"),))
    for events in ((RISK, FAILED), (RISK, OTHER)):
        content = Composer(family=Family.NTFY, view=View(still=still)).compose(events, START)
        text = "".join(content.payload["pieces"])
        assert text.index("batchbell cancel -- job-9\n\n") < text.index("\n• AT RISK: ")
        assert ("\n\n— Cancel now (1) —\n• AT RISK: " in text) == (events == (RISK, FAILED))
        assert text.count("batchbell cancel -- job-9") == 1


def test_what_goes_on_from_another_message_counts_only_what_was_told_before() -> None:
    still = StillToCancel((ToldBefore("legal-review", START + timedelta(hours=1), "job-9"),))
    view = View(still=still, continues=True)
    content = Composer(family=Family.NTFY, view=view).compose((RISK, FAILED), START)
    (text,) = content.payload["pieces"]
    assert text.splitlines()[3] == "Still to cancel: 1"


def test_its_title_begins_with_what_is_due_before_all_that_is_new() -> None:
    title, lines = on_a_phone(RISK, FAILED, minutes=1)
    assert title == "Due 12:01: cancel legal-review, +2"
    assert lines[:3] == [
        "New, due 12:58: cancel nightly-eval",
        "also nightly-eval: FAILED",
        "2 to cancel, 1 other",
    ]


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.parametrize("others", [(FAILED,), (OTHER,)])
def test_every_form_has_the_command_for_it(family: Family, others: tuple[Event, ...]) -> None:
    still = StillToCancel((ToldBefore("legal-review", START + timedelta(minutes=1), "job-9"),))
    composer = Composer(family=family, view=View(still=still))
    content = composer.compose((RISK, *others), START)
    form = content.html or json.dumps(content.payload) if family is not Family.PLAIN else ""
    assert "Cancel what is due next" in (form if form != "{}" else content.text) + content.text
    assert content.text.count("batchbell cancel -- job-9") == 1


def test_an_id_that_is_no_plain_word_has_no_command() -> None:
    still = StillToCancel((ToldBefore("legal-review", START + timedelta(minutes=1), "a; b"),))
    content = Composer(view=View(still=still)).compose((RISK, FAILED), START)
    assert "Still to cancel, told before: legal-review" in content.text
    assert "a; b" not in content.text
