"""`config show`: each value with its origin, no secret."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

from batchbell.config.names import pattern
from batchbell.config.show import as_json, as_text, rows
from batchbell.config.table import NAMES
from tests.config.conftest import ACCOUNT

if TYPE_CHECKING:
    from tests.config.conftest import Machine

TEXT = (
    ACCOUNT
    + """
[alerts]
heartbeat_url = "https://hidden.example"
[channels.team]
url = "json://hidden"
events = ["batch.failed"]
[channels.ops]
url = "json://hidden"
[results]
max_file_bytes = "2500MB"
keep_for = "off"
[prices."meta-llama/Llama-3.3-70B"]
input = 0.88
output = 1
"""
)


def test_every_key_has_a_row_with_its_origin(machine: Machine) -> None:
    loaded = machine.load(TEXT, BATCHBELL_WEB__ENABLED="false")
    found = {row.path: (row.value, row.origin) for row in rows(loaded)}
    file = f"file {loaded.path}"
    assert found["accounts.default.api_key"] == ("<secret>", file)
    assert found["accounts.default.poll_interval"] == ("1m", "default")
    assert found["alerts.heartbeat_url"] == ("<secret>", file)
    assert found["alerts.deadline_warnings"] == (["6h", "1h", "15m"], "default")
    assert found["channels.team.url"] == ("<secret>", file)
    assert found["channels.team.events"] == (["batch.failed"], file)
    assert found["channels.ops.events"] == (None, "default")
    assert found["channels.ops.min_severity"] == ("info", "default")
    assert found["channels.ops.remind_every"] == ("off", "default")
    assert found["web.enabled"] == (False, "environment BATCHBELL_WEB__ENABLED")
    assert found["accounts.default.collect"] == (None, "default")
    assert found["results.collect"] == ("verdict", "default")
    assert found["results.max_file_bytes"] == ("2500MB", file)
    assert found["results.keep_for"] == ("off", file)
    assert found['prices."meta-llama/Llama-3.3-70B".input'] == (0.88, file)
    patterns = {pattern(row.key_path) for row in rows(loaded)}
    assert patterns == NAMES.keys


def test_the_path_of_the_database_is_no_secret(machine: Machine) -> None:
    loaded = machine.load(ACCOUNT, STATE_DIRECTORY="/data")
    assert rows(loaded)[0].value == "sqlite:////data/batchbell.db"


def test_an_empty_secret_is_shown_as_empty(machine: Machine) -> None:
    found = {row.path: row.value for row in rows(machine.load(ACCOUNT))}
    assert found["alerts.heartbeat_url"] == ""


def test_the_text_reads_as_a_file_again(machine: Machine) -> None:
    loaded = machine.load(TEXT)
    text = as_text(loaded)
    assert f"# file: {loaded.path}\n" in text
    assert 'poll_interval = "1m"  # default\n' in text
    assert "# events: the kinds told by default  # default\n" in text
    assert "hidden" not in text
    table = tomllib.loads(text)
    assert table["accounts"]["default"]["api_key"] == "<secret>"
    assert table["history"] == {"keep": "90d"}
    assert table["prices"] == {"meta-llama/Llama-3.3-70B": {"input": 0.88, "output": 1.0}}
    assert "# collect: `results.collect`  # default\n" in text


def test_the_json_holds_the_same(machine: Machine) -> None:
    answer = json.loads(json.dumps(as_json(machine.load(TOGETHER_API_KEY="hidden"))))
    assert answer["file"] is None
    assert answer["warnings"]
    assert {
        "path": "accounts.default.api_key",
        "value": "<secret>",
        "origin": "environment TOGETHER_API_KEY",
    } in answer["values"]
