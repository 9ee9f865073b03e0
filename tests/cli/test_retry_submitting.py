"""How to submit what `retry` wrote, as it is told of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.config_file import API_KEY, batchbell, poll, write_config
from tests.simulator.thread import ThreadedSimulator, running_simulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def api() -> Iterator[ThreadedSimulator]:
    with running_simulator() as simulator:
        yield simulator


def said(api: ThreadedSimulator, config: Path, *options: str) -> str:
    """Return what `retry` says of a job that failed."""
    none = {"output_file_id": None, "error_file_id": None, "error": None}
    job_id = api.add_job(status="FAILED", **none)
    again = config.with_name("again.jsonl")
    result = batchbell(config, "retry", job_id, "--to", str(again), *options)
    assert result.exit_code == 0, result.output
    assert API_KEY not in result.output
    return result.output


def test_one_way_is_told_and_another_when_asked_for(api: ThreadedSimulator, tmp_path: Path) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    usual = said(api, config)
    assert "\nSubmit them, with curl:\n" in usual
    assert "tg batches" not in usual
    by_cli = said(api, config, "--with", "cli")
    assert "\nSubmit them, with the official CLI (together 3):\n" in by_cli
    assert "curl" not in by_cli


def test_a_key_in_the_configuration_is_expected_in_the_usual_variable(
    api: ThreadedSimulator, tmp_path: Path
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    key = '"${TOGETHER_API_KEY:?not set: nothing is sent}"'
    assert f"\n    key={key}\n" in said(api, config)


def test_of_several_accounts_the_key_is_in_a_variable_of_its_own(
    api: ThreadedSimulator, tmp_path: Path
) -> None:
    config = write_config(tmp_path, base_url=api.base_url, accounts=("production", "research"))
    text = said(api, config, "--account", "research")
    assert "\nSubmit them, with curl and the key of account research:\n" in text
    assert '"${BATCHBELL_ACCOUNTS__RESEARCH__API_KEY:?not set: ' in text


def test_the_variable_is_named_that_the_key_comes_from(
    api: ThreadedSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    monkeypatch.setenv("BATCHBELL_ACCOUNTS__DEFAULT__API_KEY", "another-fake-key")
    text = said(api, config)
    assert '"${BATCHBELL_ACCOUNTS__DEFAULT__API_KEY:?not set: ' in text
    assert "another-fake-key" not in text


def test_a_key_in_a_file_is_read_from_there(api: ThreadedSimulator, tmp_path: Path) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    key = tmp_path / "the key"
    key.write_text(API_KEY)
    text = config.read_text().replace(f'api_key = "{API_KEY}"', f'api_key_file = "{key}"')
    config.write_text(text)
    assert f"\n    key=$(cat '{key}')\n" in said(api, config)


def test_what_lists_ask_for_is_acknowledged_last(api: ThreadedSimulator, tmp_path: Path) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    none = {"output_file_id": None, "error_file_id": None, "error": None}
    job_id = api.add_job(status="FAILED", **none)
    again = str(tmp_path / "again")
    assert batchbell(config, "retry", job_id, "--to", again).output.endswith("\n  )\n")
    poll(config)
    ack = f"    Then take the job off the list: batchbell ack -- {job_id}\n"
    assert batchbell(config, "retry", job_id, "--to", again).output.endswith(f"\n  )\n{ack}")


def test_a_name_that_would_drive_a_terminal_has_no_command(
    api: ThreadedSimulator, tmp_path: Path
) -> None:
    config = write_config(tmp_path, base_url=api.base_url)
    text = said(api, config, "--to", str(tmp_path / "a\u202eb"))
    assert "set -e" not in text
