"""`batchbell notify-test`: a sample message through the real path, and how it went."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

import click

from batchbell.cli.channel_argument import named_channel
from batchbell.cli.completing import channel_names
from batchbell.cli.loading import load_config
from batchbell.cli.terminal.health_lines import hold_words
from batchbell.cli.terminal.notify_lines import Result, trial_lines
from batchbell.errors import BatchbellError
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from batchbell.cli.root import Invocation
    from batchbell.config import ChannelSettings, WebSettings
    from batchbell.core.event import Event
    from batchbell.receivers.content import Content
    from batchbell.receivers.notifier import Notifier

#: How every sample says what it is.
TEST_MARK = "[test]"


@click.command("notify-test")
@click.argument("channel", required=False, shell_complete=channel_names)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def command(ctx: click.Context, channel: str | None, as_json: bool) -> None:
    """Send a sample message to every channel, or to CHANNEL, and print how it went.

    Filters don't apply and nothing is recorded. Of one that fails it says where that is, what to
    look at, and what becomes of the messages that wait; the exit status is 1 then.
    """
    invocation: Invocation = ctx.obj
    settings = load_config(invocation.config_file).settings
    channels = settings.channels
    if not channels:
        raise BatchbellError(
            "there is no channel to test: write [channels.NAME] with a url into the configuration"
        )
    if channel is not None:
        channels = {channel: named_channel(channel, channels)}
    waiting = {} if as_json else _waiting(invocation.config_file)
    results = asyncio.run(_test_all(channels, settings.web, waiting, as_json=as_json))
    if as_json:
        click.echo(json.dumps({"channels": [asdict(result) for result in results]}, indent=2))
    ctx.exit(int(not all(result.delivered for result in results)))


def test_event(now: datetime) -> Event:
    """Return a failed job as it might be, that says of itself that it is a test."""
    from batchbell.core.event import EventKind
    from batchbell.core.example_events import sample

    event = sample(EventKind.FAILED, now)
    error = "this is a test by batchbell notify-test: no job failed, there is nothing to do"
    job_id = f"test-{uuid4()}"
    job = None if event.job is None else replace(event.job, id=job_id, error=error)
    return replace(event, account="test", job_id=job_id, job=job)


def _waiting(config_file: Path | None) -> dict[str, int]:
    """Return how many messages wait for a receiver alone, by channel.

    Nothing of a channel that is disabled or held: its messages wait for more than that. Nothing
    without a database to ask.
    """
    from batchbell.cli.reading import open_database, reading
    from batchbell.errors import DatabaseError
    from batchbell.store.views.channels import channel_views

    try:
        with reading(open_database(config_file)) as connection:
            views = channel_views(connection)
    except DatabaseError:
        return {}
    now = datetime.now(UTC)
    return {
        view.name: view.backlog.pending
        for view in views
        if view.health.disabled_at is None and not hold_words(view.health, now)
    }


async def _test_all(
    channels: dict[str, ChannelSettings],
    web: WebSettings,
    waiting: dict[str, int],
    *,
    as_json: bool,
) -> list[Result]:
    from batchbell.receivers.configured import receiver_of
    from batchbell.receivers.place import place_of

    results = []
    async for result in _as_they_end(channels, web):
        results.append(result)
        if not as_json:
            place = place_of(receiver_of(channels[result.channel]))
            said = trial_lines(result, place, waiting.get(result.channel, 0))
            click.echo("\n".join(said))
    return sorted(results, key=lambda result: result.channel)


async def _as_they_end(
    channels: dict[str, ChannelSettings], web: WebSettings
) -> AsyncIterator[Result]:
    """Test all at once: a slow channel holds up no other's line."""
    from batchbell.receivers.notifier import Notifier
    from batchbell.runtime.channel_parts import composer_of

    now = datetime.now(UTC)
    event = test_event(now)
    notifier = Notifier()
    tests = []
    for name, channel in channels.items():
        content = composer_of(channel, web, notifier, shipped().words).compose([event], now)
        content = replace(content, title=f"{TEST_MARK} {content.title}")
        tests.append(_test(notifier, name, channel, content))
    try:
        for ended in asyncio.as_completed(tests):
            yield await ended
    finally:
        await notifier.close()


async def _test(
    notifier: Notifier, name: str, channel: ChannelSettings, content: Content
) -> Result:
    from batchbell.receivers.configured import receiver_of

    started = monotonic()
    outcome = await notifier.send(name, receiver_of(channel), content, str(uuid4()))
    return Result(
        channel=name,
        delivered=outcome.delivered,
        reason=outcome.reason,
        duration_seconds=round(monotonic() - started, 3),
    )
