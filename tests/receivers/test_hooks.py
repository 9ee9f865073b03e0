"""Webhooks and programs: what they get, how their answers are judged, and what never happens."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import jsonschema
import pytest
from standardwebhooks import Webhook

from batchbell import __version__
from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import Event, EventKind
from batchbell.core.job import BatchJob
from batchbell.messages.event_document import ERROR_CHARS, event_id
from batchbell.messages.facts_json import facts_from_json
from batchbell.messages.view import View
from batchbell.receivers import webhook
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content, Family
from batchbell.receivers.program import OUTPUT_BYTES
from batchbell.receivers.receiver import ExecReceiver, WebhookReceiver
from batchbell.receivers.web_clients import WebClients
from batchbell.wire.request_errors import ConnectFailedError
from tests.fakes import eventually
from tests.loopback_receivers import HANG, RESET, Answer, HttpReceiver
from tests.notifiers import open_notifier, send_once
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from batchbell.core.delivery.outcome import Outcome

AT = datetime(2026, 11, 23, 2, 14, tzinfo=UTC)
SECRET = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="
KEY = "message-17"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "event.schema.json").read_text())
JOB = BatchJob(
    id="job-1",
    status="FAILED",
    progress=0.5,
    user_id="user_1",
    input_file_id="file-in",
    file_size_bytes=3,
    created_at=AT - timedelta(hours=3),
    job_deadline=AT + timedelta(hours=21),
    model_id="meta-llama/Llama-3.3-70B",
    error="line 3: größer als \N{ROCKET}",
)


def event_of(kind: EventKind, job: BatchJob | None = JOB, **facts: Any) -> Event:
    return Event(
        kind=kind,
        account="" if kind.startswith("channel.") else "default",
        job_id=job.id if job else "",
        qualifier="end:FAILED",
        happened_at=AT,
        seen_at=AT,
        job=job,
        facts=facts_from_json(facts),
    )


def content_of(*events: Event) -> Content:
    view = View(page_url="https://bell.example.com")
    return Composer(family=Family.HOOK, view=view).compose(
        events or [event_of(EventKind.FAILED)], AT
    )


def closed(schema: Any) -> Any:
    """Return the schema with every object closed: nothing undocumented gets out."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if "properties" in schema:
        inner["additionalProperties"] = False
    return inner


class TestDocument:
    @pytest.mark.parametrize("kind", EventKind)
    def test_every_kind_fits_the_documented_schema(self, kind: EventKind) -> None:
        job = JOB if kind.startswith("batch.") else None
        document = content_of(
            event_of(kind, job, channel="team", input_file="nightly.jsonl")
        ).payload
        jsonschema.validate(document, closed(SCHEMA), jsonschema.Draft202012Validator)
        (event,) = document["data"]["events"]
        assert event["kind"] == kind

    def test_a_digest_has_every_event_and_its_text(self) -> None:
        events = [event_of(EventKind.FAILED, replace(JOB, id=f"job-{n}")) for n in range(20)]
        document = content_of(*events).payload
        jsonschema.validate(document, closed(SCHEMA), jsonschema.Draft202012Validator)
        assert {each["job"]["id"] for each in document["data"]["events"]} == {
            f"job-{n}" for n in range(20)
        }
        assert document["data"]["text"].startswith("20 FAILED, first ")

    def test_a_job_has_the_api_s_names_and_its_input_file_s(self) -> None:
        document = content_of(event_of(EventKind.FAILED, input_file="nightly.jsonl")).payload
        job = document["data"]["events"][0]["job"]
        assert job["created_at"] == "2026-11-22T23:14:00.000000Z"
        assert (job["progress"], job["input_file"]) == (0.5, "nightly.jsonl")
        assert job["output_file_id"] is None

    def test_a_megabyte_of_error_is_shortened(self) -> None:
        long = event_of(EventKind.FAILED, replace(JOB, error="x" * 1_000_000))
        job = content_of(long).payload["data"]["events"][0]["job"]
        assert len(job["error"]) == ERROR_CHARS

    def test_an_event_has_one_id_wherever_it_is_told(self) -> None:
        one = event_of(EventKind.FAILED)
        assert event_id(one) == event_id(replace(one, seen_at=AT + timedelta(days=1)))
        assert event_id(one) != event_id(replace(one, job_id="job-2"))


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


async def post(
    http: HttpReceiver, content: Content | None = None, *, now: float | None = None
) -> Outcome:
    async with open_notifier(time.time if now is None else lambda: now) as notifier:
        return await notifier.send("hook", receiver_at(http), content or content_of(), KEY)


def receiver_at(http: HttpReceiver) -> WebhookReceiver:
    return WebhookReceiver(f"http://{http.netloc}/hook", SECRET)


class TestWebhook:
    async def test_the_signature_is_verified_by_the_scheme_s_own_library(
        self, http: HttpReceiver
    ) -> None:
        outcome = await post(http)

        assert outcome.delivered
        (request,) = http.requests
        verified = Webhook(SECRET).verify(request.body, dict(request.headers))
        assert verified["type"] == "batchbell.notification"
        assert request.headers["webhook-id"] == request.headers["idempotency-key"] == KEY
        assert request.headers["user-agent"] == f"batchbell/{__version__}"
        assert request.headers["content-type"] == "application/json"

    async def test_every_attempt_has_the_same_id_and_body_and_a_time_of_its_own(
        self, http: HttpReceiver
    ) -> None:
        content = content_of()
        stored = Content.from_json(json.loads(json.dumps(content.to_json())))
        await post(http, content, now=1_000_000.0)
        await post(http, stored, now=1_000_060.0)

        first, second = http.requests
        assert first.body == second.body
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.headers["webhook-timestamp"] == "1000000"
        assert second.headers["webhook-timestamp"] == "1000060"
        assert first.headers["webhook-signature"] != second.headers["webhook-signature"]

    @pytest.mark.parametrize(
        ("status", "delivered", "permanent"),
        [
            (200, True, False),
            (204, True, False),
            (301, False, False),
            (400, False, True),
            (404, False, True),
            (408, False, False),
            (425, False, False),
            (429, False, False),
            (500, False, False),
            (503, False, False),
        ],
    )
    async def test_the_status_decides(
        self, http: HttpReceiver, status: int, *, delivered: bool, permanent: bool
    ) -> None:
        http.default = Answer(status=status)
        outcome = await post(http)
        assert (outcome.delivered, outcome.permanent, outcome.gone) == (delivered, permanent, False)
        assert f"HTTP {status}" in outcome.reason
        faults = dict.fromkeys((301, 404, 429), Fault.CHANNEL) | {400: Fault.MESSAGE}
        assert outcome.fault is faults.get(status, Fault.UNKNOWN)

    async def test_gone_is_for_good_and_says_what_to_do(self, http: HttpReceiver) -> None:
        http.default = Answer(status=410)
        outcome = await post(http)
        assert (outcome.delivered, outcome.permanent, outcome.gone) == (False, True, True)
        assert outcome.fault is Fault.CHANNEL
        assert "deliveries retry" in outcome.reason

    @pytest.mark.parametrize(
        ("asked", "seconds"), [("120", 120.0), ("100000", 900.0), ("nonsense", None)]
    )
    async def test_a_receiver_says_when_to_come_back(
        self, http: HttpReceiver, asked: str, seconds: float | None
    ) -> None:
        http.default = Answer(status=503, headers={"Retry-After": asked})
        assert (await post(http)).retry_after_seconds == seconds

    async def test_it_may_name_a_moment(self, http: HttpReceiver) -> None:
        at = datetime.now(UTC) + timedelta(minutes=10)
        http.default = Answer(status=503, headers={"Retry-After": format_datetime(at)})
        outcome = await post(http)
        assert outcome.retry_after_seconds is not None
        assert 500 < outcome.retry_after_seconds <= 600

    async def test_a_broken_connection_passes_and_names_no_path(self, http: HttpReceiver) -> None:
        http.default = RESET
        outcome = await post(http)
        assert (outcome.delivered, outcome.permanent) == (False, False)
        assert "/hook" not in outcome.reason

    async def test_a_receiver_that_hangs_is_given_up_in_time(self, http: HttpReceiver) -> None:
        http.default = HANG
        clients = WebClients()
        async with clients.client() as client:
            outcome = await webhook.post(
                client, receiver_at(http), content_of(), KEY, now_seconds=0.0, timeout_seconds=0.2
            )
        await clients.close()
        assert outcome.reason == f"{http.netloc} gave no complete answer in time"

    async def test_a_key_in_the_hosts_name_is_not_told(self) -> None:
        host = "eofake12.m.example.org"
        client = Mock()
        client.stream.side_effect = ConnectFailedError(f"no connection to {host}:1: not for {host}")
        outcome = await webhook.post(
            client,
            WebhookReceiver(f"https://{host}:1/", SECRET),
            content_of(),
            KEY,
            now_seconds=0.0,
        )
        assert outcome.reason == "no connection to ….example.org:1: not for ….example.org"

    async def test_what_was_said_counts_though_the_rest_of_the_answer_never_comes(self) -> None:
        async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            # Until the sender hangs up.
            while await reader.read(1_000):
                pass
            writer.close()
            ended.set()

        clients, ended = WebClients(), asyncio.Event()
        async with await asyncio.start_server(begin, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            receiver = WebhookReceiver(f"http://127.0.0.1:{port}/", SECRET)
            async with clients.client() as client:
                outcome = await webhook.post(
                    client, receiver, content_of(), KEY, now_seconds=0.0, timeout_seconds=0.5
                )
            await clients.close()
            await asyncio.wait_for(ended.wait(), TIMEOUT_SECONDS)
        assert outcome.delivered


class Script:
    """A program of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, body: str) -> Path:
        path = self._folder / "on-batch"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time, json, signal\n{body}\n")
        path.chmod(stat.S_IRWXU)
        return path

    async def run(
        self, body: str, *arguments: str, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Outcome:
        receiver = ExecReceiver((str(self.write(body)), *arguments), timeout_seconds)
        return await send_once("script", receiver, content_of(), KEY)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script(tmp_path)


class TestProgram:
    async def test_it_reads_the_document_and_its_arguments_as_they_are(
        self, script: Script
    ) -> None:
        outcome = await script.run(
            "told = json.load(sys.stdin)['data']['events'][0]\n"
            "print(told['kind'], told['job']['id'], sys.argv[1:], os.getcwd())",
            "$HOME; echo *",
        )
        assert outcome.delivered
        assert outcome.reason == "exit status 0"
        assert outcome.output == "batch.failed job-1 ['$HOME; echo *'] /"

    async def test_its_environment_has_nothing_secret(
        self, script: Script, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("TOGETHER_API_KEY", "BATCHBELL_CHANNELS__TEAM__URL", "CREDENTIALS_DIRECTORY"):
            monkeypatch.setenv(name, "fake-secret")
        outcome = await script.run("print(json.dumps(dict(os.environ)))")
        environ = json.loads(outcome.output)
        assert "fake-secret" not in outcome.output
        ours = {name: text for name, text in environ.items() if name.startswith("BATCHBELL_")}
        assert ours == {
            "BATCHBELL_CHANNEL": "script",
            "BATCHBELL_KEY": KEY,
            "BATCHBELL_SEVERITY": "failure",
            "BATCHBELL_TITLE": content_of().title,
        }

    @pytest.mark.parametrize(
        ("body", "reason", "permanent"),
        [
            ("sys.exit(1)", "exit status 1", False),
            ("sys.exit(75)", "exit status 75", False),
            ("sys.exit(65)", "exit status 65", True),
            ("os.kill(os.getpid(), signal.SIGKILL)", "ended by signal 9", False),
        ],
    )
    async def test_its_exit_status_decides(
        self, script: Script, body: str, reason: str, *, permanent: bool
    ) -> None:
        outcome = await script.run(body)
        assert (outcome.delivered, outcome.reason, outcome.permanent) == (False, reason, permanent)
        assert outcome.fault is (Fault.MESSAGE if permanent else Fault.UNKNOWN)

    async def test_of_much_output_the_end_is_kept_without_live_characters(
        self, script: Script
    ) -> None:
        outcome = await script.run(
            "sys.stderr.write('x' * 1_000_000)\nprint('\\x1b[31mthe end\\x07')"
        )
        assert outcome.delivered
        assert len(outcome.output) <= OUTPUT_BYTES
        assert outcome.output.endswith("the end\N{REPLACEMENT CHARACTER}")
        assert "\x1b" not in outcome.output

    async def test_one_that_reads_nothing_may_still_end_well(self, script: Script) -> None:
        big = content_of(
            *(
                event_of(EventKind.FAILED, replace(JOB, id=f"{n}", error="x" * 9_000))
                for n in range(20)
            )
        )
        receiver = ExecReceiver((str(script.write("os.close(0)")),), 20.0)
        assert (await send_once("script", receiver, big, KEY)).delivered

    async def test_one_that_takes_too_long_is_ended_with_all_it_started(
        self, script: Script, tmp_path: Path
    ) -> None:
        child = tmp_path / "child"
        outcome = await script.run(
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "pid = os.fork()\n"
            f"open({str(child)!r}, 'w').write(str(os.getpid())) if pid == 0 else None\n"
            "print('began', flush=True)\n"
            "time.sleep(600)",
            timeout_seconds=0.5,
        )
        assert outcome.reason == "took longer than 0.5 s and was ended"
        assert not outcome.permanent
        assert outcome.output.startswith("began")
        await eventually(lambda: not is_running(int(child.read_text())))

    async def test_what_it_leaves_running_holds_nobody_up(self, script: Script) -> None:
        outcome = await script.run(
            "if os.fork() == 0: time.sleep(30)\nelse: print('done', flush=True)"
        )
        assert outcome.delivered

    async def test_it_ends_when_the_daemon_stops(self, script: Script, tmp_path: Path) -> None:
        pid = tmp_path / "pid"
        body = f"open({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)"
        running = asyncio.create_task(script.run(body))
        await eventually(lambda: pid.exists() and bool(pid.read_text()))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert not is_running(int(pid.read_text()))

    async def test_one_that_can_t_be_started_is_tried_again(self, tmp_path: Path) -> None:
        plain = tmp_path / "plain"
        plain.write_text("no program")
        for program, reason in (
            ("/nowhere/at/all", "the program is not there"),
            (str(plain), "the program may not be run"),
        ):
            receiver = ExecReceiver((program,), 5.0)
            outcome = await send_once("script", receiver, content_of(), KEY)
            assert (outcome.delivered, outcome.reason, outcome.permanent) == (False, reason, False)
            assert outcome.fault is Fault.CHANNEL


def is_running(pid: int) -> bool:
    """Whether a process is there and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class TestCheck:
    def test_a_program_that_is_there_is_fine(self, tmp_path: Path) -> None:
        path = tmp_path / "tool"
        path.write_text("#!/bin/sh\n")
        path.chmod(0o700)
        assert list(check_channel({"exec": [str(path), "x"]})) == []
        assert list(check_channel({"exec": ["sh", "-c", "true"]})) == []
        assert list(check_channel({"exec": "sh"})) == []

    @pytest.mark.parametrize(
        ("program", "what"),
        [
            ("/nowhere/at/all", "is not there, or may not be run"),
            ("no-such-program-7", "is not in PATH"),
            ("./here", "write the program's whole path"),
        ],
    )
    def test_one_that_is_not_is_told(self, program: str, what: str) -> None:
        ((key, told),) = check_channel({"exec": [program]})
        assert key == "exec"
        assert what in told

    def test_home_is_understood(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        tool = tmp_path / "tool"
        tool.write_text("#!/bin/sh\n")
        os.chmod(tool, 0o700)  # noqa: PTH101
        assert list(check_channel({"exec": ["~/tool"]})) == []
