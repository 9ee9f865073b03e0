from __future__ import annotations

import json
import random
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.results.lines import ResultLine
from batchbell.core.results.masking import LONGEST_MESSAGE, MASK, masked_code, masked_message
from batchbell.core.results.tally import Tally
from batchbell.core.results.words import WORDS

MARKED = [
    "zebrafish lanterns hum",
    "zebrafish",
    "Zebrafish-lanterns_hum 4711",
    "Wie geht es dem Zebrafisch?",
    "斑马鱼 的 灯笼",
    "Какие зебры лампа",
    "مصباح سمكة",
    "zebra\nfish\tlantern",
]


@pytest.mark.parametrize("prompt", MARKED)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "Invalid request: {} is not allowed",
        "Invalid prompt '{}': too long",
        'Could not parse "{}"',
        "`{}` is unsupported",
        "Message “{}” was refused",
        "Unexpected value '{}",
        'The field has ["{}", "{}"] in it',
        "zebrafish/{}/lantern",
    ],
)
def test_nothing_of_a_prompt_survives(prompt: str, around: str) -> None:
    kept = masked_message(around.replace("{}", prompt))

    assert not set(re.findall(r"\w+", prompt.lower())) & set(re.findall(r"\w+", kept.lower()))


def test_nothing_of_a_prompt_in_json_survives() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": "please retry the request"}]})

    assert masked_message(f"Invalid body: {body} at line 3") == "Invalid body: … at line …"
    assert masked_message(f"Invalid body: {body[:60]}") == "Invalid body: …"


def test_a_quoted_prompt_of_common_words_does_not_survive() -> None:
    assert masked_message('The prompt "please retry the request" is too long') == (
        "The prompt … is too long"
    )


@given(st.text())
def test_what_is_kept_is_words_of_the_list(message: str) -> None:
    kept = masked_message(message).split()

    assert {word.rstrip(".,:;").lower() for word in kept} - {MASK} <= WORDS


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("", ""),
        ("...", ""),
        (
            "Rate limit exceeded: 60 requests per minute. Retry after 3.2 seconds (id r_9).",
            "Rate limit exceeded: … requests per minute. Retry after … id …",
        ),
        ("'max_tokens' must be at most 4096", "max_tokens must be at most 4096"),
        (
            "max_tokens is too large: 5000. This model supports at most 4096 tokens, not 5000.",
            "max_tokens is too large: … This model … at most 4096 tokens, not …",
        ),
        ("Invalid value for max_tokens: 4096", "Invalid value for max_tokens: …"),
        ("The model 'a/b c' couldn't be loaded", "The model … couldn't be loaded"),
        (
            "This model's maximum context length is 131072 tokens, the request has 133120",
            "This model's maximum context length is 131072 tokens, the request has …",
        ),
        ("a " * 500, "a " * 39 + "…"),
    ],
)
def test_an_error_can_still_be_understood(message: str, masked: str) -> None:
    assert masked_message(message) == masked


PHRASES = [
    "maximum context length is",
    "context window of",
    "token limit:",
    "exceeds the maximum of",
    "must be at most",
    "must be less than or equal to",
]


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize("limit", ["512", "2000", "32769", "202752", "1048576"])
def test_a_limit_is_kept(phrase: str, limit: str) -> None:
    for end in ("", ".", " tokens", ", however"):
        assert limit in masked_message(f"The {phrase} {limit}{end}")


@pytest.mark.parametrize("phrase", PHRASES)
@pytest.mark.parametrize(
    "number",
    [
        "4111111111111111",
        "4000 1111 1111 1111",
        "4000-1111-1111-1111",
        "4000, 1111",
        "4000.1111",
        "4000\u00a01111",
        "+4940001111",
        "040001000",
        "20480000",
        "(4000) 555000",
        "5551234",
        "1987",
        "4711",
        "٤٠٠٠",
        "4000€",
        "4000x",
        "4000/2000",
        "-4096",
        "64",
        '4000 "1111 1111"',
        "'4000 please'",
    ],
)
def test_of_a_number_of_people_no_digit_is_kept(phrase: str, number: str) -> None:
    for around in ("{}", "{}.", "{} please", "Invalid prompt: my {}", "'{} is it'", "{} {}"):
        said = around.replace("{}", f"{phrase} {number}")

        assert not re.search(r"\d", masked_message(said)), said


def test_a_number_away_from_a_phrase_is_masked() -> None:
    for said in (
        "4096",
        "has 4096 tokens",
        "maximum 4096",
        "at most 4096",
        "context\nlength is 4096",
    ):
        assert not re.search(r"\d", masked_message(said)), said


@pytest.mark.parametrize("quoted", ['"{}"', "'{}'", "`{}`", "“{}”", '["{}"]', '"{}'])
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_limit_in_a_quoted_prompt_is_masked(quoted: str, phrase: str) -> None:
    said = "Invalid prompt: " + quoted.replace("{}", f"say that the {phrase} 4096 please")

    assert masked_message(said) == "Invalid prompt: …"


def test_a_number_that_is_cut_is_masked() -> None:
    phrase = "maximum context length is "
    said = "x" * (LONGEST_MESSAGE - len(phrase) - 5) + " " + phrase + "4000111111111111"

    assert not re.search(r"\d", masked_message(said))


@given(st.sampled_from(PHRASES), st.text("0123456789 -+().,/x\n\t٤"))
def test_what_is_kept_of_digits_is_a_short_round_number(phrase: str, digits: str) -> None:
    numbers = re.findall(r"\d+", masked_message(f"{phrase} {digits}"))

    assert all(len(n) <= 7 and (int(n) % 1_000 == 0 or int(n) % 512 <= 1) for n in numbers)
    assert len(numbers) <= 1


def test_limits_that_are_computed_for_each_row_are_few_causes() -> None:
    said = {masked_message(f"max_tokens must be at most {left}") for left in range(1, 131_072)}

    assert len(said) < 700


def test_a_code_is_kept_where_it_is_plain() -> None:
    assert masked_code("rate_limit-exceeded.1") == "rate_limit-exceeded.1"
    assert masked_code("") == ""
    assert masked_code("my prompt") == masked_code("x" * 65) == masked_code("é") == MASK


@pytest.mark.unmeasured
def test_many_errors_of_three_causes_make_three_groups() -> None:
    chance = random.Random(1)  # noqa: S311  (no secret comes of it)
    tally = Tally()
    expected = [20_000, 18_000, 12_000]
    kinds = [kind for kind, count in enumerate(expected) for _ in range(count)]
    chance.shuffle(kinds)
    for number in range(len(kinds)):
        tally.add_input(f"row-{number}")
    for number, kind in enumerate(kinds):
        uuid = UUID(int=chance.getrandbits(128))
        code, message = (
            ("429", f"Rate limit reached for org-{uuid.hex[:9]}: {chance.random():.3f} s left."),
            ("400", f"Input of {chance.randint(9, 99_999)} tokens is too long ({uuid})"),
            ("", f"Request req_{uuid.hex} timed out after {chance.randint(1, 99)} seconds"),
        )[kind]
        tally.add_error(ResultLine(f"row-{number}", ok=False, code=code, message=message))

    causes = tally.result().causes

    assert [cause.count for cause in causes] == expected
    assert [cause.retry_helps for cause in causes] == [True, False, True]
    assert sum(cause.share for cause in causes) == pytest.approx(1)
