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


def test_a_locked_phone_shows_first_what_is_due_first() -> None:
    *_, form = written(Family.NTFY, "legal-review", FAILED, COMPLETED)
    (text,) = json.loads(form)["pieces"]
    assert text.startswith("Still to cancel: legal-review (due 13:00 UTC)\n")
