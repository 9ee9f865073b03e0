"""The client for scripts: it works in a thread, in a loop, after a fork, and lets go of all."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

import batchbell
from batchbell import Client, NotFoundError, RefusedError, UnauthorizedError, UsageError
from tests.e2e.waiting import wait_until
from tests.simulator.faults import Hang
from tests.simulator.thread import ThreadedSimulator, running_simulator
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "tgp_fake_key_0123456789"


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator(api_key=KEY) as simulator:
        yield simulator


@pytest.fixture
def client(api: ThreadedSimulator) -> Iterator[Client]:
    with Client(KEY, api.base_url, timeout_seconds=TIMEOUT_SECONDS) as made:
        yield made


def client_threads() -> int:
    return sum(thread.name == "batchbell" for thread in threading.enumerate())


def test_one_job_all_jobs_and_a_cancel(api: ThreadedSimulator, client: Client) -> None:
    job_id = api.add_job(status="IN_PROGRESS", progress=71.75)
    job = client.get_batch(job_id)
    assert f"{job.status} {job.progress:.1%}" == "IN_PROGRESS 71.8%"
    assert [each.id for each in client.list_batches()] == [job_id]
    assert client.cancel_batch(job_id).status == api.job(job_id)["status"] != "IN_PROGRESS"


def test_errors_are_those_of_the_package(api: ThreadedSimulator, client: Client) -> None:
    with pytest.raises(NotFoundError):
        client.get_batch("nobody")
    with pytest.raises(RefusedError) as refused:
        client.cancel_batch(api.add_job(status="COMPLETED"))
    assert "COMPLETED" in refused.value.text
    with Client("tgp_another_fake_key", api.base_url) as other, pytest.raises(UnauthorizedError):
        other.list_batches()


def test_key_and_address_come_from_the_environment(
    api: ThreadedSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOGETHER_API_KEY", raising=False)
    with pytest.raises(UsageError, match="TOGETHER_API_KEY is not set, and none is given"):
        Client()
    monkeypatch.setenv("TOGETHER_API_KEY", KEY)
    monkeypatch.setenv("TOGETHER_BASE_URL", api.base_url)
    assert Client().list_batches() == []
    monkeypatch.setenv("TOGETHER_API_KEY", "tgp_another_fake_key")
    assert Client(KEY).list_batches() == []


def test_bad_arguments_are_told_at_once_and_start_no_thread() -> None:
    before = client_threads()
    for arguments in (("",), ("a b",), (KEY, "ftp://x")):
        with pytest.raises(UsageError):
            Client(*arguments)
    assert client_threads() == before


async def test_it_works_where_a_loop_runs(api: ThreadedSimulator) -> None:
    await asyncio.sleep(0)
    with Client(KEY, api.base_url) as client:
        assert client.list_batches() == []


def test_threads_share_it(api: ThreadedSimulator, client: Client) -> None:
    ids = [api.add_job(status="IN_PROGRESS") for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        assert [job.id for job in pool.map(client.get_batch, ids)] == ids


def test_a_closed_client_says_so(client: Client) -> None:
    client.close()
    client.close()
    with pytest.raises(UsageError, match="closed"):
        client.list_batches()


def test_one_that_nobody_holds_ends_its_thread(api: ThreadedSimulator) -> None:
    before = client_threads()
    client = Client(KEY, api.base_url)
    client.list_batches()
    assert client_threads() == before + 1
    del client
    gc.collect()
    assert client_threads() == before


def _ids_in_child(client: Client, answers: multiprocessing.Queue[list[str]]) -> None:
    answers.put([job.id for job in client.list_batches()])


def test_a_forked_process_goes_on_with_it(api: ThreadedSimulator, client: Client) -> None:
    job_id = api.add_job(status="IN_PROGRESS")
    client.list_batches()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_ids_in_child, args=(client, answers))
    child.start()
    try:
        assert answers.get(timeout=TIMEOUT_SECONDS) == [job_id]
    finally:
        child.join(TIMEOUT_SECONDS)
    assert child.exitcode == 0
    assert [job.id for job in client.list_batches()] == [job_id]


def environment(api: ThreadedSimulator) -> dict[str, str]:
    return {**os.environ, "TOGETHER_API_KEY": KEY, "TOGETHER_BASE_URL": api.base_url}


def test_a_script_that_closes_nothing_ends_cleanly(api: ThreadedSimulator) -> None:
    script = "import batchbell; print(batchbell.Client().list_batches())"
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=environment(api),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "[]\n", "")


def test_control_c_ends_a_call_that_gets_no_answer(api: ThreadedSimulator) -> None:
    api.fault(Hang())
    script = (
        "import batchbell\n"
        "try:\n    batchbell.Client().list_batches()\n"
        "except KeyboardInterrupt:\n    print('stopped')"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=environment(api), stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: api.requests, "the call")
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, printed) == (0, "stopped\n")


def test_importing_the_package_alone_loads_nothing_of_it() -> None:
    script = "import batchbell, sys; print(sorted(n for n in sys.modules if n.startswith('batch')))"
    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert printed == "['batchbell']\n"


def test_every_public_name_is_there() -> None:
    for name in batchbell.__all__:
        assert getattr(batchbell, name) is not None
        assert name in dir(batchbell)
    with pytest.raises(AttributeError, match=re.escape("no attribute 'Nobody'")):
        batchbell.Nobody  # type: ignore[attr-defined]  # noqa: B018
