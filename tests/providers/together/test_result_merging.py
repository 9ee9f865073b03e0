"""A job and its retries, merged by the places of their lines, against a plain choice."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING

from batchbell.core.results.merging import LinePlace, Merging
from batchbell.providers.together.result_lines import input_id, result_line
from batchbell.wire.lines import placed_lines
from tests.core.results.naive import Files, Row, best_line, made

if TYPE_CHECKING:
    from collections.abc import Iterable


def written(rows: list[Row]) -> bytes:
    return "\r\n".join("{broken" if row is None else json.dumps(row) for row in rows).encode()


def merged(first: Files, retries: Iterable[Files]) -> tuple[list[Row], list[Row], Merging]:
    """Return the answers and the failures, in the order in which they would be written."""
    files: list[bytes] = []
    merging = Merging()
    for _, line in placed_lines(io.BytesIO(written(first.inputs))):
        merging.add_input(None if line is None else input_id(line))
    for number, job in enumerate((first, *retries)):
        if number:
            merging.begin_retry()
        for rows, add in ((job.outputs, merging.add_output), (job.errors, merging.add_error)):
            files.append(written(rows))
            for offset, line in placed_lines(io.BytesIO(files[-1])):
                place = LinePlace(len(files) - 1, offset, len(line or b""))
                add(None if line is None else result_line(line), place)

    def row(place: LinePlace) -> Row:
        row: Row = json.loads(files[place.file][place.offset : place.offset + place.length])
        return row

    return [row(each) for each in merging.answers()], [*map(row, merging.failures())], merging


def test_each_request_gets_its_best_answer_or_its_last_failure(triples: int) -> None:
    for seed in range(0, triples, 3):
        chance = random.Random(seed)  # noqa: S311  (no secret comes of it)
        first, *retries = (made(seed + more) for more in range(chance.choice([1, 2, 3])))
        ids = list(dict.fromkeys(row["custom_id"] for row in first.inputs if row))
        jobs = [first, *retries]

        answers, failures, merging = merged(first, retries)

        chosen = [(each, *best_line(jobs, each)) for each in ids]
        assert answers == [answer for _, answer, _ in chosen if answer], seed
        assert failures == [failure for _, answer, failure in chosen if failure and not answer]
        counts = merging.result().counts
        assert (counts.requests, counts.succeeded, counts.failed) == (
            len(ids),
            len(answers),
            len(failures),
        )


def test_a_job_without_retries_is_merged_to_its_own_answers() -> None:
    first = made(5)
    answers, failures, _ = merged(first, ())

    assert len({row["custom_id"] for row in answers if row}) == len(answers)
    assert not {row["custom_id"] for row in failures if row} & {
        row["custom_id"] for row in answers if row
    }
