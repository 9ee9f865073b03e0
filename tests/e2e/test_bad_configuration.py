"""A configuration that can't be used: everything wrong with it is told, and no secret."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.timeout import TIMEOUT_SECONDS
from tests.warm_start import shared_server

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "obviously-fake-s3cret"
#: File text, environment, and what must be said.
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "nothing at all": ("", {}, ["TOGETHER_API_KEY"]),
    "several mistakes in one file": (
        f"""
        log_level = "loud"
        [accounts.default]
        api_key = "{SECRET}"
        poll_intervall = "60s"
        request_timeout = "30"
        [accounts.Second]
        api_key = "{SECRET}"
        [channels.team]
        url = "slak://{SECRET}"
        events = ["batch.finished"]
        [history]
        keep = -1
        """,
        {},
        [
            "log_level: ",
            "accounts.default.poll_intervall: ",
            "poll_interval",
            "accounts.default.request_timeout: ",
            "accounts.Second: ",
            "channels.team.url: ",
            "slack://",
            "channels.team.events",
            "history.keep: ",
        ],
    ),
    "variables": (
        "",
        {
            "TOGETHER_API_KEY": SECRET,
            "BATCHBELL_ACCOUNTS__DEFAULT__POLL_INTERVALL": "60s",
            "BATCHBELL_CHANNELS__TEAM__URL": f"json://user:{SECRET}@host/?optional=yes",
            "BATCHBELL_LOG_FORMAT": "xml",
        },
        ["POLL_INTERVALL", "BATCHBELL_CHANNELS__TEAM__URL", "optional", "auto, text, json"],
    ),
    "a secret and its file": (
        f"""
        [accounts.default]
        api_key = "{SECRET}"
        api_key_file = "/nowhere/{SECRET}"
        [channels.team]
        url_file = "/nowhere/at/all"
        """,
        {},
        ["accounts.default", "api_key_file", "channels.team.url_file"],
    ),
    "no TOML": (f'[accounts.default]\napi_key = "{SECRET}\n', {}, ["batchbell.toml"]),
}


# It ends before a database is opened.
@pytest.mark.sqlite
@pytest.mark.parametrize("case", CASES)
def test_everything_wrong_is_told_at_once_without_a_secret(tmp_path: Path, case: str) -> None:
    text, environ, expected = CASES[case]
    file = tmp_path / "batchbell.toml"
    file.touch(mode=0o600)
    file.write_text(text)

    ended = shared_server().run(
        ["--config", str(file), "run"],
        environ={**os.environ, "HOME": str(tmp_path), **environ},
        cwd=tmp_path,
        timeout=TIMEOUT_SECONDS,
    )
    assert ended.returncode == 78
    for words in expected:
        assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert SECRET not in ended.stdout + ended.stderr
    assert not (tmp_path / "bell.db").exists()
