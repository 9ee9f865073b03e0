"""Files as bytes, split, read and counted, are what a plain count of them says."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from batchbell.core.results.selection import Include, is_sent_again
from batchbell.core.results.tally import Tally
from batchbell.providers.together.result_lines import input_id, result_line
from batchbell.wire.lines import LineSplitter
from tests.core.results.naive import counted, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.core.results.naive import Row


def written(rows: list[Row], chance: random.Random) -> bytes:
    end = chance.choice(["\n", "\r\n", "\n\n"])
    text = end.join("{broken" if row is None else json.dumps(row) for row in rows)
    return (chance.choice(["", "\ufeff"]) + text + chance.choice(["", end])).encode()


def lines_of(data: bytes, size: int) -> Iterator[bytes | None]:
    splitter = LineSplitter()
    for at in range(0, len(data), size):
        yield from splitter.feed(data[at : at + size])
    yield from splitter.close()


def test_any_files_are_counted_as_a_plain_count_has_them(triples: int) -> None:
    for seed in range(triples):
        files = made(seed)
        chance = random.Random(seed)  # noqa: S311  (no secret comes of it)
        size = chance.choice([7, 100, 10_000])
        tally = Tally()
        for line in lines_of(written(files.inputs, chance), size):
            tally.add_input(None if line is None else input_id(line))
        for line in lines_of(written(files.outputs, chance), size):
            tally.add_output(None if line is None else result_line(line))
        for line in lines_of(written(files.errors, chance), size):
            tally.add_error(None if line is None else result_line(line))

        result = tally.result()

        expected = counted(files)
        counts = result.counts
        said = {name: getattr(counts, name) for name in expected if hasattr(counts, name)}
        assert said == {name: expected[name] for name in said}, seed
        assert (result.tokens.total if result.tokens else 0) == expected["tokens"], seed
        assert {cause.code: cause.count for cause in result.causes} == expected["causes"], seed
        ids = {row["custom_id"] for row in files.inputs if row}
        for include, count in (
            (Include.FAILED, counts.failed),
            (Include.MISSING, counts.missing),
            (Include.EMPTY, counts.empty),
            (Include.TRUNCATED, counts.truncated),
        ):
            chosen = [each for each in ids if is_sent_again(tally, each, {include})]
            assert len(chosen) == count, (seed, include)
