from __future__ import annotations

import codecs
import json
import tracemalloc
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from batchbell.core.listing import Listing
from batchbell.errors import MalformedError
from batchbell.providers.together.listing import MAX_ROW_CHARS, ListingReader, parse_single
from batchbell.providers.together.row import parse_row
from tests.strategies import good_rows, raw_rows

if TYPE_CHECKING:
    from random import Random

    from batchbell.providers.together.reading import Reading

SAMPLES = Path(__file__).parents[2] / "data" / "recorded_batches.json"

#: Each a row that can't be used, as it stands in the body, with how it is counted.
BAD_ROWS = {
    "no id": '{"status": "COMPLETED"}',
    "empty id": '{"id": ""}',
    "id of another type": '{"id": 7}',
    "id with a lone surrogate": r'{"id": "a\ud800"}',
    "id with NUL": r'{"id": "a\u0000"}',
    "null": "null",
    "number": "-12.5e3",
    "NaN": "NaN",
    "minus infinity": "-Infinity",
    "text": r'"a ] \" } text \\"',
    "list": '[{"id": "inner"}, ["]"]]',
    "broken object": '{"id": "broken", "status": COMPLETED}',
    "object without colon": '{"id" "broken"}',
    "bad escape": r'{"id": "broken", "status": "\q"}',
    "100k nested lists": '{"id": "deep", "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "100k nested objects": '{"id": "deep", "x": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
    "100k nested lists alone": "[" * 100_000 + "]" * 100_000,
    "5,000-digit id": '{"id": ' + "9" * 5_000 + "}",
    "5,000 digits": "9" * 5_000,
}

#: Each a field that can't be used, in a row that can.
BAD_FIELDS = {
    "progress NaN": '"progress": NaN',
    "progress infinite": '"progress": -Infinity',
    "progress 1e999": '"progress": 1e999',
    "progress of 5,000 digits": f'"progress": {"9" * 5_000}',
    "progress as text": '"progress": "50"',
    "progress true": '"progress": true',
    "size 2^63": f'"file_size_bytes": {2**63}',
    "size of 5,000 digits": f'"file_size_bytes": {"9" * 5_000}',
    "year one million": '"created_at": "1000000-01-01T00:00:00Z"',
    "time as number": '"job_deadline": 1e18',
    "status as list": '"status": ["COMPLETED"]',
}

#: Fields that look odd and are fine.
ODD_FIELDS = {
    "lone surrogate": r'"status": "COMPLETED\ud800"',
    "NUL": r'"error": "a\u0000b"',
    "raw control characters": '"error": "a\x01\nb"',
    "1 MB of error text": f'"error": "{"e" * 1_000_000}"',
    "duplicate keys": '"status": "FAILED", "status": "COMPLETED"',
    "unknown fields": '"tags": {"a": [1, {"b": null}]}, "": 1',
    "invalid UTF-8": '"error": "\udcff\udcfe"',
}


def parse(body: bytes | str, *, piece: int = 65_536, **options: Any) -> Listing:
    parser = ListingReader(**options)
    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogateescape")
    for start in range(0, len(data), piece):
        parser.feed(data[start : start + piece])
    return whole(parser.close())


def whole(reading: Reading) -> Listing:
    """Return all of a reading that was read against nothing."""
    assert reading.gone is None
    return Listing(
        jobs=tuple(reading.jobs),
        ids=frozenset(reading.ids),
        skipped_rows=reading.skipped_rows,
        bad_fields=reading.bad_fields,
        fraction_scale=reading.fraction_scale,
    )


def test_the_recorded_listing_is_read_whole() -> None:
    listing = parse(SAMPLES.read_bytes())
    assert [(job.status, job.progress) for job in listing.jobs] == [
        ("IN_PROGRESS", 0.7175),
        ("VALIDATING", 0.0),
        ("CANCELING", 0.0825),
        ("IN_PROGRESS", None),
        ("COMPLETED", 1.0),
        ("EXPIRED", 0.425),
    ]
    assert listing.ids == {job.id for job in listing.jobs}
    assert (listing.skipped_rows, listing.bad_fields) == (0, 0)
    assert not listing.fraction_scale
    assert listing.requested_at is None


@pytest.mark.parametrize(
    "body", ["[]", "null", " \r\n[\t] \n", "\n null ", "\ufeff[]", "\ufeffnull"]
)
@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_null_and_an_empty_list_are_an_empty_listing(body: str, piece: int) -> None:
    assert parse(body, piece=piece) == Listing(jobs=(), ids=frozenset())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "nothing instead of a list"),
        (" \n ", "nothing instead of a list"),
        ("\ufeff", "nothing instead of a list"),
        ("{}", "an object instead of a list"),
        ('{"data": []}', "an object instead of a list"),
        ("<html><body>[]</body></html>", "HTML instead of a list"),
        ('"[]"', "a string instead of a list"),
        ("upstream connect error", "text instead of a list"),
        ("12", "text instead of a list"),
        ("not found", "text instead of a list"),
        ("nul", "ends in the middle"),
        ("nullify", "goes on after the end"),
        ("[] []", "goes on after the end"),
        ('[{"id": "a"}]]', "goes on after the end"),
        ("[", "ends in the middle"),
        ('[{"id": "a"}', "ends in the middle"),
        ('[{"id": "a"},', "ends in the middle"),
        ('[{"id": "a"}, {"id": "b', "ends in the middle"),
        ('[{"id": "a"}, "b\\', "ends in the middle"),
        ("[12", "ends in the middle"),
        ('[{"id": "a"} {"id": "b"}]', "a comma is missing"),
        ('[{"id": "a"},]', "not JSON"),
        ("[,]", "not JSON"),
        ("[oops]", "not JSON"),
        ("[012]", "not JSON"),
        ("[error] it broke", "not JSON"),
        ("[}", "not JSON"),
    ],
)
@pytest.mark.parametrize("piece", [1, 2, 1000])
def test_what_is_no_list_fails_with_a_sentence(body: str, words: str, piece: int) -> None:
    with pytest.raises(MalformedError, match=words):
        parse(body, piece=piece)


@pytest.mark.parametrize("bad_row", BAD_ROWS.values(), ids=BAD_ROWS)
@pytest.mark.parametrize("piece", [7, 65_536])
def test_a_bad_row_is_set_aside_and_the_others_work(bad_row: str, piece: int) -> None:
    listing = parse(f'[{{"id": "first"}}, {bad_row},{{"id": "last"}}]', piece=piece)
    assert listing.ids == {"first", "last"}
    assert listing.skipped_rows == 1
    assert parse(f"[{bad_row}]", piece=piece).skipped_rows == 1


@pytest.mark.parametrize("bad_field", BAD_FIELDS.values(), ids=BAD_FIELDS)
@pytest.mark.parametrize("piece", [7, 65_536])
def test_a_bad_field_is_counted_and_its_row_works(bad_field: str, piece: int) -> None:
    listing = parse(f'[{{"id": "odd", {bad_field}}}, {{"id": "last"}}]', piece=piece)
    assert listing.ids == {"odd", "last"}
    assert (listing.skipped_rows, listing.bad_fields) == (0, 1)


@pytest.mark.parametrize("odd_field", ODD_FIELDS.values(), ids=ODD_FIELDS)
@pytest.mark.parametrize("piece", [7, 65_536])
def test_an_odd_field_is_fine(odd_field: str, piece: int) -> None:
    listing = parse(f'[{{"id": "odd", {odd_field}}}, {{"id": "last"}}]', piece=piece)
    assert listing.ids == {"odd", "last"}
    assert (listing.skipped_rows, listing.bad_fields) == (0, 0)


@pytest.mark.unmeasured
def test_all_bad_rows_at_once_lose_no_good_one() -> None:
    good = [f'{{"id": "good-{number}"}}' for number in range(len(BAD_ROWS))]
    mixed = [text for pair in zip(good, BAD_ROWS.values(), strict=True) for text in pair]
    listing = parse(f"[{','.join(mixed)}]")
    assert len(listing.jobs) == listing.skipped_rows == len(BAD_ROWS)


def test_of_rows_with_the_same_id_the_last_wins() -> None:
    listing = parse(
        '[{"id": "a", "status": "VALIDATING"}, {"id": "b"}, {"id": "a", "status": "FAILED"}]'
    )
    assert {job.id: job.status for job in listing.jobs} == {"a": "FAILED", "b": None}


def test_a_row_above_the_cap_fails_the_listing() -> None:
    row = f'{{"id": "a", "error": "{"e" * 100}"}}'
    assert parse(f"[{row}]", max_row_chars=len(row)).ids == {"a"}
    for piece in (1, 1000):
        with pytest.raises(MalformedError, match="more than 1,000 characters"):
            parse(f'["{"e" * 1_000}"]', max_row_chars=1_000, piece=piece)
        with pytest.raises(MalformedError, match=f"more than {len(row) - 1} characters"):
            parse(f"[{row}]", max_row_chars=len(row) - 1, piece=piece)


def listing_with(
    *progress: float,
    status: str = "COMPLETED",
    **options: Any,
) -> tuple[bool, list[float | None], int]:
    rows = [
        {"id": f"job-{n}", "status": status, "progress": value} for n, value in enumerate(progress)
    ]
    listing = parse(json.dumps(rows), **options)
    return listing.fraction_scale, [job.progress for job in listing.jobs], listing.bad_fields


def test_progress_runs_to_100_unless_shown_otherwise() -> None:
    assert listing_with(0.5, 100) == (False, [0.005, 1.0], 0)
    assert listing_with(0.5, 0.25) == (False, [0.005, 0.0025], 0)
    assert listing_with(1, status="IN_PROGRESS") == (False, [0.01], 0)
    assert listing_with() == (False, [], 0)


def test_a_completed_job_at_1_and_none_above_mean_fractions() -> None:
    assert listing_with(0.5, 1) == (True, [0.5, 1.0], 0)
    assert listing_with(1.0) == (True, [1.0], 0)


def test_one_value_above_1_means_percent() -> None:
    assert listing_with(0.5, 1, 1.5) == (False, [0.005, 0.01, 0.015], 0)


def test_a_scale_found_earlier_holds_until_a_value_exceeds_1() -> None:
    assert listing_with(0.5, assume_fraction=True) == (True, [0.5], 0)
    assert listing_with(assume_fraction=True) == (True, [], 0)
    assert listing_with(0.5, 71.75, assume_fraction=True) == (False, [0.005, 0.7175], 0)


def test_a_configured_scale_is_not_questioned() -> None:
    assert listing_with(0.5, 1, scale="percent") == (False, [0.005, 0.01], 0)
    assert listing_with(0.5, scale="percent", assume_fraction=True) == (False, [0.005], 0)
    assert listing_with(0.5, 50, scale="fraction") == (True, [0.5, None], 1)


@pytest.mark.parametrize("prefix", [b"", codecs.BOM_UTF8])
def test_a_single_job_is_read_by_the_same_rules(prefix: bytes) -> None:
    body = prefix + b'{"id": "a", "progress": 71.75, "created_at": 3}'
    job, is_fraction = parse_single(body)
    assert (job.id, job.progress, job.created_at, is_fraction) == ("a", 0.7175, None, False)
    job, is_fraction = parse_single(b'{"id": "a", "progress": 0.5}', assume_fraction=True)
    assert (job.progress, is_fraction) == (0.5, True)
    assert parse_single(b'{"id": "a", "progress": 0.5}', scale="fraction")[1]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'[{"id": "a"}]',
        b"{}",
        b'{"error": "no"}',
        b'{"id": "a"}, {"id": "b"}',
        b'{"id": "a"}, 3',
        b'{"id": "a"}] [',
        b'{"id": "a"',
        b"<html>",
        b'{"id": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_single_job_fails(body: bytes) -> None:
    with pytest.raises(MalformedError, match="not a batch job"):
        parse_single(body)


def outcome(body: bytes, cuts: list[int]) -> Listing | str:
    """What parsing in these pieces gives: the listing or the error's sentence."""
    parser = ListingReader(max_row_chars=5_000)
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    try:
        for start, end in pairwise(edges):
            parser.feed(body[start:end])
        return whole(parser.close())
    except MalformedError as error:
        return str(error)


CUTS = st.lists(st.integers(0, 10_000), max_size=12)


@settings(max_examples=3 * settings().max_examples)
@given(rows=st.lists(raw_rows(), max_size=4), cuts=CUTS, ascii_only=st.booleans())
def test_arbitrary_json_never_raises_and_loses_no_good_row(
    rows: list[object], cuts: list[int], *, ascii_only: bool
) -> None:
    body = json.dumps(rows, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    listing = outcome(body, cuts)
    assert isinstance(listing, Listing)
    # what the decoder, taken alone, makes of the same bytes
    decoded = json.loads(body.decode("utf-8", "replace"))
    good = {row.job.id: row for row in map(parse_row, decoded) if row is not None}
    assert listing.ids == set(good)
    scaled = [row.scaled(fraction_scale=listing.fraction_scale) for row in good.values()]
    assert {job.id: job for job in listing.jobs} == {job.id: job for job in scaled}
    assert listing.skipped_rows == sum(parse_row(row) is None for row in decoded)


SHORT_BAD_ROWS = [row for row in BAD_ROWS.values() if len(row) < 1_000]


@settings(max_examples=2 * settings().max_examples)
@given(
    st.lists(good_rows(), min_size=1, max_size=6, unique_by=lambda row: str(row["id"])),
    st.lists(
        st.sampled_from(SHORT_BAD_ROWS),
        min_size=1,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
    CUTS,
)
def test_good_rows_among_bad_ones_all_arrive(
    good: list[dict[str, object]], bad: list[str], random: Random, cuts: list[int]
) -> None:
    texts = [json.dumps(row) for row in good] + bad
    random.shuffle(texts)
    listing = outcome(f"[{', '.join(texts)}]".encode(), cuts)
    assert isinstance(listing, Listing)
    assert listing.ids == {row["id"] for row in good}
    assert listing.skipped_rows == len(bad)


JSON_LIKE = st.lists(
    st.sampled_from([*'[]{},:"\\ \n-1.e', "null", "nul", '{"id":"a"}', '"id"', "é", "\ud800"]),
    max_size=40,
).map(lambda pieces: "".join(pieces).encode("utf-8", "surrogatepass"))


@settings(max_examples=3 * settings().max_examples)
@given(st.binary(max_size=60) | JSON_LIKE | JSON_LIKE.map(lambda text: b"[" + text), CUTS)
@example(b'[{"id":"a"},1.5,"\\\\",{"id":"b"}]', list(range(40)))
@example(b"[nul" + b"l]", list(range(10)))
@example(b'nul"', [3])
@example('[{"id":"é"}]'.encode(), list(range(20)))
def test_the_result_does_not_depend_on_the_pieces(body: bytes, cuts: list[int]) -> None:
    assert outcome(body, cuts) == outcome(body, [])


def test_a_body_without_end_needs_little_memory() -> None:
    parser = ListingReader()
    row = b'{"id": "again", "error": "' + b"e" * 1_000 + b'"},'
    tracemalloc.start()
    try:
        parser.feed(b"[")
        for _ in range(50):
            parser.feed(row * 64)  # the same job again and again, and spaces
            parser.feed(b" " * 65_536)
        _, after_rows = tracemalloc.get_traced_memory()
        parser.feed(b'{"')
        for _ in range(MAX_ROW_CHARS // 65_536 - 1):
            parser.feed(b"e" * 65_536)
        with pytest.raises(MalformedError, match="a row of more than"):
            parser.feed(b"e" * 65_536)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after_rows < 2**20
    assert peak < 2 * MAX_ROW_CHARS


@pytest.mark.unmeasured
def test_a_large_row_in_small_pieces_takes_time_in_proportion() -> None:
    row = b'{"id": "large", "error": "' + b"e" * (MAX_ROW_CHARS - 100) + b'"}'
    parser = ListingReader()
    parser.feed(b"[")
    # A second or two; the test's time is up if each piece reads the row from its start.
    for start in range(0, len(row), 128):
        parser.feed(row[start : start + 128])
    parser.feed(b"]")
    assert set(parser.close().ids) == {"large"}
