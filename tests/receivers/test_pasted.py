"""Whatever a job is called: what somebody copies from a message runs nothing else."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from batchbell.core.event import EventKind
from batchbell.core.example_events import sample_reminder
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.content import Family
from tests.loopback_receivers import HttpReceiver, MailReceiver
from tests.pasted import LIVE_IDS, PLAIN_IDS, paste
from tests.services import AT, URLS, every_service, failed, send_to, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.core.event import Event

VIEW = View(provider=WORDS)
WEB = {**{family.value: url for family, url in URLS.items()}, "plain": "json://{netloc}/"}
SHOWN = (*WEB, "mail", "mail's html")
_TAG = re.compile(r"<[^>]*>")
#: What parts no line.
_SPAN = re.compile(r"</?span[^>]*>")


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


async def read_in(where: str, event: Event, http: HttpReceiver) -> str:
    """Return what a person sees of a message, as far as it is text."""
    if where.startswith("mail"):
        with MailReceiver() as mail:
            url = f"mailto://127.0.0.1:{mail.port}/?from=bell@example.org&to=ops@example.org"
            assert (await send_to(url, event, view=VIEW)).delivered
            (received,) = mail.mails
        return received.text if where == "mail" else _without_tags(received.html)
    if where == Family.SLACK:
        http.default = replace(http.default, body=b"ok")
    url = WEB[where].format(netloc=http.netloc)
    assert (await send_to(url, event, view=VIEW)).delivered
    (request,) = http.requests
    if where == Family.TEAMS:
        (card,) = (attachment["content"] for attachment in request.json["attachments"])
        return "\n".join(
            "".join(run.get("text", "") for run in block.get("inlines", ()))
            for block in card["body"]
        )
    if not request.text.startswith("{"):
        return request.text
    text = shown(request)
    return _without_tags(text) if where in {Family.SLACK, Family.TELEGRAM} else text


def _without_tags(text: str) -> str:
    return html.unescape(_TAG.sub("\n", _SPAN.sub("", text)))


def commands_in(text: str) -> list[str]:
    """Return what somebody may copy: each piece of code, or the rest of the line, from its program.

    Both, as a piece of code may end early.
    """
    rest = re.findall(r"(?:\bbatchbell|\bcurl) .*", text)
    code = [inner for line in text.split("\n") for inner in line.split("`")]
    pieces = (piece for piece in code if piece.startswith(("batchbell ", "curl ")))
    return list(dict.fromkeys([*rest, *pieces]))


def run(text: str, folder: Path) -> list[list[str]]:
    return [call for command in commands_in(text) for call in paste(command, folder)]


@pytest.mark.parametrize("where", SHOWN)
async def test_of_a_hostile_id_nothing_runs(where: str, tmp_path: Path, http: HttpReceiver) -> None:
    for job_id in LIVE_IDS:
        http.received.clear()
        named = failed(id=job_id, output_file_id=job_id, error_file_id=job_id)
        event = replace(named, job_id=job_id)
        calls = run(await read_in(where, event, http), tmp_path)
        assert {tuple(call[:2]) for call in calls} == {("batchbell", "status")}, job_id
        assert all(len(call) == 2 for call in calls)


@pytest.mark.parametrize("where", SHOWN)
async def test_a_plain_id_is_shown_and_fetched(
    where: str, tmp_path: Path, http: HttpReceiver
) -> None:
    for job_id in PLAIN_IDS:
        http.received.clear()
        event = replace(
            failed(id=job_id, output_file_id=f"{job_id}.out", error_file_id=None), job_id=job_id
        )
        calls = run(await read_in(where, event, http), tmp_path)
        assert ["batchbell", "show", "--", job_id] in calls
        (fetched,) = {tuple(call) for call in calls if call[0] == "curl"}
        assert fetched[-2:] == (
            f"{job_id}.out.jsonl",
            f"https://api.together.ai/v1/files/{job_id}.out/content",
        )


@pytest.mark.parametrize("job_id", [*LIVE_IDS, *PLAIN_IDS])
async def test_a_reminder_s_command_acknowledges_or_asks_for_the_id(
    job_id: str, tmp_path: Path, http: HttpReceiver
) -> None:
    event = replace(sample_reminder(AT), job_id=job_id)
    assert event.kind is EventKind.FAILED
    calls = run(await read_in("plain", event, http), tmp_path)
    acknowledges = {tuple(call[2:]) for call in calls if call[1] == "ack"}
    # The rest of the line is prose, which nobody copies.
    assert (("--", job_id) if job_id in PLAIN_IDS else ()) in acknowledges
    assert not any(option.startswith("--config") for call in calls for option in call)
