"""What the doctor says of result files that wait to be read."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from batchbell.cli.doctor.results import check_results
from batchbell.config.settings import AccountSettings, Settings
from batchbell.core.event import Severity
from batchbell.core.results.job_results import ResultsState
from tests.came_back import put, unread
from tests.fakes import MINUTE

if TYPE_CHECKING:
    from batchbell.cli.doctor.finding import Finding
    from batchbell.core.job import BatchJob
    from tests.cli.filled import Bell

HOUR = timedelta(hours=1)


def examined(bell: Bell, *, daemon_runs: bool = True, collect: str = "verdict") -> list[Finding]:
    account = AccountSettings(api_key="k" * 8, collect=collect)
    settings = Settings.model_construct(accounts={"default": account})
    return check_results(settings, bell.database, now=bell.started, daemon_runs=daemon_runs)


def ended(bell: Bell, *names: str) -> list[BatchJob]:
    jobs = [bell.job(name, "COMPLETED", output_file_id="file-out") for name in names]
    bell.poll(*jobs)
    return jobs


def test_nothing_that_waits_is_fine(bell: Bell) -> None:
    (found,) = examined(bell)
    assert (found.subject, found.severity) == ("results of default", Severity.SUCCESS)


def test_an_account_whose_files_are_not_read_is_not_asked_after(bell: Bell) -> None:
    assert examined(bell, collect="off") == []


def test_what_waits_for_long_is_behind(bell: Bell) -> None:
    (job,) = ended(bell, "one")
    put(bell.database, unread(job, ResultsState.WAITING), at=bell.started - 59 * MINUTE)
    (found,) = examined(bell)
    assert (found.severity, found.advice) == (Severity.SUCCESS, "")
    assert "1 job to be counted, the first since 59m" in found.detail
    put(bell.database, unread(job, ResultsState.WAITING), at=bell.started - 2 * HOUR)
    (found,) = examined(bell)
    assert found.severity is Severity.WARNING
    assert "log" in found.advice
    (found,) = examined(bell, daemon_runs=False)
    assert "start the daemon" in found.advice


def test_what_fails_is_told_with_its_reason(bell: Bell) -> None:
    one, two = ended(bell, "one", "two")
    put(bell.database, unread(one, ResultsState.WAITING))
    failing = unread(two, ResultsState.WAITING, "the output file can't be had: HTTP 503")
    put(bell.database, failing, at=bell.started - MINUTE, attempts=2)
    (found,) = examined(bell)
    assert found.severity is Severity.WARNING
    assert "2 jobs to be counted" in found.detail
    assert "1 of them failing: the output file can't be had: HTTP 503" in found.detail
    assert "tried again by itself" in found.advice
