"""What arrives of a job's results: with the end, after it, held, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from batchbell.simulator.fate import Mix
from tests.e2e.harness import RunningDaemon, config, json_url, mail_url
from tests.e2e.messages import arrived, told_by_http
from tests.e2e.slack_here import slack_at
from tests.e2e.test_hooks import SECRET
from tests.e2e.test_slack import TOKENS, text_of
from tests.e2e.waiting import wait_until
from tests.simulator.file_faults import CONTENTS, FAILING_DOWNLOADS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.e2e.conftest import StartDaemon
    from tests.loopback_receivers import HttpReceiver, HttpRequest, MailReceiver
    from tests.simulator.thread import ThreadedSimulator

SOME = Mix(failed=30, missing=20)
#: What comes of that with a hundred requests, with an error file and without.
VERDICT, MISSING = "93 of 100 ok, 4 failed, 3 missing", "97 of 100 ok, 3 missing"
PRICES = {"deepseek-ai/DeepSeek-V3": {"input": 1.25, "output": 1.25}}


def running_job(api: ThreadedSimulator, **fields: object) -> str:
    return api.add_mixed_job(SOME, progress=40, **fields)


def ends(api: ThreadedSimulator, job_id: str, *, errors: bool = True) -> None:
    """Let a job complete."""
    files = {"error_file_id": f"file-{job_id}-err"} if errors else {}
    api.update_job(job_id, status="COMPLETED", output_file_id=f"file-{job_id}-out", **files)


def headlines(requests: list[HttpRequest]) -> list[str]:
    """Return what messages tell, without the job's name."""
    return [f"{entry.label}, {entry.detail}" for entry in told_by_http(requests)]


def counted(bell: RunningDaemon, job_id: str) -> None:
    """Wait until a job's results are counted."""
    query = "SELECT count(*) FROM results WHERE job = ? AND state = 'counted'"
    wait_until(lambda: bell.value(query, job_id), f"the verdict on {job_id}")


def test_an_end_arrives_once_and_with_its_verdict(
    tmp_path: Path,
    api: ThreadedSimulator,
    hook: HttpReceiver,
    other_hook: HttpReceiver,
    mail: MailReceiver,
    new_place: Callable[[], str],
) -> None:
    job_id = running_job(api)
    channels = {
        "team": f"slack://{TOKENS}/#batches",
        "oncall": mail_url(mail),
        "hook": {"webhook": f"http://{other_hook.netloc}/bell", "webhook_secret": SECRET},
    }
    settings = config(api.base_url, channels, prices=PRICES)
    with RunningDaemon(tmp_path, settings, url=new_place(), warm=slack_at(hook)) as bell:
        bell.wait_for_baseline()
        # A message waits for its job's name, but not as long as a busy machine may take for it.
        wait_until(lambda: bell.value("SELECT count(*) FROM files WHERE filename <> ''"), "a name")
        ends(api, job_id)
        (slack,), (letter,) = hook.wait_for(arrived(1)), mail.wait_for(arrived(1))
        (posted,) = other_hook.wait_for(arrived(1))
        bell.wait_until_delivered()

    assert VERDICT in slack.json["text"]
    said = text_of(slack.json["attachments"][0])
    assert f"*2 Write a file of the rest*\n```batchbell retry -- {job_id}```" in said
    assert letter.subject.startswith("! COMPLETED WITH ERRORS: ")
    assert letter.subject.endswith(f" · {VERDICT}")
    assert 'aria-label="Of 100 requests: 93 ok, 4 failed, 3 missing"' in letter.html
    (event,) = posted.json["data"]["events"]
    facts = event["facts"]
    assert (facts["verdict"], facts["requests"], facts["missing"]) == ("partial", 100, 3)
    assert facts["causes"].partition(" ")[0] in {"1", "2", "3", "4"}
    assert float(facts["cost"]) > 0
    assert (len(hook.requests), len(mail.mails), len(other_hook.requests)) == (1, 1, 1)


def test_who_is_told_the_end_at_once_hears_what_is_missing_afterwards(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = running_job(api)
    channels = {"team": json_url(hook)}
    bell = start(config(api.base_url, channels, results={"wait": "0s"})).wait_for_baseline()
    ends(api, job_id, errors=False)
    first, second = headlines(hook.wait_for(arrived(2)))
    bell.wait_until_delivered()

    assert first.startswith("COMPLETED, in ")
    assert second == f"INCOMPLETE, {MISSING}"
    assert len(hook.requests) == 2


def test_a_file_that_is_not_there_holds_up_its_message_no_longer(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = running_job(api)
    bell = start(config(api.base_url, {"team": json_url(hook)})).wait_for_baseline()
    api.fault(FAILING_DOWNLOADS["not_found"], path=CONTENTS, times=1)
    ends(api, job_id)
    first, second = headlines(hook.wait_for(arrived(2)))
    bell.wait_until_delivered()

    assert first == "COMPLETED WITH ERRORS, some requests failed"
    assert second == f"INCOMPLETE, {VERDICT}"


def test_ends_of_one_poll_are_one_message_and_other_news_do_not_wait_for_it(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = [running_job(api) for _ in range(4)]
    failing = api.add_job()
    bell = start(config(api.base_url, {"team": json_url(hook)})).wait_for_baseline()
    api.fault(FAILING_DOWNLOADS["stalled"], path=CONTENTS)
    api.refuse()
    for job_id in jobs:
        ends(api, job_id)
    api.update_job(failing, status="FAILED", error="line 3: invalid JSON")
    api.accept()
    (first,) = told_by_http(hook.wait_for(arrived(1)))
    assert first.job == failing
    api.clear_faults()
    _, digest = hook.wait_for(arrived(2))
    bell.wait_until_delivered()

    assert digest.json["title"].startswith("4 COMPLETED WITH ERRORS, first ")
    assert {entry.job for entry in told_by_http([digest])} == set(jobs)


def test_a_message_that_quiet_hours_hold_has_the_verdict_whenever_it_is_sent(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver, other_hook: HttpReceiver
) -> None:
    job_id = running_job(api)
    now = datetime.now(UTC)
    begin, end = now - timedelta(hours=2), now + timedelta(hours=2)
    team = {"url": json_url(hook), "quiet_hours": [f"{begin:%H:%M}-{end:%H:%M}"]}
    results = {"wait": "1s"}
    channels = {"team": team, "log": json_url(other_hook)}
    bell = start(config(api.base_url, channels, results=results)).wait_for_baseline()
    ends(api, job_id)
    other_hook.wait_for(arrived(1))
    counted(bell, job_id)
    assert not hook.requests
    bell.reload(config(api.base_url, {"team": json_url(hook)}, results=results))
    assert headlines(hook.wait_for(arrived(1))) == [f"COMPLETED WITH ERRORS, {VERDICT}"]
    bell.wait_until_delivered()
    assert len(hook.requests) == 1


def test_what_is_not_to_be_read_is_not_waited_for_whatever_was_before(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    held, free = running_job(api), running_job(api)
    channels = {"team": json_url(hook)}
    hour = {"wait": "1h"}
    bell = start(config(api.base_url, channels, results=hour)).wait_for_baseline()
    api.fault(FAILING_DOWNLOADS["hang"], path=CONTENTS)
    ends(api, held)
    query = "SELECT count(*) FROM results WHERE job = ?"
    wait_until(lambda: bell.value(query, held), "an end whose files are to be read")
    assert not hook.requests
    off = {"wait": "1h", "collect": "off"}
    bell.reload(config(api.base_url, channels, results=off))
    hook.wait_for(arrived(1))
    ends(api, free)
    told = told_by_http(hook.wait_for(arrived(2)))
    bell.wait_until_delivered()

    assert [entry.job for entry in told] == [held, free]
    assert {entry.detail for entry in told} == {"some requests failed"}
