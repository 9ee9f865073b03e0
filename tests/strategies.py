"""What hypothesis draws: rows as the API sends them, jobs, listings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from batchbell.core.job import BatchJob
from batchbell.core.listing import Listing
from batchbell.core.provider import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hypothesis.strategies import SearchStrategy

#: Every status the API documents, and some it does not.
STATUSES: SearchStrategy[str] = st.sampled_from(
    [*(state.value for state in JobState), "PAUSED", "completed", "VALIDATED"]
)
#: Few ids, so that rows of the same job meet.
JOB_IDS: SearchStrategy[str] = st.sampled_from([f"job-{number}" for number in range(8)])
_EARLIEST, _LATEST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
#: Instants in UTC around the recorded jobs: one number each, where `datetimes` would draw seven.
TIMES: SearchStrategy[datetime] = st.integers(0, (_LATEST - _EARLIEST) // _TICK).map(
    lambda ticks: _EARLIEST + ticks * _TICK
)
_FILE_IDS = st.one_of(st.none(), st.sampled_from(["file-a", "file-b"]))
_WORDS = st.one_of(st.none(), st.sampled_from(["model-a", "model-b", "/v1/chat/completions"]))


def json_values() -> SearchStrategy[object]:
    """Anything JSON can hold, NaN and lone surrogates included."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(st.characters(exclude_categories=()))
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=6,
    )


def good_rows(job_ids: SearchStrategy[str] = JOB_IDS) -> SearchStrategy[dict[str, object]]:
    """Rows in the API's shape: no field is nonsense, any but the id may be null, '' or absent."""
    optional: dict[str, SearchStrategy[object]] = {
        "status": STATUSES,
        "progress": st.floats(0, 100) | st.integers(0, 100),
        "user_id": st.just("user-1"),
        "input_file_id": _FILE_IDS,
        "file_size_bytes": st.integers(0, 2**63 - 1),
        "created_at": _written_times(),
        "completed_at": _written_times(),
        "job_deadline": _written_times(),
        "endpoint": _WORDS,
        "model_id": _WORDS,
        "output_file_id": _FILE_IDS | st.just(""),
        "error_file_id": _FILE_IDS | st.just(""),
        "error": st.none() | st.text(max_size=40),
        "a_new_field": json_values(),
    }
    nullable: Mapping[str, SearchStrategy[object]] = {
        name: st.none() | values for name, values in optional.items()
    }
    return st.fixed_dictionaries({"id": job_ids}, optional=nullable)


def raw_rows() -> SearchStrategy[object]:
    """Anything that may stand in a listing: good rows, rows with nonsense in a field, nonsense."""
    return good_rows() | _with_nonsense(good_rows()) | json_values()


def jobs(job_ids: SearchStrategy[str] = JOB_IDS) -> SearchStrategy[BatchJob]:
    """Jobs as the parser returns them."""
    return st.builds(
        BatchJob,
        id=job_ids,
        status=st.none() | STATUSES,
        progress=st.none() | st.floats(0, 1),
        user_id=st.none() | st.just("user-1"),
        input_file_id=_FILE_IDS,
        file_size_bytes=st.none() | st.integers(0, 2**63 - 1),
        created_at=st.none() | TIMES,
        completed_at=st.none() | TIMES,
        job_deadline=st.none() | TIMES,
        endpoint=_WORDS,
        model_id=_WORDS,
        output_file_id=_FILE_IDS,
        error_file_id=_FILE_IDS,
        error=st.none() | st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=40),
    )


_ANY_JOB = jobs()


@st.composite
def listings(
    draw: st.DrawFn, job_ids: SearchStrategy[str] = JOB_IDS, *, max_size: int = 6
) -> Listing:
    """Listings as the parser returns them: no id twice.

    The ids come first and each gets a job: drawing whole jobs until their ids differ took so long
    that the time-out of a test met it on a busy machine; hypothesis calls that a flaky test.
    """
    ids = draw(st.lists(job_ids, max_size=max_size, unique=True))
    drawn = tuple(replace(draw(_ANY_JOB), id=job_id) for job_id in ids)
    return Listing(jobs=drawn, ids=frozenset(ids), requested_at=draw(st.none() | TIMES))


def _written_times() -> SearchStrategy[str]:
    """Times as RFC 3339 text: Z or an offset, with and without a fraction."""
    offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
    return st.one_of(
        TIMES.map(lambda at: at.isoformat().replace("+00:00", "Z")),
        st.builds(lambda at, zone: at.astimezone(zone).isoformat(), TIMES, offsets),
    )


@st.composite
def _with_nonsense(draw: st.DrawFn, rows: SearchStrategy[dict[str, object]]) -> dict[str, object]:
    row = draw(rows)
    names = st.sampled_from(
        ["id", "status", "progress", "file_size_bytes", "created_at", "job_deadline", "error"]
    )
    return {**row, draw(names): draw(json_values())}
