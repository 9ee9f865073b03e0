"""`batchbell notify-test`: a sample message through the real path, and how it went."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from batchbell.cli.loading import load_config
from batchbell.cli.screen.signs import COLOURS, sign
from batchbell.core.event import Severity
from batchbell.errors import BatchbellError, UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from batchbell.cli.root import Invocation
    from batchbell.config import ChannelSettings, WebSettings
    from batchbell.core.event import Event
    from batchbell.notifier import Notifier
    from batchbell.render import Content

#: How every sample says what it is.
TEST_MARK = "[test]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How the test of one channel went."""

    channel: str
    delivered: bool
    reason: str
    duration_seconds: float


@click.command("notify-test")
@click.argument("channel", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, channel: str | None, as_json: bool) -> None:
    """Send a sample message to every channel, or to CHANNEL, and print how it went.

    Filters don't apply and nothing is recorded. Exit status 1 if one could not be delivered.
    """
    invocation: Invocation = ctx.obj
    settings = load_config(invocation.config_file).settings
    channels = settings.channels
    if not channels:
        raise BatchbellError(
            "there is no channel to test: write [channels.NAME] with a url into the configuration"
        )
    if channel is not None:
        channels = {channel: _named(channel, channels)}
    results = asyncio.run(_test_all(channels, settings.web, as_json=as_json))
    if as_json:
        click.echo(json.dumps({"channels": [asdict(result) for result in results]}, indent=2))
    ctx.exit(int(not all(result.delivered for result in results)))


def sample_event(now: datetime) -> Event:
    """Return a failed job as it might be, that says of itself that it is a test."""
    from batchbell.core.batch_job import BatchJob
    from batchbell.core.event import Event, EventKind

    job = BatchJob(
        id=f"test-{uuid4()}",
        status="FAILED",
        progress=0.425,
        model_id="meta-llama/Llama-3.3-70B-Instruct-Turbo",
        endpoint="/v1/chat/completions",
        created_at=now - timedelta(minutes=12),
        job_deadline=now + timedelta(hours=23, minutes=48),
        input_file_id="file-test-input",
        error_file_id="file-test-errors",
        error="this is a test by `batchbell notify-test`: no job failed, there is nothing to do",
    )
    return Event(
        kind=EventKind.FAILED,
        account="test",
        job_id=job.id,
        qualifier="end:FAILED",
        happened_at=now,
        seen_at=now,
        job=job,
        facts={"previous_status": "IN_PROGRESS"},
    )


def _named(name: str, channels: dict[str, ChannelSettings]) -> ChannelSettings:
    from batchbell.config.nearest import nearest

    if name not in channels:
        raise UsageError(f"there is no channel {name!r}; the nearest is {nearest(name, channels)}")
    return channels[name]


async def _test_all(
    channels: dict[str, ChannelSettings], web: WebSettings, *, as_json: bool
) -> list[Result]:
    results = []
    async for result in _as_they_end(channels, web):
        results.append(result)
        if not as_json:
            click.echo(_line(result))
    return sorted(results, key=lambda result: result.channel)


async def _as_they_end(
    channels: dict[str, ChannelSettings], web: WebSettings
) -> AsyncIterator[Result]:
    """Test all at once: a slow channel holds up no other's line."""
    from batchbell.assembly import composer_of
    from batchbell.notifier import Notifier

    now = datetime.now(UTC)
    event = sample_event(now)
    notifier = Notifier()
    tests = []
    for name, channel in channels.items():
        content = composer_of(channel, web, notifier).compose([event], now)
        content = replace(content, title=f"{TEST_MARK} {content.title}")
        tests.append(_test(notifier, name, channel, content))
    for ended in asyncio.as_completed(tests):
        yield await ended


async def _test(
    notifier: Notifier, name: str, channel: ChannelSettings, content: Content
) -> Result:
    from batchbell.assembly import receiver_of

    started = monotonic()
    outcome = await notifier.send(name, receiver_of(channel), content, str(uuid4()))
    return Result(
        channel=name,
        delivered=outcome.delivered,
        reason=outcome.reason,
        duration_seconds=round(monotonic() - started, 3),
    )


def _line(result: Result) -> str:
    severity = Severity.SUCCESS if result.delivered else Severity.FAILURE
    mark = click.style(sign(severity), fg=COLOURS[severity])
    return f"{mark} {result.channel}: {result.reason} ({result.duration_seconds:.1f} s)"
