"""An API that misbehaves in every known way: no false news, and no true one missed.

Each fault has an API of its own and is an account of its own; one daemon polls several.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.e2e.harness import API_KEY, config, json_url
from tests.e2e.messages import keys, told_by_http
from tests.e2e.waiting import wait_until
from tests.simulator.bad_rows import BAD_ROWS
from tests.simulator.named_faults import FAILING_POLLS, MISSING_ROWS
from tests.simulator.row_faults import BadRows
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.e2e.conftest import StartDaemon
    from tests.e2e.harness import RunningDaemon
    from tests.loopback_receivers import HttpReceiver

TIMEOUT_SECONDS = 2
#: What a poll may take beyond its timeout, seconds.
GRACE_SECONDS = 1.0
MOST_MEMORY_BYTES = 200 * 2**20
#: These keep a poll busy until its timeout, or until it has read all it is willing to read.
LARGE = frozenset(name for name in FAILING_POLLS if name.startswith(("huge", "gzip_bomb")))
ENDLESS = frozenset({"hang", "drip", "drip_from_first_byte"})


@pytest.fixture
def apis(request: pytest.FixtureRequest) -> Iterator[dict[str, ThreadedSimulator]]:
    """One API per name the test is parametrised with."""
    names: Iterable[str] = request.param
    with ExitStack() as stack:
        yield {name: stack.enter_context(running_simulator()) for name in sorted(names)}


def start_daemon(
    start: StartDaemon,
    apis: dict[str, ThreadedSimulator],
    hook: HttpReceiver,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> RunningDaemon:
    account = {
        "api_key": API_KEY,
        "poll_interval": "1s",
        "request_timeout": f"{timeout_seconds:g}s",
    }
    accounts = {name: {**account, "base_url": api.base_url} for name, api in apis.items()}
    # With debug, every failed poll has a line.
    bell = start(
        {**config("", {"hook": json_url(hook)}), "accounts": accounts, "log_level": "debug"}
    )
    for name in apis:
        bell.wait_for_log("account.watching", account=name)
    return bell


def batch_events(bell: RunningDaemon) -> list[str]:
    return [kind for kind in bell.told() if kind.startswith("batch.")]


def fewest_missed_polls(bell: RunningDaemon) -> int:
    rows = bell.rows("SELECT max(missed_polls) FROM batch_jobs GROUP BY account")
    return min(int(row[0]) for row in rows)


def failed_polls(bell: RunningDaemon, account: str) -> list[datetime]:
    return [
        datetime.fromisoformat(line["time"])
        for line in bell.logs()
        if line["message"].startswith("poll failed: ") and line["account"] == account
    ]


def quickest_seconds(bell: RunningDaemon, account: str, api: ThreadedSimulator) -> float:
    """Return the least that a failed poll took: since the last request before it had failed."""
    asked = [request.received_at for request in api.requests]
    return min(
        (ended - max(at for at in asked if at < ended)).total_seconds()
        for ended in failed_polls(bell, account)
    )


@pytest.mark.parametrize(
    "apis",
    [
        pytest.param(frozenset(FAILING_POLLS) - LARGE - ENDLESS, id="refusals and cuts"),
        pytest.param(LARGE, id="large"),
        pytest.param(ENDLESS, id="endless"),
    ],
    indirect=True,
)
def test_a_poll_that_fails_tells_nothing_and_the_next_good_one_catches_up(
    apis: dict[str, ThreadedSimulator], start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = {name: api.add_job(progress=30) for name, api in apis.items()}
    bell = start_daemon(start, apis, hook)
    for name, api in apis.items():
        api.fault(FAILING_POLLS[name])
        api.update_job(jobs[name], status="FAILED")
    for name in apis:
        wait_until(partial(failed_polls, bell, name), f"{name}: a failed poll")

    assert batch_events(bell) == []
    for name, api in apis.items():
        # The quickest: a busy machine may be late with one or the other.
        took = partial(quickest_seconds, bell, name, api)
        wait_until(lambda: took() < TIMEOUT_SECONDS + GRACE_SECONDS, f"{name}: in time")  # noqa: B023 - awaited here
        api.clear_faults()
    wanted = sorted((job_id, "FAILED") for job_id in jobs.values())
    hook.wait_for(lambda got: set(wanted) <= set(keys(told_by_http(got))))
    bell.wait_until_delivered()

    assert [key for key in keys(told_by_http(hook.requests)) if key[0]] == wanted
    assert bell.alive
    assert bell.peak_memory_bytes() < MOST_MEMORY_BYTES


@pytest.mark.parametrize("apis", [frozenset(MISSING_ROWS)], indirect=True)
def test_jobs_missing_from_a_few_listings_have_not_vanished(
    apis: dict[str, ThreadedSimulator], start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = {name: [api.add_job() for _ in range(4)] for name, api in apis.items()}
    bell = start_daemon(start, apis, hook)
    for name, api in apis.items():
        api.fault(MISSING_ROWS[name])
    missed = (
        "SELECT min(missed) FROM (SELECT max(missed_polls) missed FROM batch_jobs GROUP BY account)"
    )
    wait_until(lambda: bell.value(missed) >= 4, "four polls without them")
    assert batch_events(bell) == []

    for name, api in apis.items():
        api.clear_faults()
        api.update_job(jobs[name][0], status="FAILED")
    hook.wait_for(lambda got: len(told_by_http(got)) >= len(apis))
    bell.wait_until_delivered()
    assert keys(told_by_http(hook.requests)) == sorted(
        (listed[0], "FAILED") for listed in jobs.values()
    )


@pytest.mark.parametrize("apis", [frozenset(BAD_ROWS)], indirect=True)
def test_bad_rows_are_set_aside_and_the_rows_around_them_work(
    apis: dict[str, ThreadedSimulator], start: StartDaemon, hook: HttpReceiver
) -> None:
    jobs = {name: [api.add_job() for _ in range(4)] for name, api in apis.items()}
    # No row may fail a poll; how long polls take on a busy machine is nobody's concern here.
    bell = start_daemon(start, apis, hook, timeout_seconds=60)
    for name, api in apis.items():
        api.fault(BadRows((BAD_ROWS[name],)))
        for job_id in jobs[name]:
            api.update_job(job_id, status="FAILED")
    wanted = sorted((job_id, "FAILED") for listed in jobs.values() for job_id in listed)
    hook.wait_for(lambda got: set(wanted) <= set(keys(told_by_http(got))))
    bell.wait_until_delivered()

    told = keys(told_by_http(hook.requests))
    assert [key for key in told if not key[0].startswith("bad-")] == wanted
    # Those that run are long past their deadline, and that is news as true as any.
    assert {label for job_id, label in told if job_id.startswith("bad-")} <= {"DEADLINE MISSED"}
    assert [line for line in bell.logs() if line["message"].startswith("poll failed")] == []
    counted = bell.rows("SELECT name FROM accounts WHERE skipped_rows + bad_fields > 0")
    assert {row["name"] for row in counted} >= {
        "deep_nesting", "huge_number", "nan", "no_id", "not_an_object", "null_id", "wrong_types"
    }  # fmt: skip
    assert bell.value("SELECT status FROM batch_jobs WHERE id = 'bad-duplicate_ids'") == (
        "IN_PROGRESS"
    )
    assert bell.peak_memory_bytes() < MOST_MEMORY_BYTES
