"""What is counted, how it is written, and that docs/metrics.md lists exactly that."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics

from batchbell import __version__
from batchbell.core.delivery.outcome import Outcome
from batchbell.core.event import EventKind, Severity
from batchbell.core.example_events import sample
from batchbell.core.gauges import (
    MOST_MODELS,
    Backlog,
    Condition,
    Gauges,
    JobCount,
    ReplicaGauge,
    ResultBacklog,
)
from batchbell.core.job import BatchJob
from batchbell.core.results.counts import Counts
from batchbell.core.results.job_results import ResultsState
from batchbell.observability.metrics import (
    POLL_OUTCOMES,
    RESULT_OUTCOMES,
    SEND_OUTCOMES,
    Metrics,
)
from tests.came_back import partial, unread
from tests.fakes import MINUTE, START

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = (Path(__file__).parents[3] / "docs/metrics.md").read_text(encoding="utf-8")
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
GAUGES = Gauges(
    jobs=(JobCount(account="prod", status="FAILED", model="m", jobs=7),),
    at_risk={"prod": 2},
    last_good_poll_at={"prod": START},
    accounts={"prod": Severity.SUCCESS},
    channels={"team": Severity.FAILURE, "mail": Severity.INFO},
    backlogs={
        "team": Backlog(pending=3, dead=1, oldest_at=START - 5 * MINUTE),
        "mail": Backlog(),
    },
    results={"prod": ResultBacklog(pending=2, failing=1, oldest_at=START - 90 * MINUTE)},
    replicas=(
        ReplicaGauge(name="a:1", version="0.9", is_alive=False, silent_for=9 * MINUTE),
        ReplicaGauge(name="b:1", version="0.9", is_alive=False, silent_for=2 * MINUTE),
        ReplicaGauge(
            name="a:1",
            version="1.0",
            is_alive=True,
            silent_for=timedelta(seconds=0.5),
            accounts=("prod", "dev"),
            channels=("team",),
        ),
        ReplicaGauge(
            name="c:1", version="1.0", is_alive=True, silent_for=timedelta(), differs=True
        ),
    ),
    database_bytes={"main": 4096, "wal": 0},
)
JOB = BatchJob(id="job", status="COMPLETED", output_file_id="file-out")
COUNTED = partial(JOB, "prod")

CONDITION = Condition(
    overdue_seconds={"poll of prod": 0.0, "deliveries to team": 12.5},
    database_errors=3,
    written_at=START - MINUTE,
    skew=timedelta(seconds=-90),
)

_ROW = re.compile(r"^\| `(batchbell_\w+)` \| (\w+) \| (.*?) ?\|", re.MULTILINE)


@pytest.fixture
def metrics() -> Metrics:
    metrics = Metrics()
    metrics.watch(["prod"], ["team", "mail"])
    return metrics


def values(
    metrics: Metrics, gauges: Gauges | None = GAUGES, condition: Condition = CONDITION
) -> Mapping[tuple[str, ...], float]:
    """Return every sample by its name and labels' values."""
    page, content_type = metrics.expose(gauges, condition, now=START, accept="")
    assert content_type.startswith("text/plain")
    return {
        (each.name, *each.labels.values()): each.value
        for family in parser.text_string_to_metric_families(page.decode())
        for each in family.samples
    }


def test_everything_configured_is_there_at_zero(metrics: Metrics) -> None:
    found = values(metrics)
    for outcome in POLL_OUTCOMES:
        assert found["batchbell_polls_total", "prod", outcome] == 0
    for outcome in SEND_OUTCOMES:
        assert found["batchbell_delivery_attempts_total", "team", outcome] == 0
    for outcome in RESULT_OUTCOMES:
        assert found["batchbell_results_attempts_total", "prod", outcome] == 0
    for kind in EventKind:
        assert found["batchbell_events_total", kind.value] == 0
    assert found["batchbell_build_info", __version__] == 1
    assert found["process_resident_memory_bytes",] > 0


def test_what_happens_is_counted(metrics: Metrics) -> None:
    metrics.polled("prod", "good", 0.3)
    metrics.polled("prod", "unavailable", 31.0)
    metrics.happened([sample(EventKind.FAILED, START)] * 2)
    metrics.attempted("team", Outcome(delivered=True, reason=""))
    metrics.attempted("team", Outcome(delivered=False, reason=""))
    metrics.attempted("mail", Outcome(delivered=False, reason="", permanent=True))
    found = values(metrics)
    assert found["batchbell_polls_total", "prod", "good"] == 1
    assert found["batchbell_poll_duration_seconds_bucket", "prod", "0.5"] == 1
    assert found["batchbell_poll_duration_seconds_sum", "prod"] == pytest.approx(31.3)
    assert found["batchbell_events_total", "batch.failed"] == 2
    attempts = "batchbell_delivery_attempts_total"
    assert found[attempts, "team", "delivered"] == found[attempts, "team", "failed"] == 1
    assert found[attempts, "mail", "refused"] == 1


def test_what_came_back_is_counted_by_account_model_and_outcome(metrics: Metrics) -> None:
    metrics.collected(COUNTED, "m")
    metrics.collected(COUNTED, "m")
    metrics.collected(replace(COUNTED, tokens=None), None)
    for state in (ResultsState.WAITING, ResultsState.LOST, ResultsState.SKIPPED):
        metrics.collected(replace(unread(JOB, state), account="prod"), "m")
    found = values(metrics)
    attempts = [found["batchbell_results_attempts_total", "prod", each] for each in RESULT_OUTCOMES]
    assert attempts == [3, 1, 1, 1]
    requests = "batchbell_requests_total"
    assert found[requests, "prod", "m", "succeeded"] == 1_900
    assert found[requests, "prod", "m", "failed"] == 80
    assert found[requests, "prod", "none", "missing"] == 10
    assert found["batchbell_tokens_total", "prod", "prompt", "m"] == 800_000
    assert found["batchbell_tokens_total", "prod", "completion", "m"] == 24_000
    assert found["batchbell_tokens_total", "prod", "prompt", "none"] == 0


def test_what_is_not_known_to_be_missing_counts_as_none(metrics: Metrics) -> None:
    metrics.collected(replace(COUNTED, counts=Counts(succeeded=9)), "m")
    assert values(metrics)["batchbell_requests_total", "prod", "m", "missing"] == 0


def test_an_api_that_invents_models_makes_no_more_series(metrics: Metrics) -> None:
    for number in range(2 * MOST_MODELS):
        metrics.collected(COUNTED, f"{number}-" + "x" * 10_000 + "\n")
    metrics.collected(COUNTED, None)
    names = {name for series, _, name, *_ in _with_models(metrics) if series.startswith("batch")}
    assert len(names) == MOST_MODELS + 2
    assert {"other", "none"} < names
    assert all(len(name) <= 200 and name.isprintable() for name in names)


def _with_models(metrics: Metrics) -> list[tuple[str, ...]]:
    return [key for key in values(metrics) if key[0] == "batchbell_requests_total"]


def test_requests_of_an_account_that_is_gone_vanish(metrics: Metrics) -> None:
    metrics.collected(COUNTED, "m")
    metrics.watch(["dev"], ["mail"])
    metrics.collected(COUNTED, "m")
    assert not [key for key in values(metrics, Gauges()) if "prod" in key]
    metrics.watch(["prod"], ["mail"])
    assert not _with_models(metrics)


def test_the_state_is_that_of_the_database(metrics: Metrics) -> None:
    found = values(metrics)
    assert found["batchbell_jobs", "prod", "m", "FAILED"] == 7
    assert found["batchbell_jobs_at_risk", "prod"] == 2
    assert found["batchbell_last_good_poll_timestamp_seconds", "prod"] == START.timestamp()
    assert found["batchbell_notifications_pending", "team"] == 3
    assert found["batchbell_notifications_oldest_age_seconds", "team"] == 300
    assert found["batchbell_notifications_oldest_age_seconds", "mail"] == 0
    assert found["batchbell_notifications_dead", "team"] == 1
    assert found["batchbell_results_pending", "prod"] == 2
    assert found["batchbell_results_oldest_age_seconds", "prod"] == 5_400
    assert found["batchbell_database_size_bytes", "main"] == 4096
    assert found["batchbell_healthy",] == found["batchbell_database_readable",] == 1


def test_replicas_are_shown_with_what_they_have_and_the_dead_for_a_while(
    metrics: Metrics,
) -> None:
    found = values(metrics)
    assert found["batchbell_replicas",] == 2
    assert found["batchbell_replicas_differing",] == 1
    info = {key[1:]: value for key, value in found.items() if key[0] == "batchbell_replica_info"}
    assert info == {("a:1", "1.0"): 1, ("c:1", "1.0"): 1}
    # One that was started anew under its old name is one.
    assert found["batchbell_replica_silent_seconds", "a:1"] == 0.5
    assert found["batchbell_replica_silent_seconds", "b:1"] == 120
    assert found["batchbell_replica_accounts", "a:1"] == 2
    assert found["batchbell_replica_channels", "c:1"] == 0
    assert found["batchbell_account_held", "prod"] == 1
    assert found["batchbell_channel_held", "team"] == 1
    assert found["batchbell_channel_held", "mail"] == 0


def test_where_one_daemon_has_the_database_there_are_no_replicas(metrics: Metrics) -> None:
    names = {name for name, *_ in values(metrics, replace(GAUGES, replicas=()))}
    assert not [name for name in names if "replica" in name or "held" in name]


def test_each_metric_is_either_of_each_daemon_or_of_what_all_share(metrics: Metrics) -> None:
    section = DOCS.partition("## Several daemons")[2]
    counted, own, shared = (
        set(re.findall(r"`(batchbell_\w+)`", row))
        for row in re.findall(r"^\| (?:sum|each|max).*$", section, re.MULTILINE)
    )
    assert len(counted) + len(own) + len(shared) == len(counted | own | shared)
    assert counted | own | shared == {name for name, *_ in _ROW.findall(DOCS)}
    # What the database says vanishes with it, and is what all share.
    without = {name for name, *_ in values(metrics, None)}
    assert not shared & without
    families = {name for name, *_ in values(metrics)}
    assert shared <= families


def test_how_the_daemon_is_needs_no_database(metrics: Metrics) -> None:
    found = values(metrics, None)
    assert found["batchbell_work_overdue_seconds", "poll of prod"] == 0
    assert found["batchbell_work_overdue_seconds", "deliveries to team"] == 12.5
    assert found["batchbell_database_errors_total",] == 3
    written = found["batchbell_last_database_write_timestamp_seconds",]
    assert written == (START - MINUTE).timestamp()
    assert found["batchbell_clock_skew_seconds",] == -90


def test_what_is_not_known_yet_is_missing_and_not_zero(metrics: Metrics) -> None:
    names = {name for name, *_ in values(metrics, None, Condition())}
    assert "batchbell_database_errors_total" in names
    assert "batchbell_last_database_write_timestamp_seconds" not in names
    assert "batchbell_clock_skew_seconds" not in names


def test_a_database_that_fails_hides_nothing_else(metrics: Metrics) -> None:
    found = values(metrics, None, Condition(is_healthy=False))
    assert found["batchbell_healthy",] == found["batchbell_database_readable",] == 0
    assert ("batchbell_polls_total", "prod", "good") in found
    assert not [name for name, *_ in found if name == "batchbell_jobs"]


def test_what_is_removed_from_the_configuration_vanishes_and_may_come_back(
    metrics: Metrics,
) -> None:
    metrics.polled("prod", "good", 0.1)
    metrics.watch(["dev"], ["mail"])
    metrics.polled("prod", "good", 0.1)
    metrics.attempted("team", Outcome(delivered=True, reason=""))
    labels = {label for _, *labels in values(metrics, Gauges()) for label in labels}
    assert not {"prod", "team"} & labels
    assert "dev" in labels
    metrics.watch(["prod"], ["team"])
    assert values(metrics)["batchbell_polls_total", "prod", "good"] == 0


def test_open_metrics_are_spoken_to_who_asks_for_them(metrics: Metrics) -> None:
    page, content_type = metrics.expose(GAUGES, CONDITION, now=START, accept=OPENMETRICS)
    assert content_type.startswith("application/openmetrics-text")
    parse = openmetrics.text_string_to_metric_families
    families = list(parse(page.decode()))  # type: ignore[no-untyped-call] # it has types in part
    assert {"batchbell_jobs", "batchbell_polls"} <= {family.name for family in families}


def test_a_clock_stepped_back_makes_no_negative_age(metrics: Metrics) -> None:
    page, _ = metrics.expose(GAUGES, CONDITION, now=START - timedelta(days=1), accept="")
    assert 'batchbell_notifications_oldest_age_seconds{channel="team"} 0.0' in page.decode()


def test_the_page_of_metrics_lists_every_one_with_its_type_and_labels(metrics: Metrics) -> None:
    metrics.collected(COUNTED, "m")
    page, _ = metrics.expose(GAUGES, CONDITION, now=START, accept="")
    documented = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in _ROW.findall(DOCS)
    }
    shown = {}
    for family in parser.text_string_to_metric_families(page.decode()):
        if family.name.startswith("batchbell_") and not family.name.endswith("_created"):
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = {label for each in family.samples for label in each.labels} - {"le"}
            shown[name] = (family.type, labels)
    assert documented == shown
