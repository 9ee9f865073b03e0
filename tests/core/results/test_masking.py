from __future__ import annotations

import json
import random
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchbell.core.results.lines import ResultLine
from batchbell.core.results.masking import MASK, masked_code, masked_message
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
        ("'max_tokens' must be at most 4096", "max_tokens must be at most …"),
        ("The model 'a/b c' couldn't be loaded", "The model … couldn't be loaded"),
        (
            "This model's maximum context length is 8192 tokens",
            "This model's maximum context length is … tokens",
        ),
        ("a " * 500, "a " * 39 + "…"),
    ],
)
def test_an_error_can_still_be_understood(message: str, masked: str) -> None:
    assert masked_message(message) == masked


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
