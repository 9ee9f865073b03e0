from __future__ import annotations

import pytest

from batchbell.core.results.retry_helps import (
    is_of_the_account,
    is_of_the_model,
    is_passing,
    retry_helps,
)


@pytest.mark.parametrize(
    ("status", "code", "message", "helps"),
    [
        (429, "", "", True),
        (408, "", "", True),
        (503, "", "", True),
        (None, "500", "", True),
        (None, "rate_limit_exceeded", "", True),
        (None, "", "Request timed out after …", True),
        (None, "", "The server is overloaded", True),
        (None, "", "No capacity available", True),
        (None, "server_error", "invalid", True),
        (400, "", "rate limit", False),
        (402, "", "", False),
        (None, "404", "", False),
        (None, "invalid_request_error", "timeout", False),
        (None, "context_length_exceeded", "", False),
        (None, "", "violates policy", False),
        (None, "", "malformed", False),
        (None, "", "something happened", None),
        (200, "17", "", None),
        (None, "", "", None),
    ],
)
def test_it_helps_where_the_failure_was_not_the_requests(
    status: int | None, code: str, message: str, *, helps: bool | None
) -> None:
    assert retry_helps(status, code, message) is helps


@pytest.mark.parametrize(
    "error",
    [
        "upstream said: 503 Service Unavailable - the model is overloaded, please retry later",
        "Internal error while running inference: worker lost connection to shard 3 of 8",
        "Rate limit exceeded, retry after 20 s",
        "Too Many Requests",
        "upstream: HTTP 502",
    ],
)
def test_an_error_of_the_servers_alone_passes(error: str) -> None:
    assert is_passing(error)


@pytest.mark.parametrize(
    "error",
    [
        "model is not available for batch inference",
        "too many requests in the file",
        "invalid timeout",
        "server error: missing custom_id",
        "the prompt has 512 tokens",
        "",
    ],
)
def test_an_error_that_may_be_about_the_input_is_not_said_to_pass(error: str) -> None:
    assert not is_passing(error)


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        ("model is not available for batch inference", True),
        ("Model Qwen/Qwen2.5-7B not found", True),
        ("The model 'a/b' does not support batches", True),
        ("unknown model a/b", True),
        ("503 Service Unavailable: the model is not available, retry later", False),
        ("the file was not found", False),
        ("the model is fine; the file is not available", False),
        ("", False),
    ],
)
def test_an_error_about_the_model_says_that_the_same_fails_again(
    error: str, *, is_so: bool
) -> None:
    assert is_of_the_model(error) is is_so


@pytest.mark.parametrize(
    "error",
    [
        "insufficient funds",
        "Insufficient credits. Please add credit to your account",
        "402: Payment Required",
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "Quota exceeded for this organization",
        "Billing hard limit has been reached",
        "credit limit exceeded",
        "your balance is too low",
        "out of credits",
    ],
)
def test_an_account_without_credit_is_told_from_a_bad_input(error: str) -> None:
    assert is_of_the_account(error)


@pytest.mark.parametrize(
    "error",
    [
        "rate limit exceeded: quota of 100 requests exceeded",
        "quota of tokens per minute exceeded",
        "the input file is larger than the quota: quota exceeded",
        "insufficient capacity",
        "credit card numbers are not allowed",
        "billing service unavailable",
        "",
    ],
)
def test_what_is_not_about_money_asks_for_no_credit(error: str) -> None:
    assert not is_of_the_account(error)
