"""What may stand where an id or a name is typed: asked of the database, silent if there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import CompletionItem

from batchbell.core.text import is_plain_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import click

    from batchbell.store.database import Transaction

#: More ids than anybody looks through.
_MOST_IDS = 200


def job_ids(ctx: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the ids that begin so, each with its status and model; running jobs first."""

    def found(connection: Transaction) -> Iterator[CompletionItem]:
        from batchbell.messages.plain_text import one_line
        from batchbell.store import jobs

        for item in jobs.beginning(connection, typed, limit=_MOST_IDS):
            job = item.record.job
            about = one_line(f"{job.status or ''} {job.model_id or ''}")
            yield CompletionItem(job.id, help=about)

    # A shell is told nothing that it could take for more than a word.
    return [item for item in _asked(ctx, found) if is_plain_word(item.value)]


def account_names(ctx: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the accounts ever polled whose names begin so."""

    def found(connection: Transaction) -> Iterator[CompletionItem]:
        from batchbell.store import accounts

        yield from _beginning(
            typed, (each.health.account for each in accounts.load_all(connection))
        )

    return _asked(ctx, found)


def channel_names(ctx: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the channels last configured whose names begin so."""

    def found(connection: Transaction) -> Iterator[CompletionItem]:
        from batchbell.store import channels

        yield from _beginning(
            typed, (each.channel for each in channels.load_configured(connection))
        )

    return _asked(ctx, found)


def event_kinds(_ctx: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the kinds of events that begin so."""
    from batchbell.core.event import EventKind

    return list(_beginning(typed, (kind.value for kind in EventKind)))


def _beginning(typed: str, names: Iterable[str]) -> Iterator[CompletionItem]:
    return (CompletionItem(name) for name in names if name.startswith(typed))


def _asked(
    ctx: click.Context, read: Callable[[Transaction], Iterator[CompletionItem]]
) -> list[CompletionItem]:
    from batchbell.cli.reading import open_database, reading
    from batchbell.errors import BatchbellError

    named = ctx.find_root().params.get("config_file")
    # The shell has not yet put the home folder for a ~.
    config_file = None if named is None else named.expanduser()
    try:
        with reading(open_database(config_file)) as connection:
            return list(read(connection))
    except BatchbellError:
        # Somebody is typing: that is no time for an error.
        return []
