"""What the documentation says is there: files, commands, events, pictures, examples."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click import Context, Group
from click.testing import CliRunner

from batchbell import __version__
from batchbell.cli.root import root
from batchbell.config import load
from batchbell.core.event import TOLD_BY_DEFAULT, EventKind, severity_of
from batchbell.core.example_events import sample
from batchbell.messages.build import build_message
from batchbell.receivers.channel_check import check_channel
from batchbell.receivers.compose import Composer
from batchbell.receivers.content import Content, Family
from batchbell.receivers.receiver import WebhookReceiver
from batchbell.receivers.template_words import FILTERS, variables
from tests.notifiers import send_once
from tests.timeout import TIMEOUT_SECONDS

if TYPE_CHECKING:
    from batchbell.core.delivery.outcome import Outcome

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
OPERATIONS = (REPOSITORY / "docs/operations.md").read_text(encoding="utf-8")
CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
PAGES = sorted(
    path.relative_to(REPOSITORY)
    for folder in (".", "daemon", "docs", "docs/decisions", "monitoring", "systemd")
    for path in (REPOSITORY / folder).glob("*.md")
)
IMAGES = sorted((REPOSITORY / "docs/images").iterdir())
KILOBYTE = 1000
_COMMAND = re.compile(r"(?:^|`|/bin/)batchbell ([a-z][a-z-]*)(?: ([a-z]+))?", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_and_images_of_a_page_lead_somewhere(page: Path) -> None:
    text = _without_code((REPOSITORY / page).read_text(encoding="utf-8"))
    inline = re.findall(r"\]\(([^)\s]+)\)", text)
    for target in [*inline, *re.findall(r'(?:href|src|srcset)="([^"]+)"', text)]:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = REPOSITORY / page.parent / name if name else REPOSITORY / page
        assert file.exists(), f"{page} refers to {target}"
        if anchor:
            assert anchor in _anchors(file), f"{page} refers to {target}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.parts[0] == "docs"], ids=str)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    linked = "".join((REPOSITORY / name).read_text(encoding="utf-8") for name in PAGES)

    assert f"]({page.as_posix()}" in README or f"]({page.name}" in linked


def test_every_command_named_in_a_page_exists() -> None:
    named = set()
    for page in PAGES:
        text = (REPOSITORY / page).read_text(encoding="utf-8")
        named |= set(
            re.findall(r"(?:`|/bin/)batchbell ([a-z][a-z-]*)(?: ([a-z]+))?", text, re.MULTILINE)
        )
    assert named
    for name, second in sorted(named):
        command = root.get_command(_context(), name)
        assert command is not None, f"batchbell {name}"
        if second and isinstance(command, Group) and not command.invoke_without_command:
            assert second in command.commands, f"batchbell {name} {second}"


def test_every_command_is_in_the_readme() -> None:
    for name in root.list_commands(_context()):
        assert re.search(rf"`(?:batchbell )?{name}\b|make {name}\b", README), name


def test_the_options_the_readme_names_exist() -> None:
    for name, option in re.findall(r"`batchbell ([a-z-]+)[^`\n]*?(--[a-z-]+)[^`\n]*`", README):
        assert option in CliRunner().invoke(root, [name, "--help"]).output, f"{name} {option}"


@pytest.mark.parametrize("kind", list(EventKind))
def test_each_kind_of_event_is_in_the_readme_with_what_it_is(kind: EventKind) -> None:
    table = README.partition("\n## What it tells\n")[2].partition("\n## ")[0]
    (row,) = (line for line in table.splitlines() if line.startswith("|") and f"`{kind}`" in line)
    _, _, severity, told, _ = row.split("|")

    assert severity_of(kind).name.lower() in severity
    assert told.strip() == ("yes" if kind in TOLD_BY_DEFAULT else "no")


@pytest.mark.parametrize("kind", list(EventKind))
def test_operations_says_what_to_do_about_each_kind_of_event(kind: EventKind) -> None:
    assert f"`{kind}`" in OPERATIONS


@pytest.mark.parametrize("heading", ["Failures", "Warnings"])
def test_operations_sorts_events_by_their_severity(heading: str) -> None:
    table = OPERATIONS.partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    kinds = set(re.findall(r"^\| `([a-z._]+)` \|", table, re.MULTILINE))

    severity = heading.removesuffix("s").upper()
    assert kinds == {kind for kind in EventKind if severity_of(kind).name == severity}


def test_the_changes_have_this_version() -> None:
    assert re.search(
        rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", CHANGELOG, re.MULTILINE
    )


def test_the_readmes_configuration_is_valid(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    file = tmp_path / "batchbell.toml"
    file.write_text(example, encoding="utf-8")
    file.chmod(0o600)
    environ = {"HOME": str(tmp_path), "TOGETHER_API_KEY": "fake-key"}

    loaded = load(file, environ, check_channel=check_channel)

    assert set(loaded.settings.channels) == set(tomllib.loads(example)["channels"])
    assert not loaded.warnings


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_a_picture_is_small_and_shown_somewhere(image: Path) -> None:
    limit = {".svg": 200, ".png": 300}[image.suffix] * KILOBYTE

    assert image.stat().st_size < limit
    assert any(image.name in (REPOSITORY / page).read_text(encoding="utf-8") for page in PAGES)


@pytest.mark.parametrize("image", [path for path in IMAGES if path.suffix == ".svg"], ids=str)
def test_a_drawing_refers_to_nothing_outside_itself(image: Path) -> None:
    text = image.read_text(encoding="utf-8").replace("http://www.w3.org/", "")

    assert not re.search(r"""(?:href|src)\s*=|@import|url\((?!["']?#)""", text)
    assert "@font-face" not in text


def test_without_a_browser_the_pictures_say_which_package_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.pictures"],
        cwd=REPOSITORY,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == "pictures: no chromium; on Debian and Ubuntu: apt-get install chromium\n"


def _context() -> Context:
    return Context(root)


def _without_code(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def _anchors(page: Path) -> set[str]:
    """Return what can stand behind a page's `#`: its headings as GitHub writes them."""
    headings = re.findall(
        r"^#+ (.+)$", _without_code(page.read_text(encoding="utf-8")), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


HOOKS = (REPOSITORY / "docs/hooks.md").read_text(encoding="utf-8")
TEMPLATES = (REPOSITORY / "docs/templates.md").read_text(encoding="utf-8")
DOCUMENT = json.dumps(
    Composer(family=Family.HOOK)
    .compose([sample(EventKind.EXPIRED, datetime(2026, 11, 23, tzinfo=UTC))], datetime.now(UTC))
    .payload
)


@pytest.mark.parametrize(
    "example", re.findall(r"^```toml\n(.*?)^```", TEMPLATES, re.MULTILINE | re.DOTALL)
)
def test_the_templates_of_the_page_work(tmp_path: Path, example: str) -> None:
    file = tmp_path / "batchbell.toml"
    file.write_text(example, encoding="utf-8")
    file.chmod(0o600)
    environ = {"HOME": str(tmp_path), "TOGETHER_API_KEY": "fake-key"}
    (name,) = load(file, environ, check_channel=check_channel).settings.channels
    for arguments in (
        ["--event", "batch.failed"],
        ["--digest", "7"],
        ["--event", "channel.failing"],
    ):
        shown = CliRunner().invoke(
            root, ["--config", str(file), "preview", "--channel", name, *arguments], env=environ
        )
        assert shown.exit_code == 0, shown.output
        assert "template failed" not in shown.output


def test_the_page_of_templates_names_every_variable_and_filter() -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    known = variables(build_message([sample(EventKind.RESULTS, now)]), now, UTC)
    event, job, results = known["event"], known["event"]["job"], known["event"]["results"]
    for name in (
        *known,
        *(f"message.{each}" for each in known["message"]),
        *(f"event.{each}" for each in event),
        *FILTERS,
    ):
        assert re.search(rf"`{re.escape(name)}[`.(]", TEMPLATES), name
    for name in job:
        assert f"`{name}`" in TEMPLATES or f"`event.job.{name}`" in TEMPLATES, name
    for name in results:
        assert f"`{name}`" in TEMPLATES or f"`event.results.{name}`" in TEMPLATES, name


def test_the_receiver_of_the_page_verifies_and_refuses() -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```", HOOKS, re.MULTILINE | re.DOTALL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = "whsec_ZmFrZS1mYWtlLWZha2UtZmFrZS1mYWtlLWZha2UtMDE="
    process = subprocess.Popen(
        [sys.executable, "-c", program, secret, str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        content = Content(family=Family.HOOK, title="t", text="x", payload=json.loads(DOCUMENT))
        url = f"http://127.0.0.1:{port}/"
        outcome = asyncio.run(_posted(WebhookReceiver(url, secret), content))
        assert outcome.delivered, outcome
        assert process.stdout is not None
        assert process.stdout.readline().startswith("batch.expired EXPIRED: nightly-eval")
        forged = WebhookReceiver(url, secret.replace("ZmFr", "AAAA"))
        assert not asyncio.run(send_once("hook", forged, content, "key")).delivered
    finally:
        process.kill()
        process.communicate()


async def _posted(receiver: WebhookReceiver, content: Content) -> Outcome:
    """Post until the receiver has started to listen."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            outcome = await send_once("hook", receiver, content, "key")
            if outcome.delivered or "no connection" not in outcome.reason:
                return outcome


@pytest.mark.skipif(shutil.which("jq") is None, reason="needs jq: apt-get install jq")
def test_the_script_of_the_page_reads_the_document() -> None:
    (script,) = re.findall(r"^```sh\n(#!/bin/sh.*?)^```", HOOKS, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        ["sh", "-c", script],  # noqa: S607 - whichever sh there is
        input=DOCUMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "fetching file-example-output\n"
