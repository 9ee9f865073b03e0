"""An account that can't be watched is told once, and so is that it can be again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.harness import config, json_url
from tests.e2e.messages import arrived, keys, told_by_http
from tests.e2e.waiting import wait_until
from tests.simulator.named_faults import refusal
from tests.simulator.thread import running_simulator

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import HttpReceiver
    from tests.simulator.thread import ThreadedSimulator


def outage_microseconds(bell: RunningDaemon, kind: str) -> int:
    """Return how long an outage lasted already by the poll that told it."""
    return int(bell.value("SELECT seen_at - happened_at FROM events WHERE kind = ?", kind))


def test_a_refused_key_is_told_at_once_and_its_recovery_too(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    api.fault(refusal(401, "Invalid API key provided"))
    asked = len(api.requests)
    (told,) = told_by_http(hook.wait_for(arrived(1)))
    assert told.label == "ACCOUNT UNAUTHORIZED"
    assert "Invalid API key provided" in told.headline
    # Told of the first refusal, and of no further one.
    assert outage_microseconds(bell, "account.unauthorized") == 0
    wait_until(lambda: len(api.requests) >= asked + 3, "further refused polls")
    api.clear_faults()
    hook.wait_for(arrived(2))
    bell.wait_for_polls()

    assert keys(told_by_http(hook.requests)) == [
        ("", "ACCOUNT UNAUTHORIZED"),
        ("", "Account recovered"),
    ]


def test_a_new_key_in_its_file_is_taken_when_the_old_one_is_refused(
    tmp_path: Path, start: StartDaemon, hook: HttpReceiver
) -> None:
    file = tmp_path / "api_key"
    file.touch(mode=0o600)
    file.write_text("fake-key-one\n")
    with running_simulator(api_key="fake-key-one") as api:
        settings = config(api.base_url, {"hook": json_url(hook)})
        account = {"base_url": api.base_url, "poll_interval": "1s", "api_key_file": str(file)}
        bell = start({**settings, "accounts": {"default": account}}).wait_for_baseline()
        file.write_text("fake-key-two\n")
        api.api_key = "fake-key-two"
        bell.wait_for_log("the API refused the key, and there is a new one")
        job_id = api.add_job(status="FAILED")
        told = told_by_http(hook.wait_for(arrived(1)))
    assert keys(told) == [(job_id, "FAILED")]
    assert "fake-key" not in bell.log_text()


def test_a_new_key_in_its_file_is_taken_at_a_reload_too(tmp_path: Path, start: StartDaemon) -> None:
    file = tmp_path / "api_key"
    file.touch(mode=0o600)
    file.write_text("fake-key-one\n")
    with running_simulator(api_key="fake-key-one") as api:
        account = {"base_url": api.base_url, "poll_interval": "10m", "api_key_file": str(file)}
        settings = {**config(api.base_url), "accounts": {"default": account}}
        bell = start(settings).wait_for_baseline()
        last_good = "SELECT last_good_poll_at FROM accounts"
        before = bell.value(last_good)
        file.write_text("fake-key-two\n")
        api.api_key = "fake-key-two"
        bell.reload(settings)
        wait_until(lambda: bell.value(last_good) != before, "a good poll after the reload")
        assert len(api.requests) == 2
    assert "poll failed" not in bell.log_text()


def test_a_refused_credential_is_told_with_the_restart_that_it_takes(
    tmp_path: Path, start: StartDaemon, hook: HttpReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    credential = tmp_path / "credentials/batchbell_accounts__default__api_key"
    credential.parent.mkdir()
    credential.write_text("fake-key-one\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credential.parent))
    with running_simulator(api_key="fake-key-two") as api:
        account = {"base_url": api.base_url, "poll_interval": "1s"}
        # With debug, every failed poll has a line.
        settings = config(api.base_url, {"hook": json_url(hook)}, log_level="debug")
        bell = start({**settings, "accounts": {"default": account}})
        (told,) = told_by_http(hook.wait_for(arrived(1)))
        logged = bell.wait_for_log("poll failed")
        wait_until(lambda: len(api.requests) >= 4, "further refused polls")
        bell.stop()
    assert told.label == "ACCOUNT UNAUTHORIZED"
    assert "restart the service" in told.facts.get("Error", told.headline)
    assert "restart the service" in logged["message"]
    # A key that has not changed is not tried twice; the last poll may have been stopped.
    polls = [line for line in bell.logs() if line["message"].startswith("poll failed")]
    assert len(api.requests) <= len(polls) + 1
    assert "fake-key" not in bell.log_text()


def test_an_api_that_is_down_for_long_is_told_once_and_its_recovery_with_what_was_missed(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    job_id = api.add_job()
    bell = start(
        config(api.base_url, {"hook": json_url(hook)}, alerts={"unreachable_after": "2s"})
    ).wait_for_baseline()
    api.fault(refusal(503, "try again later"))
    asked = len(api.requests)
    (told,) = told_by_http(hook.wait_for(arrived(1)))
    assert told.label == "ACCOUNT UNREACHABLE"
    # Not of the first failed poll.
    assert outage_microseconds(bell, "account.unreachable") >= 2_000_000
    wait_until(lambda: len(api.requests) >= asked + 5, "further failed polls")
    api.update_job(job_id, status="FAILED")
    api.clear_faults()
    hook.wait_for(lambda got: len(told_by_http(got)) == 3)
    bell.wait_for_polls()

    assert keys(told_by_http(hook.requests)) == [
        ("", "ACCOUNT UNREACHABLE"),
        ("", "Account recovered"),
        (job_id, "FAILED"),
    ]


def test_a_short_outage_is_nobodys_news(
    api: ThreadedSimulator, start: StartDaemon, hook: HttpReceiver
) -> None:
    bell = start(config(api.base_url, {"hook": json_url(hook)})).wait_for_baseline()
    api.refuse()
    bell.wait_for_log("poll failed")
    api.accept()
    bell.wait_for_log("polling works again")
    job_id = api.add_job(status="COMPLETED")

    assert keys(told_by_http(hook.wait_for(arrived(1)))) == [(job_id, "COMPLETED")]


def test_an_api_that_asks_to_be_left_alone_is(api: ThreadedSimulator, start: StartDaemon) -> None:
    wait_seconds = 4
    start(config(api.base_url)).wait_for_baseline()

    def waited() -> float:
        api.fault(refusal(429, "slow down", retry_after=str(wait_seconds)), times=1)
        asked = len(api.requests)
        wait_until(lambda: len(api.requests) >= asked + 2, "the next poll")
        refused, following = api.requests[asked : asked + 2]
        return (following.received_at - refused.received_at).total_seconds()

    # A busy machine may be late with one or the other.
    waits = [waited()]
    while min(waits) >= wait_seconds + 3:
        waits.append(waited())
    assert min(waits) >= wait_seconds
