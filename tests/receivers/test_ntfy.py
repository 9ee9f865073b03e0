from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from batchbell.core.delivery.outcome import Fault
from batchbell.core.event import EventKind
from batchbell.core.example_events import sample, sample_counted
from batchbell.core.facts import DeadlineFacts, Facts, OutlookFacts, StallFacts
from batchbell.messages.view import View
from batchbell.providers.together.words import WORDS
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Family
from batchbell.receivers.ntfy import NtfyAddress
from batchbell.receivers.receiver import UrlReceiver
from batchbell.receivers.registry import address_of
from tests.loopback_receivers import Answer, HttpReceiver
from tests.notifiers import send_once
from tests.receivers.sample_messages import CONTENT, DIGEST
from tests.receivers.sample_messages import send as send_text
from tests.services import AT, every_service, failed, send, send_to, several

if TYPE_CHECKING:
    from collections.abc import Iterator

CLOUD = "https://ntfy.sh/"


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    with every_service() as receiver:
        yield receiver


class TestForm:
    async def test_a_failure_can_wait_and_is_seen(self, http: HttpReceiver) -> None:
        await send(Family.NTFY, http, failed(), view=View(page_url="https://bell.example.com"))
        headers = http.requests[0].headers
        assert "x-priority" not in headers
        assert headers["x-tags"] == "rotating_light"
        assert headers["x-click"].startswith("https://bell.example.com/jobs/default/")

    @pytest.mark.parametrize(
        ("kind", "priority"),
        [
            (EventKind.AT_RISK, "high"),
            (EventKind.ACCOUNT_UNAUTHORIZED, "high"),
            (EventKind.CREATED, "low"),
            (EventKind.COMPLETED, None),
        ],
    )
    async def test_what_can_t_wait_rings_louder(
        self, kind: EventKind, priority: str | None, http: HttpReceiver
    ) -> None:
        await send(Family.NTFY, http, sample(kind, AT))
        assert http.requests[0].headers.get("x-priority") == priority

    async def test_a_digest_rings_for_what_can_t_wait_and_begins_with_it(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.NTFY, http, sample(EventKind.AT_RISK, AT), *several(2))
        (request,) = http.requests
        assert request.headers["x-priority"] == "high"
        assert request.json["title"] == "Due 03:12: cancel nightly-eval, +2"
        why, first, _ = request.json["message"].split("\n", 2)
        assert why == "AT RISK, will miss its deadline by about 1h"
        assert first == "also nightly-01: FAILED"

    async def test_more_jobs_than_a_locked_phone_names_are_counted_there(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.NTFY, http, *several(5))
        next_ones = http.requests[0].json["message"].splitlines()[1:3]
        assert next_ones == ["also nightly-02: FAILED", "also nightly-03: FAILED; 2 more"]

    async def test_whose_the_jobs_of_a_digest_are_stands_at_its_end(
        self, http: HttpReceiver
    ) -> None:
        await send(Family.NTFY, http, *(replace(each, account="lab") for each in several(2)))
        *_, end = http.requests[0].json["message"].split("\n\n")
        assert end == "Account lab\nLook closer: batchbell status"

    async def test_below_the_title_stands_how_much_came_back_and_what_to_do(
        self, http: HttpReceiver
    ) -> None:
        view = View(page_url="https://bell.example.com", provider=WORDS, now=AT)
        await send(
            Family.NTFY, http, sample_counted(EventKind.COMPLETED_WITH_ERRORS, AT), view=view
        )
        told = http.requests[0].json
        assert told["title"] == "nightly-eval: 40 failed, 10 missing"
        first, causes, copied, when, ids = told["message"].split("\n\n")
        assert first.startswith(
            "COMPLETED WITH ERRORS, 945 of 1,000 whole, 40 failed, 10 missing, 5 cut. Fetch its "
            "output, repair 8 requests (too long), raise max_tokens, and submit "
        )
        assert causes.splitlines()[0].startswith("Causes: 8 ")
        assert when.splitlines()[0] == (
            "Created: 2026-11-22 21:14 UTC · Finished: 2026-11-23 02:13 UTC · Duration: 5h"
        )
        assert ids.splitlines()[::2] == ["Output file:", "Error file:"]
        fetch, fetched, write, retry, repair, submit = copied.splitlines()
        assert (fetch, write) == (
            "1 Fetch files:",
            "2 Write a file of the rest and the cut answers:",
        )
        assert fetched.startswith("batchbell fetch -- ")
        assert retry.startswith("batchbell retry --include failed,missing,truncated -- ")
        assert repair.startswith("3 Repair it: 8 requests of it, ")
        assert submit == "4 Submit it: retry prints the command for it"

    @pytest.mark.parametrize(
        ("error", "repair"),
        [
            (
                "line 3: invalid JSON",
                "Repair it: line 3 (the same line as in nightly-01.jsonl)",
            ),
            ("model is not available", "Repair it: name another model in it"),
            ("internal error", ""),
        ],
    )
    async def test_an_only_command_is_followed_by_what_is_done_by_hand(
        self, error: str, repair: str, http: HttpReceiver
    ) -> None:
        page = View(page_url="https://bell.example.com")
        none_left = failed(error=error, output_file_id=None, error_file_id=None)
        await send(Family.NTFY, http, none_left, view=page)
        told = http.requests[0].json["message"]
        by_hand = [*filter(None, (repair,)), "Submit it: retry prints the command for it"]
        steps = "\n".join(f"{number} {deed}" for number, deed in enumerate(by_hand, start=2))
        assert f"batchbell retry -- {failed().job_id}\n{steps}\n" in told

    async def test_what_the_first_lines_say_is_not_said_again(self, http: HttpReceiver) -> None:
        await send(Family.NTFY, http, sample(EventKind.DEADLINE_MISSED, AT))
        text = http.requests[0].json["message"]
        assert text.startswith("Due 02:14 UTC, 68.3% done. ")
        assert text.count("68.3%") == text.count("IN_PROGRESS") == 1

    async def test_what_a_tap_opens_is_not_in_the_text(self, http: HttpReceiver) -> None:
        view = View(page_url="https://bell.example.com")
        await send(Family.NTFY, http, failed(), view=view)
        ended = (sample(EventKind.VANISHED, AT), sample(EventKind.COMPLETED_WITH_ERRORS, AT))
        others = [replace(each, job_id=each.kind) for each in ended]
        await send(Family.NTFY, http, failed(), *others, view=view)
        await send(Family.NTFY, http, sample(EventKind.ACCOUNT_UNREACHABLE, AT), view=view)
        one, digest, account = (request.json["message"] for request in http.requests)
        assert "https://" not in one + account + digest
        assert "batchbell explain" not in digest
        assert "batchbell show" not in one
        assert "Look closer: batchbell doctor" in account
        assert all("x-click" in request.headers for request in http.requests)

    async def test_what_is_sent_again_has_its_command_wherever_it_stands(
        self, http: HttpReceiver
    ) -> None:
        view = View(page_url="https://bell.example.com")
        expired = sample_counted(EventKind.EXPIRED, AT)
        assert expired.job is not None
        expired = replace(expired, job_id="job-1", job=replace(expired.job, id="job-1"))
        others = (sample(EventKind.AT_RISK, AT), sample(EventKind.COMPLETED, AT))
        await send(Family.NTFY, http, expired, *others, view=view)
        digest = http.requests[0].json["message"]
        assert "\n1 Fetch files:\nbatchbell fetch -- job-1\n2 Write a file of the " in digest
        assert "\nbatchbell retry --include missing,truncated -- job-1\n" in digest
        assert digest.count("batchbell fetch") == 1

    async def test_a_digest_has_what_all_ask_for_above_and_all_commands_each(
        self, http: HttpReceiver
    ) -> None:
        risk = sample(EventKind.AT_RISK, AT)
        both = [replace(risk, job_id=f"job-{n}") for n in (1, 2)]
        await send(Family.NTFY, http, *both, view=View(page_url="https://bell.example.com"))
        digest = http.requests[0].json["message"]
        assert "\nCancel each now and submit its rest" in digest
        assert digest.count("\n\n1 Cancel it:\nbatchbell cancel -- ") == 2
        assert digest.count("\nbatchbell retry -- ") == 2

    async def test_what_is_to_be_cancelled_at_once_has_its_commands(
        self, http: HttpReceiver
    ) -> None:
        risk = sample(EventKind.AT_RISK, AT)
        await send(Family.NTFY, http, risk, view=View(page_url="https://bell.example.com"))
        told = http.requests[0].json["message"]
        assert f"\n1 Cancel it:\nbatchbell cancel -- {risk.job_id}\n2 Fetch " in told
        assert f"\nbatchbell fetch -- {risk.job_id}\n3 Write " in told
        assert f"\nbatchbell retry -- {risk.job_id}\n4 Submit " in told
        early = sample(EventKind.STALLED, AT)
        await send(Family.NTFY, http, early, view=View(page_url="https://bell.example.com"))
        assert "batchbell" not in http.requests[1].json["message"]

    async def test_what_has_to_move_soon_has_its_commands(self, http: HttpReceiver) -> None:
        stalled = sample(EventKind.STALLED, AT)
        assert stalled.job is not None
        due = AT + timedelta(hours=6)
        facts = Facts(
            stall=StallFacts(since=AT - timedelta(hours=2)),
            outlook=OutlookFacts(rate=0.045),
            deadline=DeadlineFacts(next_ring=due - timedelta(hours=1)),
        )
        job = replace(stalled.job, progress=0.81, job_deadline=due)
        choice = replace(stalled, job=job, facts=facts)
        await send(Family.NTFY, http, choice, view=View(page_url="https://bell.example.com"))
        told = http.requests[0].json["message"]
        assert "Cancel it now and submit the rest: no progress for 2h, and from " in told
        assert f"batchbell cancel -- {job.id}" in told

    async def test_without_a_page_the_commands_are_there(self, http: HttpReceiver) -> None:
        await send(Family.NTFY, http, failed())
        assert f"batchbell show -- {failed().job_id}" in http.requests[0].json["message"]

    async def test_a_digest_says_what_to_do_and_each_job_in_short_lines(
        self, http: HttpReceiver
    ) -> None:
        done = sample(EventKind.COMPLETED, AT)
        await send(Family.NTFY, http, done, *several(2), view=View(provider=WORDS))
        told = http.requests[0].json
        assert told["title"] == "nightly-01: FAILED, +2"
        above, first, fetched, second, _, last, _ = told["message"].split("\n\n")
        assert above.splitlines() == [
            "line 3: invalid JSON",
            "also nightly-02: FAILED",
            "also nightly-eval: COMPLETED",
        ]
        happened, to_do, _, files = first.splitlines()
        assert happened.startswith("• FAILED: nightly-01 (Llama-3.3-70B), line 3: ")
        assert to_do == "→ Repair line 3 of nightly-01.jsonl and submit it again"
        assert fetched.splitlines()[:2] == [
            "Fetch files:",
            f"batchbell fetch -- {several(1)[0].job_id}",
        ]
        assert files.startswith("Output file: ")
        assert second.startswith("• FAILED: nightly-02 ")
        assert last.splitlines() == [
            "— Done (1) —",
            "• COMPLETED: nightly-eval (Llama-3.3-70B), in 5h",
            f"Fetch files: batchbell fetch -- {done.job_id} · Output file: file-example-output",
        ]

    async def test_a_digest_of_what_is_to_be_watched_begins_with_when_to_look_again(
        self, http: HttpReceiver
    ) -> None:
        stalled = sample(EventKind.STALLED, AT)
        done = replace(sample(EventKind.COMPLETED, AT), job_id="done")
        await send(Family.NTFY, http, stalled, done)
        first, also, *_ = http.requests[0].json["message"].splitlines()
        assert first == "No progress for 2h. Wait: the bell rings again at 04:14 UTC"
        assert also == "also nightly-eval: COMPLETED"

    async def test_what_the_url_sets_stays(self, http: HttpReceiver) -> None:
        receiver = UrlReceiver(f"ntfy://{http.netloc}/batches?priority=min&tags=mine")
        content = Composer(family=Family.NTFY).compose([failed()], AT)
        await send_once("team", receiver, content, "key")
        headers = http.requests[0].headers
        assert (headers["x-priority"], headers["x-tags"]) == ("min", "mine")

    @pytest.mark.parametrize(
        ("status", "code", "reason", "permanent"),
        [
            (401, 40101, "HTTP 401 Unauthorized", True),
            (429, 42908, "HTTP 429 Too Many Requests", False),
            (500, 50001, "HTTP 500 Internal Server Error", False),
        ],
    )
    async def test_its_own_error_codes_say_whether_to_try_again(
        self, http: HttpReceiver, status: int, code: int, reason: str, *, permanent: bool
    ) -> None:
        body = {"code": code, "http": status, "error": "no", "link": "https://ntfy.sh/docs"}
        http.answer_next(Answer(status=status, body=json.dumps(body).encode()))
        outcome = await send(Family.NTFY, http, failed())
        assert (outcome.reason, outcome.permanent) == (reason, permanent)


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "where", "topics", "headers"),
        [
            ("ntfy://h.example/a", "http://h.example/", ["a"], {}),
            ("ntfys://h.example:8443/a/b", "https://h.example:8443/", ["a", "b"], {}),
            ("ntfy://h.example/?to=a,b", "http://h.example/", ["a", "b"], {}),
            ("ntfy://h.example/a/no.topic", "http://h.example/", ["a"], {}),
            ("ntfy://a", CLOUD, ["a"], {}),
            ("ntfy://a?mode=cloud&to=b", CLOUD, ["a", "b"], {}),
            ("ntfy://ntfy.sh/a", "http://ntfy.sh/", ["a"], {}),
            ("https://ntfy.sh/a/b", CLOUD, ["a", "b"], {}),
            (
                "ntfy://user:pa%40ss@h.example/a",
                "http://h.example/",
                ["a"],
                {"Authorization": "Basic dXNlcjpwYUBzcw=="},
            ),
            (
                "ntfy://tk_9@h.example/a",
                "http://h.example/",
                ["a"],
                {"Authorization": "Bearer tk_9"},
            ),
            (
                "ntfy://h.example/a?token=tk_9",
                "http://h.example/",
                ["a"],
                {"Authorization": "Bearer tk_9"},
            ),
            (
                "ntfy://u:tk_9@h.example/a?auth=token",
                "http://h.example/",
                ["a"],
                {"Authorization": "Bearer tk_9"},
            ),
            ("ntfy://u@h.example/a", "http://h.example/", ["a"], {"Authorization": "Basic dTo="}),
            ("ntfy://a?priority=5&tags=x,y", CLOUD, ["a"], {"X-Priority": "max", "X-Tags": "x,y"}),
            ("ntfy://a?priority=?&xtags=x", CLOUD, ["a"], {"X-Priority": "default", "X-Tags": "x"}),
            (
                "ntfy://a?delay=10m&email=a@example.org&actions=view,%20Ä",
                CLOUD,
                ["a"],
                {
                    "X-Delay": "10m",
                    "X-Email": "a@example.org",
                    "X-Actions": "=?utf-8?b?dmlldywgw4Q=?=",
                },
            ),
            (
                "ntfy://a?click=https://x.example/%3Fa=b&avatar_url=https://p.example/i.png",
                CLOUD,
                ["a"],
                {"X-Click": "https://x.example/?a=b", "X-Icon": "https://p.example/i.png"},
            ),
        ],
    )
    def test_every_documented_form_leads_there(
        self, url: str, where: str, topics: list[str], headers: dict[str, str]
    ) -> None:
        address = address_of(url)

        assert isinstance(address, NtfyAddress)
        assert (address.url, list(address.targets)) == (where, topics)
        assert address.headers == headers

    @pytest.mark.parametrize("option", ["attach=https://x.example/a", "format=markdown"])
    def test_another_form_is_left_to_apprise(self, option: str) -> None:
        assert address_of(f"ntfy://h.example/a?{option}") is None


class TestAnswer:
    @pytest.mark.parametrize(
        ("status", "code", "permanent", "fault"),
        [
            (400, 40012, True, Fault.MESSAGE),
            (400, 40007, True, Fault.CHANNEL),
            (403, 40301, True, Fault.CHANNEL),
            (413, 41301, True, Fault.MESSAGE),
            (429, 42908, False, Fault.CHANNEL),
        ],
    )
    async def test_it_says_whose_fault_it_is(
        self, http: HttpReceiver, status: int, code: int, fault: Fault, *, permanent: bool
    ) -> None:
        http.answer_next(Answer(status=status, body=b'{"code": %d}' % code))
        outcome = await send_to(f"ntfy://{http.netloc}/a", failed())

        assert (outcome.delivered, outcome.permanent, outcome.fault) == (False, permanent, fault)

    async def test_it_says_how_long_to_wait(self, http: HttpReceiver) -> None:
        http.answer_next(Answer(status=429, headers={"Retry-After": "12"}))
        outcome = await send_to(f"ntfy://{http.netloc}/a", failed())

        assert outcome.retry_after_seconds == 12


@pytest.mark.parametrize("sign", ["x", "ü", "🚨"])
async def test_a_channel_s_own_words_stay_messages(http: HttpReceiver, sign: str) -> None:
    words = replace(CONTENT, text="\n".join([sign * 50] * 100))
    assert (await send_text(f"ntfy://{http.netloc}/a", words)).delivered

    assert "x-priority" not in http.requests[0].headers
    for request in http.requests:
        assert len(request.json["message"].encode()) <= 4_096
        assert len(request.body) <= 8_192
    assert "".join(request.json["message"] for request in http.requests).count(sign) == 5_000


async def test_a_digest_of_20_arrives_whole(http: HttpReceiver) -> None:
    assert (await send_text(f"ntfy://{http.netloc}/a", DIGEST)).delivered

    text = "".join(request.json["message"] for request in http.requests)
    assert all(f"job-{n:02}" in text for n in range(20))
