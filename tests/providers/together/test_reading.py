from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from xxhash import xxh3_64_intdigest

from batchbell.errors import MalformedError
from batchbell.providers.together.listing import ListingReader, RereadError
from tests.providers.together.listings import Answer, answers
from tests.providers.together.plain_listing import ListingParser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from batchbell.core.job import BatchJob
    from batchbell.core.listing import Listing
    from batchbell.core.provider import ProgressScale
    from batchbell.providers.together.known_listing import KnownListing
    from batchbell.providers.together.reading import Reading

LONGEST_ROW = 40_000
#: Small, so that a listing of some rows has many.
WINDOW_BYTES = 600


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two windows be a run, so that a listing of some rows has many of them, too."""
    monkeypatch.setattr("batchbell.providers.runs.WINDOWS_OF_RUN", 2)


class Fast:
    """An account's jobs as the fast path has them, poll by poll."""

    def __init__(self, scale: ProgressScale) -> None:
        self._scale = scale
        self._known: KnownListing | None = None
        self.fraction = False
        self.jobs: dict[str, BatchJob] = {}
        self.compared: dict[str, BatchJob] = {}
        self.passed_over = 0

    def read(self, answer: Answer) -> Reading:
        try:
            reading = self._read(answer)
        except RereadError:
            self._known = None
            reading = self._read(answer)
        if self._known is None:
            self.jobs = {}
        for gone in reading.gone or ():
            del self.jobs[gone]
        self.compared = {job.id: job for job in reading.jobs}
        self.jobs |= self.compared
        self.passed_over += len(self.jobs) - len(self.compared)
        self.fraction = reading.fraction_scale
        self._known = reading.known_by()
        return reading

    def _read(self, answer: Answer) -> Reading:
        reader = ListingReader(
            self._known,
            scale=self._scale,
            assume_fraction=self.fraction,
            max_row_chars=LONGEST_ROW,
            window_bytes=WINDOW_BYTES,
        )
        for piece in answer.pieces:
            reader.feed(piece)
        return reader.close()


def plainly(answer: Answer, scale: ProgressScale, *, fraction: bool) -> Listing:
    parser = ListingParser(scale=scale, assume_fraction=fraction, max_row_chars=LONGEST_ROW)
    for piece in answer.pieces:
        parser.feed(piece)
    return parser.close()


def said_of_both(fast: Fast, answer: Answer, scale: ProgressScale) -> None:
    """Assert that the fast path says of a listing what decoding all of it says."""
    try:
        plain = plainly(answer, scale, fraction=fast.fraction)
    except MalformedError as error:
        with pytest.raises(MalformedError, match=f"^{re.escape(str(error))}$"):
            fast.read(answer)
        return
    reading = fast.read(answer)
    assert fast.jobs == {job.id: job for job in plain.jobs}
    assert set(reading.ids) == plain.ids
    assert reading.fraction_scale == plain.fraction_scale
    assert reading.skipped_rows == plain.skipped_rows
    assert reading.bad_fields == plain.bad_fields


@pytest.mark.parametrize("scale", ["auto", "percent", "fraction"])
def test_any_listings_say_what_decoding_all_of_them_says(
    scale: ProgressScale, sequences: int
) -> None:
    passed_over = 0
    for seed in range(sequences // 3):
        fast = Fast(scale)
        for answer in answers(seed, 6):
            said_of_both(fast, answer, scale)
        passed_over += fast.passed_over
    assert passed_over > sequences


def row(number: int, **fields: object) -> dict[str, object]:
    return {"id": f"job-{number:04}", "status": "COMPLETED", "output_file_id": "file-1", **fields}


def rows(count: int) -> list[dict[str, object]]:
    return [row(number, progress=100, model_id="m" * 40) for number in range(count)]


def body(listed: Sequence[object], **style: Any) -> Answer:
    text = json.dumps(listed, **style).encode()
    return Answer(text, (text,))


class TestOneListingAfterTheOther:
    """Each begins with 50 finished jobs, some 10 windows."""

    @pytest.fixture
    def fast(self) -> Fast:
        fast = Fast("auto")
        fast.read(body(rows(50)))
        return fast

    def compared(self, fast: Fast, listed: Sequence[object], **style: Any) -> list[str]:
        answer = body(listed, **style)
        fast.read(answer)
        assert fast.jobs == {job.id: job for job in plainly(answer, "auto", fraction=False).jobs}
        return list(fast.compared)

    def test_the_same_listing_has_nothing_to_compare(self, fast: Fast) -> None:
        assert self.compared(fast, rows(50)) == []

    def test_windows_that_came_again_are_recognised_together_from_then_on(
        self, fast: Fast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[int] = []

        def counted(buffer: memoryview) -> int:
            sizes.append(len(buffer))
            return xxh3_64_intdigest(buffer)

        monkeypatch.setattr("batchbell.providers.fast_path.xxh3_64_intdigest", counted)
        fast.read(body(rows(50)))
        one_by_one = len(sizes)
        sizes.clear()

        assert self.compared(fast, rows(50)) == []
        assert len(sizes) < one_by_one * 2 / 3

    def test_a_row_that_changed_among_them_is_compared_alone(self, fast: Fast) -> None:
        fast.read(body(rows(50)))
        changed = rows(50)
        changed[20]["progress"] = 99

        assert self.compared(fast, changed) == ["job-0020"]
        assert self.compared(fast, rows(50)) == ["job-0020"]
        assert self.compared(fast, [*rows(20), row(98), *rows(50)[20:]]) == ["job-0098"]
        assert self.compared(fast, rows(50)) == []

    def test_wherever_a_listing_ends_with_a_comma_it_is_malformed(self, fast: Fast) -> None:
        fast.read(body(rows(50)))

        for count in range(1, 50):
            cut = body(rows(count)).body.removesuffix(b"]") + b",]"
            with pytest.raises(MalformedError):
                fast.read(Answer(cut, (cut,)))

    def test_a_row_that_changed_is_compared_alone(self, fast: Fast) -> None:
        listed = rows(50)
        listed[20]["progress"] = 99

        assert self.compared(fast, listed) == ["job-0020"]

    def test_a_row_that_changes_and_changes_back_is_compared_each_time(self, fast: Fast) -> None:
        changed = rows(50)
        changed[20]["progress"] = 99

        assert self.compared(fast, changed) == ["job-0020"]
        assert self.compared(fast, rows(50)) == ["job-0020"]

    def test_rows_in_another_order_are_the_rows_they_were(self, fast: Fast) -> None:
        assert self.compared(fast, rows(50)[::-1]) == []

    def test_rows_that_a_new_one_shifted_are_the_rows_they_were(self, fast: Fast) -> None:
        assert self.compared(fast, [row(99), *rows(50)]) == ["job-0099"]

    def test_the_rows_behind_one_that_is_gone_are_too(self, fast: Fast) -> None:
        assert self.compared(fast, rows(50)[1:]) == []
        assert "job-0000" not in fast.jobs

    def test_a_listing_written_another_way_is_compared_once(self, fast: Fast) -> None:
        assert len(self.compared(fast, rows(50), indent=2)) == 50
        assert self.compared(fast, rows(50), indent=2) == []

    def test_a_short_listing_says_what_is_gone(self, fast: Fast) -> None:
        reading = fast.read(body(rows(20)))

        assert len(reading.gone or ()) == 30
        assert not fast.compared

    def test_an_empty_listing_too(self, fast: Fast) -> None:
        assert len(fast.read(body([])).gone or ()) == 50

    def test_a_running_job_is_compared_each_time(self, fast: Fast) -> None:
        listed = [*rows(50), row(99, status="IN_PROGRESS")]

        assert self.compared(fast, listed) == ["job-0099"]
        assert self.compared(fast, listed) == ["job-0099"]

    def test_so_is_a_completed_one_whose_output_may_come_late(self, fast: Fast) -> None:
        listed = [*rows(50), row(99, output_file_id=None)]

        assert self.compared(fast, listed) == ["job-0099"]
        assert self.compared(fast, listed) == ["job-0099"]
        assert self.compared(fast, [*rows(50), row(99)]) == ["job-0099"]
        assert self.compared(fast, [*rows(50), row(99)]) == []

    def test_one_huge_row_changes_nothing_for_the_others(self, fast: Fast) -> None:
        huge = row(99, error="x" * 30_000)

        assert "job-0099" in self.compared(fast, [huge, *rows(50)])
        assert "job-0099" in self.compared(fast, [*rows(50), huge])

    def test_an_id_that_is_listed_twice_is_read_in_full_each_time(self, fast: Fast) -> None:
        twice = [*rows(50), row(7, status="FAILED")]

        assert len(self.compared(fast, twice)) == 50
        assert fast.jobs["job-0007"].status == "FAILED"
        assert len(self.compared(fast, twice)) == 50

    def test_a_scale_that_settles_late_scales_every_row(self, fast: Fast) -> None:
        fractions = [row(number, progress=0.5) for number in range(50)]
        fast.read(body(fractions))
        assert fast.jobs["job-0020"].progress == 0.005

        fast.read(body([*fractions, row(99, progress=1)]))
        assert fast.fraction
        assert fast.jobs["job-0020"].progress == 0.5

    def test_what_is_wrong_with_a_row_is_counted_as_long_as_it_is_listed(self, fast: Fast) -> None:
        spoilt = [row(98, progress="x"), {"id": None}, *rows(50)]

        for _ in range(3):
            reading = fast.read(body(spoilt))
            assert (reading.bad_fields, reading.skipped_rows) == (1, 1)
        reading = fast.read(body(rows(50)))
        assert (reading.bad_fields, reading.skipped_rows) == (0, 0)

    def test_an_id_of_a_changed_row_that_stands_somewhere_else_too_is_one_job(
        self, fast: Fast
    ) -> None:
        changed = rows(50)
        changed[20]["progress"] = 99

        assert len(self.compared(fast, [*changed, row(20)])) == 50
        assert "job-0020" in self.compared(fast, [row(20, progress=7), *rows(50)])

    def test_a_window_that_comes_changed_and_as_it_was_is_one_of_repeated_ids(
        self, fast: Fast
    ) -> None:
        changed = rows(50)
        changed[20]["progress"] = 99

        assert len(self.compared(fast, [*changed, *rows(50)])) == 50
        assert fast.jobs["job-0020"].progress == 1.0
        fast.read(body(rows(50)))
        assert len(self.compared(fast, [*changed, *changed])) == 50

    def test_rows_that_stand_further_apart_are_the_rows_they_were(self, fast: Fast) -> None:
        apart = b",  ".join(json.dumps(each).encode() for each in rows(50))
        text = b"[" + apart + b"]"
        fast.read(Answer(text, (text,)))

        assert fast.compared == {}
