from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from batchbell.cli.preview import FAMILIES
from batchbell.cli.root import root
from batchbell.core.event import EventKind
from batchbell.receivers.content import Family

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

CONFIG = """
[accounts.default]
api_key = "fake-key"
[channels.mail]
url = "mailto://bell:fake@127.0.0.1:2525/?from=bell@example.org&to=ops@example.org"
timezone = "Europe/Berlin"
subject = "bell: {{ message.title }}"
[web]
public_url = "https://bell.example.com"
"""


def preview(*arguments: str, config: Path | None = None) -> Result:
    more = [] if config is None else ["--config", str(config)]
    return CliRunner().invoke(root, [*more, "preview", *arguments])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "batchbell.toml"
    path.write_text(f'database_url = "sqlite:///{tmp_path}/bell.db"\n{CONFIG}')
    return path


def test_the_families_are_all_there() -> None:
    assert set(FAMILIES) == {family.value for family in Family}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["batch.failed", "account.unreachable"])
def test_every_family_can_be_seen(family: str, kind: str) -> None:
    result = preview("--family", family, "--event", kind)
    assert result.exit_code == 0
    what = "nightly-eval" if kind == "batch.failed" else "default"
    assert what in result.output.splitlines()[0]


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_can_be_seen(kind: EventKind) -> None:
    assert preview("--event", kind.value).exit_code == 0


def test_without_anything_it_is_a_failure_in_plain_text() -> None:
    first, _, *_ = preview().output.splitlines()
    assert first == "FAILED: nightly-eval, line 3: invalid JSON   [plain]"


def test_a_digest_and_a_reminder_can_be_seen() -> None:
    assert (
        "2 FAILED: nightly-eval-05, nightly-eval; EXPIRED: nightly-eval-04;"
        in preview("--digest", "7").output
    )
    assert preview("--reminder").output.startswith("Reminder: FAILED: nightly-eval")


def test_a_channel_is_shown_with_its_own_words_and_clock(config: Path) -> None:
    shown = preview("--channel", "mail", config=config).output
    assert shown.startswith("bell: FAILED: nightly-eval")
    assert re.search(r"\d\d:\d\d CET$", shown, re.MULTILINE)
    assert "https://bell.example.com/" in shown


@pytest.mark.parametrize(
    ("name", "options", "beginning"),
    [
        ("mail.html", ("--family", "mail"), "<!DOCTYPE html>"),
        ("slack.json", ("--family", "slack"), "{"),
        ("hook.json", ("--family", "hook"), "{"),
        ("message.txt", (), "FAILED"),
    ],
)
def test_a_file_gets_the_part_that_its_ending_asks_for(
    tmp_path: Path, name: str, options: tuple[str, ...], beginning: str
) -> None:
    path = tmp_path / name
    assert preview(*options, "--output", str(path)).exit_code == 0
    assert path.read_text().startswith(beginning)


def test_the_json_has_everything() -> None:
    content = json.loads(preview("--family", "mail", "--json").output)
    assert content["family"] == "mail"
    assert content["html"].startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--event", "batch.faild"), "the nearest is batch.failed"),
        (("--channel", "mial"), "there is no channel 'mial'; the nearest is mail"),
        (("--channel", "mail", "--family", "mail"), "exclude each other"),
        (("--event", "batch.failed", "--digest", "3"), "exclude each other"),
        (("--output", "x.html"), "only mail has a page"),
        (("--output", "x.json"), "plain has no payload"),
        (("--output", "/nowhere/x.txt"), "can't write /nowhere/x.txt"),
    ],
)
def test_a_slip_is_told_in_a_sentence(
    config: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    result = preview(*arguments, config=config)
    assert result.exit_code == 2
    assert sentence in result.output
