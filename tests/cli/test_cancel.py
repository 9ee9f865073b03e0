from __future__ import annotations

import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from batchbell.store import events, jobs
from tests.cli.config_file import batchbell, database_of, poll, write_config
from tests.simulator.named_faults import refusal
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from batchbell.core.job import BatchJob


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


def recorded(config: Path, job_id: str) -> BatchJob:
    with database_of(config).read() as connection:
        (found,) = jobs.find(connection, job_id)
    return found.record.job


def cancel_calls(api: ThreadedSimulator) -> list[str]:
    return [request.path for request in api.requests if request.method == "POST"]


def test_a_cancelled_job_is_recorded_and_told_before_any_poll(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS", progress=40)
    poll(config)

    done = batchbell(config, "cancel", job_id, "--yes")

    assert done.exit_code == 0, done.output
    assert (
        f"job {job_id} is CANCELING; to wait for its end: batchbell wait -- {job_id}\n"
        in done.output
    )
    assert api.job(job_id)["status"] == "CANCELING"
    assert recorded(config, job_id).status == "CANCELING"
    with database_of(config).read() as connection:
        assert events.of_job(connection, "default", job_id)[-1].event.kind == "batch.canceling"


def test_an_id_that_is_live_in_a_shell_is_in_no_command(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(id="x`reboot`", status="IN_PROGRESS")
    poll(config)

    done = batchbell(config, "cancel", job_id, "--yes")

    assert "; to wait for its end: batchbell wait\n" in done.output


def test_the_beginning_of_an_id_is_enough_if_it_names_one_job(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    api.add_job(id="alpha-1", status="IN_PROGRESS")
    api.add_job(id="alpha-2", status="IN_PROGRESS")
    api.add_job(id="beta-1", status="IN_PROGRESS")
    poll(config)

    ambiguous = batchbell(config, "cancel", "alpha", "--yes")
    assert ambiguous.exit_code == 2
    assert "'alpha' may be any of these jobs" in ambiguous.output
    assert "  alpha-1  (IN_PROGRESS)\n  alpha-2  (IN_PROGRESS)" in ambiguous.output
    assert cancel_calls(api) == []

    assert batchbell(config, "cancel", "beta", "--yes").exit_code == 0
    assert recorded(config, "beta-1").status == "CANCELING"


def test_a_job_no_poll_has_seen_can_be_cancelled_by_its_whole_id(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    poll(config)
    job_id = api.add_job(status="VALIDATING")

    assert batchbell(config, "cancel", job_id, "--yes").exit_code == 0

    assert recorded(config, job_id).status == "CANCELING"


def test_with_several_accounts_an_unseen_job_needs_its_account(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url, accounts=("lab", "prod"))
    poll(config)
    job_id = api.add_job(status="IN_PROGRESS")

    asked = batchbell(config, "cancel", job_id, "--yes")
    assert asked.exit_code == 2
    assert "lab, prod" in asked.output
    assert batchbell(config, "cancel", job_id, "--yes", "--account", "prud").exit_code == 2
    assert cancel_calls(api) == []

    assert batchbell(config, "cancel", job_id, "--yes", "--account", "prod").exit_code == 0


def test_a_job_of_a_removed_account_is_not_looked_for_in_another(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    job_id = api.add_job(status="IN_PROGRESS")
    poll(write_config(tmp_path, base_url=api.base_url, accounts=("old",)))

    done = batchbell(
        write_config(tmp_path, base_url=api.base_url, accounts=("new",)), "cancel", job_id, "--yes"
    )

    assert done.exit_code == 2
    assert "account 'old' is not configured" in done.output
    assert cancel_calls(api) == []


def test_a_finished_job_is_left_with_the_apis_own_words(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="COMPLETED")
    poll(config)

    done = batchbell(config, "cancel", job_id, "--yes")

    assert done.exit_code == 1
    assert "was not cancelled, it is COMPLETED already: " in done.output
    assert "its status is COMPLETED" in done.output


def test_an_id_the_api_does_not_know_is_said_so(tmp_path: Path, api: ThreadedSimulator) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    poll(config)

    done = batchbell(config, "cancel", "no-such-job", "--yes")

    assert done.exit_code == 1
    assert "account default has no job no-such-job" in done.output


def test_an_api_that_fails_is_told_in_a_sentence(tmp_path: Path, api: ThreadedSimulator) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS")
    poll(config)
    api.fault(refusal(503, "overloaded"))

    done = batchbell(config, "cancel", job_id, "--yes")

    assert done.exit_code == 1
    assert "overloaded" in done.output
    assert recorded(config, job_id).status == "IN_PROGRESS"


def test_without_a_terminal_and_without_yes_nothing_is_asked_of_the_api(
    tmp_path: Path, api: ThreadedSimulator
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS")
    poll(config)

    done = batchbell(config, "cancel", job_id, text="y\n")

    assert done.exit_code == 2
    assert "--yes" in done.output
    assert cancel_calls(api) == []


def test_without_a_database_nothing_is_cancelled_or_made(tmp_path: Path) -> None:
    config = write_config(tmp_path)

    done = batchbell(config, "cancel", "some-job", "--yes")

    assert done.exit_code == 1
    assert "no database" in done.output
    assert not (tmp_path / "bell.db").exists()


def test_an_empty_id_names_no_job(tmp_path: Path, api: ThreadedSimulator) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    api.add_job(status="IN_PROGRESS")
    poll(config)

    assert batchbell(config, "cancel", "", "--yes").exit_code == 2


@pytest.mark.parametrize(("answer", "exit_code"), [("y", 0), ("n", 1)])
def test_on_a_terminal_it_asks_and_names_the_job(
    tmp_path: Path, api: ThreadedSimulator, answer: str, exit_code: int
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    job_id = api.add_job(status="IN_PROGRESS", progress=71.75, model_id="some/model")
    poll(config)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "batchbell", "--config", str(config), "cancel", job_id],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(theirs)

    os.write(ours, f"{answer}\n".encode())
    _, asked = process.communicate(timeout=TIMEOUT_SECONDS)
    os.close(ours)

    assert f"job {job_id} of account default (some/model, IN_PROGRESS, 71.8% done)" in asked
    assert process.returncode == exit_code
    assert len(cancel_calls(api)) == (answer == "y")
