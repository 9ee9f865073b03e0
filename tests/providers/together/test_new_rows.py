"""Rows that are kept say what `parse_row` says of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.observability.redaction import Redaction
from batchbell.providers.packed_rows import PackedRows
from batchbell.providers.together import new_rows
from batchbell.providers.together.cleaning import Cleaning
from batchbell.providers.together.columns import columns_of
from batchbell.providers.together.new_rows import NewRows
from batchbell.providers.together.row import LONGEST_ERROR, parse_row
from batchbell.providers.together.sketch import UNUSABLE, sketch_of
from batchbell.wire.json_rows import decode_value
from tests.strategies import good_rows, raw_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.providers.together.row import ParsedRow

PLAIN = {
    "id": "job-1",
    "status": "COMPLETED",
    "progress": 100,
    "user_id": "user-1",
    "created_at": "2026-11-23T02:14:07.312345Z",
    "model_id": "model-a",
    "output_file_id": "file-1",
}
SECRET = "sk-0123456789"


def raws(rows: Sequence[object]) -> list[msgspec.Raw]:
    body = json.dumps(rows).encode()
    return msgspec.json.decode(body, type=list[msgspec.Raw])


def read(rows: Sequence[object], *, secrets: Sequence[str] = ()) -> list[ParsedRow | None]:
    kept = NewRows(Cleaning(Redaction(secrets)))
    sketches = kept.add(raws(rows))
    found = list(kept)
    assert found == list(kept)
    for row, sketch in zip(found, sketches.each(), strict=True):
        assert sketch == ((b"", UNUSABLE) if row is None else sketch_of(row))
    return found


def is_strict(value: object) -> bool:
    try:
        raws([value])
    except (msgspec.MsgspecError, UnicodeError):
        return False
    return True


@given(st.lists(good_rows() | raw_rows().filter(is_strict), min_size=1, max_size=12))
def test_any_rows_say_what_parse_row_says_of_each(rows: list[object]) -> None:
    one_by_one = [parse_row(decode_value(json.dumps(row))) for row in rows]
    assert read(rows) == one_by_one


@pytest.mark.parametrize(
    "odd",
    [
        {"created_at": "2026-11-23T02:14:07Z"},
        {"created_at": "2026-W48-1T02:14:07.312345Z"},
        {"created_at": "2026-13-23T02:14:07.312345Z"},
        {"created_at": "0001-01-01T00:00:00.000000Z"},
        {"created_at": "9999-01-01T00:00:00.000000Z"},
        {"created_at": ""},
        {"model_id": "a\u202eb"},
        {"model_id": ""},
        {"model_id": "m" * 1_001},
        {"progress": -0.0},
        {"progress": 101},
        {"file_size_bytes": 2**63},
        {"error": ""},
        {"error": "x" * (LONGEST_ERROR + 1)},
        {"error": "line 1\nline 2\u2028\x00"},
        {"id": "a\nb"},
        {"id": None},
    ],
)
def test_an_odd_row_among_plain_ones_is_read_as_it_is_alone(odd: dict[str, object]) -> None:
    rows: list[dict[str, object]] = [{**PLAIN, "id": f"job-{number}"} for number in range(9)]
    rows[4] |= odd
    assert read(rows) == [parse_row(row) for row in rows]


def counted_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return how many rows are decoded at a time, from now on."""
    sizes = []

    def counting(rows: Sequence[msgspec.Raw]) -> object:
        sizes.append(len(rows))
        return columns_of(rows)

    monkeypatch.setattr(new_rows, "columns_of", counting)
    return sizes


def test_a_few_rows_at_a_time_wait_for_others_and_stay_in_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sizes = counted_sizes(monkeypatch)
    kept = NewRows(Cleaning(Redaction([])))
    rows = raws([{**PLAIN, "id": f"job-{number}"} for number in range(60)])

    for first in range(0, 40, 2):
        kept.add(rows[first : first + 2])
    kept.add(rows[40:50])
    for row in rows[50:]:
        kept.add([row])

    assert [row and row.job.id for row in kept] == [f"job-{number}" for number in range(60)]
    assert sizes == [32, 8, 10, 10]


def test_plain_rows_are_decoded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = counted_sizes(monkeypatch)
    rows: list[dict[str, object]] = [{**PLAIN, "id": f"job-{number}"} for number in range(8)]
    read(rows)
    assert sizes == [8]
    sizes.clear()
    rows[0]["model_id"] = 5
    read(rows)
    assert sizes == [8, 4, 2, 1, 1, 2, 4]


def test_an_id_with_a_secret_in_it_is_left_out_alone() -> None:
    rows = [{**PLAIN, "id": job_id} for job_id in ("job-1", f"job-{SECRET}", "job-3")]
    assert [row and row.job.id for row in read(rows, secrets=[SECRET])] == ["job-1", None, "job-3"]


def test_rows_that_share_texts_share_them_in_memory() -> None:
    rows = [
        {**PLAIN, "id": f"job-{number}", "user_id": f"user-{number % 2}"} for number in range(4)
    ]
    first, _, third, _ = (row.job for row in read(rows) if row is not None)
    assert first.user_id is third.user_id


@pytest.mark.parametrize("room", [0, 10, 10_000])
def test_pieces_come_back_as_often_as_they_are_asked_for(room: int) -> None:
    packed = PackedRows(room)
    pieces = [b"x" * size for size in (0, 1, 5, 300, 7)]
    for piece in pieces:
        packed.append(piece)
    assert list(packed) == pieces
    packed.append(b"last")
    assert list(packed) == [*pieces, b"last"]
