"""`make look`: it says what it lacks, has every end in its day, and shows messages as they are."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

from batchbell.core.provider import END_STATES
from batchbell.receivers.content import Content
from batchbell.receivers.notifier import Notifier
from batchbell.receivers.receiver import UrlReceiver
from docs.pictures.day import inbox, phone, slack
from docs.pictures.day.__main__ import keep_quiet
from docs.pictures.day.clock import MOMENT
from docs.pictures.day.job import PRODUCTION, RESEARCH
from docs.pictures.day.jobs import JOBS
from docs.pictures.day.pages import JOBS as LOOKED_AT
from tests.loopback_receivers import Answer, HttpReceiver, Mail

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[2]


def test_the_target_gives_the_program_its_folder() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target = r"^look: .*## .*OUT=FOLDER.*\n\t@.* -m docs\.pictures\.day \$\(OUT\) \$\(ONLY\)$"

    assert re.search(target, makefile, re.MULTILINE)


def test_without_a_folder_it_says_how_to_name_one(tmp_path: Path) -> None:
    assert _look(path=tmp_path) == "look: say where to: make look OUT=FOLDER\n"


def test_it_does_not_mix_its_pictures_with_older_ones(tmp_path: Path) -> None:
    (tmp_path / "INDEX.md").touch()

    assert "is not empty" in _look(str(tmp_path), path=tmp_path)


def test_a_chapter_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = _look(str(tmp_path / "out"), "mail", "fax", path=tmp_path)

    assert said.startswith("look: there is no fax, only mail, slack, ")


def test_without_a_browser_it_says_which_package_is_missing(tmp_path: Path) -> None:
    said = _look(str(tmp_path / "out"), path=tmp_path)

    assert said == "look: no chromium; on Debian and Ubuntu: apt-get install chromium\n"


async def test_on_a_quiet_day_a_refusal_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    keep_quiet()
    with HttpReceiver() as receiver:
        receiver.answer_next(Answer(status=400))
        outcome = await Notifier().send(
            "tickets",
            UrlReceiver(url=f"json://{receiver.netloc}/"),
            Content(title="FAILED", text="line 3", html=""),
            "key",
        )

    assert outcome.reason == "HTTP 400 Bad Request"


def test_the_day_has_every_end() -> None:
    ended = {job.status for job in JOBS if job.ended <= 0}

    assert {state.value for state in END_STATES} <= ended


def test_the_jobs_of_the_day_are_told_apart_by_their_names_and_ids() -> None:
    names = {job.name for job in JOBS}
    plans = [job.plan(MOMENT, number) for number, job in enumerate(JOBS)]

    assert len(names) == len({plan.job_id for plan in plans}) == len(JOBS)
    assert {job.account for job in JOBS} == {PRODUCTION, RESEARCH}
    assert set(LOOKED_AT.values()) <= names


def test_slacks_markup_is_shown_as_slack_shows_it() -> None:
    text = "*FAILED* &lt;b&gt; `batchbell show *1*` <https://bell.example.com|Open job>"
    payload = {
        "text": "✗ FAILED &lt;b&gt;",
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}],
    }

    assert (
        "<b>FAILED</b> &lt;b&gt; <code>batchbell show *1*</code> "
        '<a href="https://bell.example.com">Open job</a>'
    ) in slack.as_page(payload, "03:14")
    assert slack.as_text(payload).startswith("Notification:\n✗ FAILED <b>\n\nMessage:\n*FAILED*")


def test_every_block_of_a_slack_message_is_shown() -> None:
    words: dict[str, Any] = {"type": "plain_text", "text": "<words>"}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": words},
        {"type": "divider"},
        {"type": "context", "elements": [words]},
        {"type": "section", "text": words, "fields": [words]},
        {"type": "actions", "elements": [{"type": "button", "text": words}]},
        {"type": "rich_text", "of": "tomorrow"},
    ]

    page = slack.as_page({"attachments": [{"color": "#ff0000", "blocks": blocks}]}, "03:14")

    assert page.count("&lt;words&gt;") == 5
    assert "tomorrow" in page
    assert "border-color: #ff0000" in page


def test_a_phone_shows_the_title_with_its_sign() -> None:
    message = {"topic": "batches", "title": "FAILED <b>", "message": "line 3"}
    headers = {"x-tags": "rotating_light", "x-priority": "high"}

    assert "🚨 FAILED &lt;b&gt;" in phone.as_page(message, headers, "03:14")
    assert "Priority: high" in phone.as_text(message, headers)


def test_an_inbox_lists_the_last_mail_first() -> None:
    came = [
        _mail("First", "<p>one &lt;b&gt;</p>"),
        _mail("Second", "<style>p {}</style><p>two</p>"),
    ]
    lines = [inbox.line_of(mail, MOMENT) for mail in came]

    assert (
        lines[0].as_text().startswith("From: bell@example.com\nSubject: First\nPreview: one <b>\n")
    )
    assert [line.channel for line in lines] == ["oncall", "oncall"]
    page = inbox.as_page(lines)
    assert page.index("Second") < page.index("two") < page.index("First") < page.index("&lt;b&gt;")


def _mail(subject: str, page: str) -> Mail:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "bell@example.com", subject
    mail.set_content(page, subtype="html")
    return Mail(mail_from="", rcpt_to=("oncall@example.com",), raw=mail.as_bytes(), at=0.0)


def _look(*arguments: str, path: Path) -> str:
    """Run it where no other program is found; return what it complains of."""
    done = subprocess.run(
        [sys.executable, "-m", "docs.pictures.day", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr
