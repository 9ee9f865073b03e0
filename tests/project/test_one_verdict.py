"""Whatever shows an account, a channel or a job says that it stands equally well."""

from __future__ import annotations

import asyncio
import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import click
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from sqlalchemy import delete, insert, update

from batchbell.cli.doctor.accounts import check_polls
from batchbell.cli.doctor.channels import check_channels
from batchbell.cli.terminal.job_heading import heading
from batchbell.cli.terminal.plain_status import status_lines
from batchbell.cli.terminal.rich_status import status_view
from batchbell.cli.terminal.signs import COLOURS, sign
from batchbell.core.account_health import AccountHealth, AccountState, Trouble
from batchbell.core.channel_health import ChannelHealth
from batchbell.core.event import EventKind, Severity
from batchbell.core.job import BatchJob
from batchbell.core.results.job_results import ResultsState
from batchbell.core.rules import Rules
from batchbell.core.snapshot import VANISHED_MARK, JobRecord
from batchbell.core.standing.accounts import account_standing
from batchbell.core.standing.jobs import job_standing
from batchbell.core.standing.reasons import Reason
from batchbell.errors import UnauthorizedError, UnavailableError
from batchbell.json_views.health import status_json, status_pieces
from batchbell.runtime.systemd import Systemd
from batchbell.store import accounts, channels, jobs
from batchbell.store.tables import accounts as accounts_table
from batchbell.store.tables import batch_jobs, gaps, notifications
from batchbell.store.tables import channels as channels_table
from batchbell.store.views.accounts import account_views
from batchbell.store.views.every_job import every_job
from batchbell.store.views.job import job_history
from batchbell.store.views.metrics import read_gauges
from batchbell.store.views.status import look
from batchbell.usecases.poll import AccountPoll
from batchbell.web.asked import Asked
from batchbell.web.health import ready_report
from batchbell.web.pages.channels import read_channels_page
from batchbell.web.pages.job import read_job_page
from batchbell.web.pages.overview import read_overview
from batchbell.web.rendering import Pages
from batchbell.web.static_files import HashedFiles
from batchbell.web.watching import Watching
from tests.came_back import partial, put, unread
from tests.fakes import START, FakeApi, FakeClock
from tests.notify_socket import NotifySocket
from tests.store.test_job_conditions import JOBS

if TYPE_CHECKING:
    from pathlib import Path

    from batchbell.config import Settings
    from batchbell.errors import ApiError
    from batchbell.store.database import Database, Transaction
    from batchbell.store.views.status import Status
    from batchbell.usecases.poll import PollReport

NAME = "one"
CHANNEL = "team"
MOMENTS = st.integers(-4, 1).map(lambda hours: START + hours * timedelta(hours=1))
MAYBE = st.none() | MOMENTS

ACCOUNTS = st.builds(
    AccountState,
    health=st.builds(
        AccountHealth,
        account=st.just(NAME),
        failing_since=MAYBE,
        failures=st.integers(1, 9),
        last_error=st.just("HTTP 503"),
        trouble=st.sampled_from(Trouble),
        told=st.sampled_from(
            [
                frozenset[EventKind](),
                frozenset({EventKind.ACCOUNT_UNREACHABLE}),
                frozenset({EventKind.ACCOUNT_UNAUTHORIZED}),
            ]
        ),
    ),
    last_poll_at=MAYBE,
    last_good_poll_at=MAYBE,
    blind_after=MAYBE,
    skew_seconds=st.sampled_from([None, 0.0, 60.0, 61.0, -61.0]),
    skipped_rows=st.integers(0, 1),
    bad_fields=st.integers(0, 1),
)
CHANNELS = st.builds(
    ChannelHealth,
    channel=st.just(CHANNEL),
    failing_since=MAYBE,
    told=st.booleans(),
    last_success_at=MAYBE,
    last_error=st.just("HTTP 503"),
    disabled_at=MAYBE,
)
RECORDS = st.builds(
    JobRecord,
    job=JOBS,
    first_seen_at=MOMENTS,
    last_seen_at=MOMENTS,
    status_since=MOMENTS,
    progress_since=MOMENTS,
    stalled_since=MAYBE,
    missed_polls=st.integers(0, 3),
    missing_since=MAYBE,
    announced=st.frozensets(st.sampled_from([VANISHED_MARK, "end:FAILED"])),
    at_risk=st.booleans(),
)
#: As good as it gets, but for what came back of it.
COMPLETED = JobRecord(
    job=BatchJob(id="done", status="COMPLETED", progress=1.0, output_file_id="file-o"),
    first_seen_at=START,
    last_seen_at=START,
    status_since=START,
    progress_since=START,
)

any_state = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def asked(**path: str) -> Asked:
    watching = Watching(accounts=(NAME,), channels=(CHANNEL,))
    return Asked(query={}, path=path, watching=watching, complaints=(), now=START)


def configured() -> Settings:
    """Return what the doctor looks at of a configuration: names."""
    channel = SimpleNamespace(exec=None, webhook=None, webhook_secret=None, url=None)
    return cast("Settings", SimpleNamespace(accounts={NAME: None}, channels={CHANNEL: channel}))


def everything(connection: Transaction) -> Status:
    return look(connection, START, everything=True, daemon_runs=True, with_ids=True)


def on_a_terminal(status: Status, name: str) -> Severity:
    """Return what the sign before a name says."""
    console = Console(file=io.StringIO(), width=250, markup=False, emoji=False, highlight=False)
    console.print(status_view(status, console))
    shown = cast("io.StringIO", console.file).getvalue()
    (line,) = (
        line for line in shown.splitlines() if re.match(rf"\S+ +(?:\S+ · )?{name}(?: |$)", line)
    )
    return {sign(severity): severity for severity in Severity}[line.split()[0]]


def in_a_pipe(status: Status, name: str) -> Severity | None:
    """Return what a word says of a name in a pipe; None for nothing."""
    (line,) = (line for line in status_lines(status) if re.match(rf"{name}(?: |$)", line))
    found = re.search(r"  (warning|failure)(?:: |$)", line)
    return named(found[1]) if found else None


def worth_a_word(severity: Severity) -> Severity | None:
    """Return what those say that are silent while all is well."""
    return severity if severity >= Severity.WARNING else None


def named(word: str) -> Severity:
    return Severity[word.upper()]


def on_a_page(html: str, key: str) -> Severity:
    """Return what the colour of a row or a sheet says, or that of a line of the verdict."""
    of_it = rf'data-key="(?:named/trouble/)?{key}"'
    tags = re.findall(rf"<(?:li|section)[^>]*{of_it}[^>]*>", html)
    words = {word for tag in tags for word in re.findall(r'class="([^"]*)"', tag)[0].split()}
    (found,) = (each for each in Severity if each.name.lower() in words)
    return found


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages(HashedFiles().address)


def store_account(connection: Transaction, state: AccountState) -> None:
    for table in (batch_jobs, gaps, accounts_table):
        connection.execute(delete(table))
    accounts.save(connection, state)


@any_state
@given(state=ACCOUNTS)
def test_every_surface_judges_an_account_alike(
    database: Database, pages: Pages, state: AccountState
) -> None:
    with database.write() as connection:
        store_account(connection, state)
    all_agree_on_the_account(database, pages)


@any_state
@given(
    state=ACCOUNTS,
    error=st.sampled_from([None, UnavailableError("HTTP 503"), UnauthorizedError("HTTP 401")]),
    skew=st.sampled_from([None, timedelta(seconds=60), timedelta(seconds=-61)]),
    unusable=st.integers(0, 1),
)
def test_after_any_poll_the_line_of_systemd_judges_as_every_surface(
    database: Database,
    pages: Pages,
    tmp_path: Path,
    state: AccountState,
    error: ApiError | None,
    skew: timedelta | None,
    unusable: int,
) -> None:
    with database.write() as connection:
        store_account(connection, state)
    clock = FakeClock()
    clock.skew = skew
    poll = AccountPoll(
        NAME,
        client=FakeApi(error=error, skipped_rows=unusable, bad_fields=unusable),
        database=database,
        clock=clock,
        filters=list,
        rules=Rules(),
    )
    report = asyncio.run(poll.poll())
    agreed = all_agree_on_the_account(database, pages)
    assert in_systemd(tmp_path, report) == worth_a_word(agreed)


def all_agree_on_the_account(database: Database, pages: Pages) -> Severity:
    """Return what every surface says of the account as it is stored."""
    with database.read() as connection:
        verdict = account_standing(accounts.load(connection, NAME), START)
        status = everything(connection)
        overview = read_overview(connection, asked())
        ready = ready_report(account_views(connection, START, daemon_runs=True), [NAME], START)
        gauges = read_gauges(connection, {}, watched=[NAME], receiving=[], now=START)
    doctor = [
        max(
            finding.severity
            for finding in check_polls(configured(), database, now=START, daemon_runs=runs)
        )
        for runs in (True, False)
    ]
    (as_json,) = status_json(status)["accounts"]
    shown = {
        "status": on_a_terminal(status, NAME),
        "JSON": named(as_json["severity"]),
        "page": on_a_page(pages.page("overview.html", overview, "1", "/"), NAME),
        "doctor": doctor[0],
        "doctor without a daemon": doctor[1],
        "metrics": gauges.accounts[NAME],
        "readyz": named(ready["accounts"][NAME]["severity"]),
    }
    assert set(shown.values()) == {verdict.severity}, shown
    assert in_a_pipe(status, NAME) == worth_a_word(verdict.severity)
    assert ready["ready"] is verdict.is_seen
    lasts = [gap for gap in as_json["gaps"] if gap["until"] is None]
    assert bool(lasts) is verdict.has(Reason.NOT_SEEN)
    if verdict.has(Reason.NOT_SEEN):
        assert verdict.severity is Severity.FAILURE
        assert not verdict.is_seen
    return verdict.severity


def in_systemd(folder: Path, report: PollReport) -> Severity | None:
    """Return what the line of status says after a poll; None for nothing."""
    with NotifySocket(folder / "notify", abstract=True) as notify:
        service = Systemd({"NOTIFY_SOCKET": notify.address}, hung=lambda: (), now=lambda: START)
        service.polled(report)
        (line,) = notify.read()
    found = re.match(rf"STATUS={NAME}(?: \((\w+)\))?: ", line)
    assert found is not None
    return named(found[1]) if found[1] else None


@any_state
@given(health=CHANNELS, pending=st.integers(0, 1), dead=st.integers(0, 1), repeated=st.booleans())
def test_every_surface_judges_a_channel_alike(
    database: Database,
    pages: Pages,
    health: ChannelHealth,
    pending: int,
    dead: int,
    repeated: bool,  # noqa: FBT001 - drawn
) -> None:
    with database.write() as connection:
        connection.execute(delete(channels_table))
        connection.execute(delete(notifications))
        channels.save(connection, health)
        connection.execute(update(channels_table).values(disabled_at=health.disabled_at))
        states = ["pending"] * pending + ["dead"] * dead
        for number, state in enumerate(states):
            connection.execute(insert(notifications).values(notification(number, state, repeated)))
    with database.read() as connection:
        status = everything(connection)
        overview = read_overview(connection, asked())
        sheets = read_channels_page(connection, asked())
        gauges = read_gauges(connection, {}, watched=[], receiving=[CHANNEL], now=START)
    (finding,) = check_channels(configured(), database, START)
    (as_json,) = status_json(status)["channels"]
    shown = {
        "status": on_a_terminal(status, CHANNEL),
        "JSON": named(as_json["severity"]),
        "overview": on_a_page(pages.page("overview.html", overview, "1", "/"), CHANNEL),
        "page of channels": on_a_page(
            pages.page("channels.html", sheets, "1", "/channels"), CHANNEL
        ),
        "doctor": finding.severity,
        "metrics": gauges.channels[CHANNEL],
    }
    (agreed,) = set(shown.values())
    assert in_a_pipe(status, CHANNEL) == worth_a_word(agreed)


def notification(number: int, state: str, reminder: bool) -> dict[str, object]:  # noqa: FBT001
    return {
        "channel": CHANNEL,
        "key": f"key-{number}",
        "state": state,
        "attempts": 0,
        "created_at": START,
        "next_attempt_at": START,
        "reason": "",
        "reminder": reminder,
    }


@any_state
@given(record=RECORDS, state=st.none() | st.sampled_from(ResultsState))
@example(record=COMPLETED, state=ResultsState.COUNTED)
@example(record=COMPLETED, state=ResultsState.LOST)
def test_every_surface_judges_a_job_alike(
    database: Database, pages: Pages, record: JobRecord, state: ResultsState | None
) -> None:
    job, job_id = record.job, record.job.id
    results = None
    if state is not None and job.finished:
        counted = partial(job, NAME)
        is_counted = state is ResultsState.COUNTED
        results = counted if is_counted else replace(unread(job, state), account=NAME)
    verdict = job_standing(record, START, results=results)
    with database.write() as connection:
        connection.execute(delete(batch_jobs))
        accounts.save(connection, accounts.load(connection, NAME))
        jobs.save(connection, NAME, [record])
    put(database, *(() if results is None else (results,)))
    with database.read() as connection:
        status = everything(connection)
        overview = read_overview(connection, asked())
        page = read_job_page(connection, asked(account=NAME, job_id=job_id))
        gauges = read_gauges(connection, {}, watched=[NAME], receiving=[], now=START)
        printed = "".join(status_pieces(status, every_job(connection, START)))
        (item,) = status.jobs
        history = job_history(connection, item, START)
    overview_html = pages.page("overview.html", overview, "1", "/")
    job_html = pages.page("job.html", page, "1", f"/jobs/{NAME}/{job_id}")
    (as_json,) = status_json(status)["jobs"]
    (as_printed,) = json.loads(printed)["jobs"]
    shown = {
        "status": on_a_terminal(status, job_id),
        "JSON": named(as_json["severity"]),
        "JSON, printed by the column": named(as_printed["severity"]),
        "overview": on_a_page(overview_html, f"{NAME}/{job_id}"),
        "page of the job": page.line.severity,
        "show": of_its_colour(heading(history)),
    }
    assert f'class="badge {verdict.severity.name.lower()}"' in job_html
    if not record.job.finished:
        (shown["SQL"],) = overview.overall.running
    assert set(shown.values()) == {verdict.severity}, shown
    assert in_a_pipe(status, job_id) == worth_a_word(verdict.severity)
    assert as_json["at_risk"] is verdict.has(Reason.AT_RISK)
    assert gauges.at_risk[NAME] == verdict.has(Reason.AT_RISK)


def of_its_colour(line: str) -> Severity:
    """Return what the colour of how a job stands says."""
    painted = {
        severity
        for severity in Severity
        if click.style("", fg=COLOURS[severity], reset=False) in line
    }
    (found,) = painted
    return found
