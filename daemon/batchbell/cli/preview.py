"""`batchbell preview`: what a message looks like, without sending it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from batchbell.cli.completing import channel_names, event_kinds
from batchbell.errors import UsageError
from batchbell.runtime.provider import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from batchbell.cli.root import Invocation
    from batchbell.core.event import Event
    from batchbell.receivers.compose import Composer
    from batchbell.receivers.content import Content

#: What is shown if nothing else is asked for.
USUAL_EVENT = "batch.failed"
#: Families in the order of the help text.
FAMILIES = ("plain", "mail", "slack", "discord", "teams", "telegram", "ntfy", "program", "hook")


@click.command("preview")
@click.option(
    "--event",
    "kind",
    metavar="KIND",
    shell_complete=event_kinds,
    help="Kind of event  [default: batch.failed].",
)
@click.option("--digest", type=click.IntRange(2, 20), metavar="N", help="Instead: N events in one.")
@click.option("--reminder", is_flag=True, help="Instead: a failure that is repeated.")
@click.option(
    "--channel",
    metavar="NAME",
    shell_complete=channel_names,
    help="As this channel of the configuration gets it.",
)
@click.option("--family", type=click.Choice(FAMILIES), help="As this kind of receiver gets it.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write it there: the mail's page into .html, the payload into .json, else the text.",
)
@click.option("--json", "as_json", is_flag=True, help="Print everything there is of it as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    kind: str | None,
    digest: int | None,
    reminder: bool,
    channel: str | None,
    family: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Show a message with made-up events, as a channel or a kind of receiver would get it.

    Nothing is sent. A channel's templates, time zone and links are those of the configuration.
    """
    if channel is not None and family is not None:
        raise UsageError("--channel and --family exclude each other: a channel has its family")
    now = datetime.now(UTC)
    composer = _composer(ctx.obj, channel, family)
    content = composer.compose(_events(now, kind, digest, reminder=reminder), now)
    if output is not None:
        click.echo(f"{output}: {_write(content, output)}")
    elif as_json:
        click.echo(json.dumps(content.to_json(), indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(_shown(content)))


def _events(
    now: datetime, kind: str | None, digest: int | None, *, reminder: bool
) -> Sequence[Event]:
    from batchbell.config.nearest import nearest
    from batchbell.core.event import EventKind
    from batchbell.core.example_events import sample, sample_digest, sample_reminder

    if sum(asked is not None for asked in (kind, digest)) + reminder > 1:
        raise UsageError("--event, --digest and --reminder exclude each other")
    if digest is not None:
        return sample_digest(digest, now)
    if reminder:
        return [sample_reminder(now)]
    wanted = USUAL_EVENT if kind is None else kind
    kinds = [each.value for each in EventKind]
    if wanted not in kinds:
        raise UsageError(
            f"there is no kind of event {wanted!r}; the nearest is {nearest(wanted, kinds)}"
        )
    return [sample(EventKind(wanted), now, host=shipped().words.host)]


def _composer(invocation: Invocation, channel: str | None, family: str | None) -> Composer:
    from batchbell.messages.view import View
    from batchbell.receivers.compose import Composer
    from batchbell.receivers.content import Family

    provider = shipped().words
    if channel is None:
        return Composer(family=Family(family or FAMILIES[0]), view=View(provider=provider))
    from batchbell.cli.channel_argument import named_channel
    from batchbell.cli.loading import load_config
    from batchbell.receivers.notifier import Notifier
    from batchbell.runtime.channel_parts import composer_of

    settings = load_config(invocation.config_file).settings
    return composer_of(
        named_channel(channel, settings.channels), settings.web, Notifier(), provider
    )


def _shown(content: Content) -> Iterator[str]:
    """Yield what a person can read of it; escapes in it were made harmless when it was written."""
    yield click.style(f"{content.title}   [{content.family}]", bold=True)
    yield ""
    pieces = content.payload.get("pieces")
    if pieces is None:
        yield _pretty(content.payload) if content.payload else content.text.rstrip("\n")
        return
    for piece in pieces:
        yield piece if isinstance(piece, str) else _pretty(piece)


def _write(content: Content, path: Path) -> str:
    """Write the part that the file's ending asks for; say what that is."""
    what, text = "the text", content.text
    if path.suffix == ".html":
        if not content.html:
            raise UsageError(f"only mail has a page: add --family mail, or name {path.stem}.txt")
        what, text = "the mail's page", content.html
    elif path.suffix == ".json":
        if not content.payload:
            raise UsageError(f"{content.family} has no payload: name {path.stem}.txt")
        what, text = "the payload", _pretty(content.payload) + "\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"can't write {path}: {error.strerror}") from None
    return what


def _pretty(value: Any) -> str:  # noqa: ANN401 - whatever JSON holds
    return json.dumps(value, indent=1, ensure_ascii=False)
