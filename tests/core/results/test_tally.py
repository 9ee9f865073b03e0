from __future__ import annotations

import pytest

from batchbell.core.results.counts import Counts, Verdict
from batchbell.core.results.lines import ResultLine, Tokens
from batchbell.core.results.selection import Include, is_sent_again
from batchbell.core.results.tally import Tally


def answer(custom_id: str, *, empty: bool = False, truncated: bool = False) -> ResultLine:
    return ResultLine(custom_id, True, empty, truncated, Tokens(3, 2, 5))  # noqa: FBT003  (a tuple)


def failure(custom_id: str, code: str = "429") -> ResultLine:
    return ResultLine(custom_id, ok=False, code=code)


def tally_of(*ids: str) -> Tally:
    tally = Tally()
    for custom_id in ids:
        tally.add_input(custom_id)
    return tally


def test_each_count_is_what_it_is_called() -> None:
    tally = tally_of("ok", "empty", "cut", "bad", "gone", "ok")
    tally.add_input(None)
    for line in (
        answer("ok"),
        answer("ok"),
        answer("empty", empty=True),
        answer("cut", truncated=True),
        answer("stranger"),
        failure("bad"),
        None,
    ):
        tally.add_output(line)
    for line in (failure("bad"), failure("stranger"), None):
        tally.add_error(line)

    result = tally.result()

    assert result.counts == Counts(
        requests=5,
        succeeded=3,
        failed=1,
        missing=1,
        duplicated=2,
        foreign=2,
        unreadable=3,
        empty=1,
        truncated=1,
    )
    assert result.verdict is Verdict.PARTIAL
    assert result.tokens == Tokens(15, 10, 25)


def test_without_the_input_answers_are_counted_and_nothing_is_missing() -> None:
    tally = Tally(has_input=False)
    tally.add_output(answer("a"))
    tally.add_error(failure("b"))

    result = tally.result()

    assert result.counts == Counts(succeeded=1, failed=1)
    assert result.verdict is Verdict.UNKNOWN


def test_a_lost_result_file_leaves_unknown_how_many_are_missing() -> None:
    tally = tally_of("a", "b")
    tally.add_output(answer("a"))

    result = tally.result(whole=False)

    assert result.counts == Counts(requests=2, succeeded=1, foreign=0)
    assert result.verdict is Verdict.UNKNOWN


def test_an_input_of_no_rows_is_complete() -> None:
    assert tally_of().result().verdict is Verdict.COMPLETE


@pytest.mark.parametrize("has_input", [True, False])
def test_more_requests_than_a_batch_can_have_are_not_remembered(*, has_input: bool) -> None:
    tally = Tally(has_input=has_input, most_requests=2)
    for custom_id in ("a", "b", "c"):
        if has_input:
            tally.add_input(custom_id)
        tally.add_output(answer(custom_id))

    result = tally.result()

    assert len(tally) == 2
    assert result.counts == Counts(succeeded=2)
    assert result.verdict is Verdict.UNKNOWN


def test_an_answer_outweighs_an_error_and_the_best_answer_counts() -> None:
    tally = tally_of("a")
    tally.add_output(answer("a", empty=True, truncated=True))
    assert tally.result().counts.empty == tally.result().counts.truncated == 1
    tally.add_output(answer("a"))
    tally.add_output(answer("a", empty=True))
    tally.add_error(failure("a"))

    result = tally.result()

    assert (result.counts.succeeded, result.counts.failed, result.counts.empty) == (1, 0, 0)
    assert result.causes == ()


def test_a_request_has_one_cause_and_the_error_files_first_counts() -> None:
    tally = tally_of("a")
    tally.add_output(failure("a", "output"))
    tally.add_error(failure("a", "first"))
    tally.add_error(failure("a", "second"))
    tally.add_output(failure("a", "late"))

    (cause,) = tally.result().causes

    assert (cause.code, cause.count, cause.share, cause.example) == ("first", 1, 1.0, "a")


def test_a_long_id_is_known_but_not_shown() -> None:
    tally = tally_of("x" * 65, "\ud800" * 65)
    tally.add_error(failure("x" * 65))

    result = tally.result()

    assert (result.counts.failed, result.counts.missing) == (1, 1)
    assert result.causes[0].example == "…"


def test_a_request_sent_again_is_not_duplicated_and_its_last_cause_counts() -> None:
    tally = tally_of("a", "b", "c")
    for line in (failure("a", "old"), failure("b", "old"), failure("c"), failure("c")):
        tally.add_error(line)
    tally.begin_retry()
    tally.add_output(answer("a"))
    tally.add_error(failure("b", "new"))

    result = tally.result()

    assert (result.counts.succeeded, result.counts.failed) == (1, 2)
    assert result.counts.duplicated == 1
    assert {cause.code for cause in result.causes} == {"new", "429"}


def test_failed_and_missing_are_sent_again_and_others_on_request() -> None:
    tally = tally_of("ok", "empty", "cut", "neither", "bad", "gone")
    tally.add_output(answer("ok"))
    tally.add_output(answer("empty", empty=True))
    tally.add_output(answer("cut", truncated=True))
    tally.add_output(answer("neither", empty=True, truncated=True))
    tally.add_error(failure("bad"))
    ids = ("ok", "empty", "cut", "neither", "bad", "gone", "unheard")

    def sent(*include: Include) -> list[str]:
        return [each for each in ids if is_sent_again(tally, each, include)]

    assert [each for each in ids if is_sent_again(tally, each)] == ["bad", "gone", "unheard"]
    assert sent(Include.FAILED) == ["bad"]
    assert sent(Include.EMPTY) == ["empty", "neither"]
    assert sent(Include.TRUNCATED) == ["cut", "neither"]
    assert not sent()


def test_what_has_failed_for_a_fault_of_its_own_needs_repair() -> None:
    ids = ("busy", "wrong", "odd", "ok", "gone", "late")
    tally = tally_of(*ids)
    for custom_id, code in (("busy", "429"), ("wrong", "400"), ("odd", "E1"), ("late", "400")):
        tally.add_error(failure(custom_id, code))
    for custom_id in ("ok", "late"):
        tally.add_output(answer(custom_id))

    assert [each for each in (*ids, "stranger") if tally.to_repair(each)] == ["wrong"]
    (cause,) = [each for each in tally.result().causes if each.retry_helps is False]
    assert tally.to_repair("wrong") == (cause.code, cause.message)
