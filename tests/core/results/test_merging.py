from __future__ import annotations

from batchbell.core.results.counts import Verdict
from batchbell.core.results.lines import ResultLine
from batchbell.core.results.merging import LinePlace, Merging


def answer(custom_id: str, *, empty: bool = False, truncated: bool = False) -> ResultLine:
    return ResultLine(custom_id, ok=True, empty=empty, truncated=truncated)


def failure(custom_id: str) -> ResultLine:
    return ResultLine(custom_id, ok=False)


def place(file: int, offset: int = 0) -> LinePlace:
    return LinePlace(file, offset, 10)


def merging_of(*ids: str) -> Merging:
    merging = Merging()
    for custom_id in ids:
        merging.add_input(custom_id)
    return merging


def test_the_best_answers_stand_in_the_inputs_order() -> None:
    merging = merging_of("a", "b", "c", "d", "never")
    merging.add_output(answer("c"), place(0, 1))
    merging.add_output(answer("b", truncated=True), place(0, 2))
    merging.add_output(answer("stranger"), place(0, 3))
    merging.add_output(None, place(0, 4))
    merging.add_error(failure("a"), place(1, 1))
    merging.add_error(failure("d"), place(1, 2))
    merging.begin_retry()
    merging.add_output(answer("a"), place(2, 1))
    merging.add_output(answer("b", empty=True), place(2, 2))
    merging.add_output(answer("c"), place(2, 3))
    merging.add_error(failure("d"), place(3, 1))
    merging.add_error(None, place(3, 2))

    assert list(merging.answers()) == [place(2, 1), place(0, 2), place(2, 3)]
    assert list(merging.failures()) == [place(3, 1)]
    result = merging.result()
    assert result.verdict is Verdict.PARTIAL
    counts = result.counts
    assert (counts.succeeded, counts.failed, counts.missing) == (3, 1, 1)
    assert (counts.foreign, counts.unreadable) == (1, 2)


def test_a_failure_is_the_error_files_first_of_the_last_job() -> None:
    merging = merging_of("a", "b")
    merging.add_output(failure("a"), place(0))
    merging.add_output(failure("b"), place(0, 5))
    merging.add_error(failure("a"), place(1))
    merging.add_error(failure("a"), place(1, 9))

    assert list(merging.failures()) == [place(1), place(0, 5)]
    merging.begin_retry()
    merging.add_output(failure("a"), place(2))
    assert list(merging.failures()) == [place(2), place(0, 5)]
    assert not list(merging.answers())
