"""The commands that somebody types at the moment that is looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docs.pictures.recording import HEIGHT, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docs.pictures.day.day import Day

#: How long a command that goes on by itself is looked at, seconds.
WATCHED_SECONDS = 6.0
#: When the demo is looked at, its seconds.
DEMO_SECONDS = (6.0, 20.0, 36.0)


@dataclass(frozen=True, slots=True)
class Command:
    """A command that somebody types."""

    name: str
    arguments: tuple[str, ...]
    width: int = WIDTH
    height: int = HEIGHT
    #: When it is looked at, seconds; none: when it has ended.
    seconds: tuple[float, ...] = ()
    #: Whether it has no part in the day.
    has_own_clock: bool = False


def reading(day: Day) -> Iterator[Command]:
    """Yield those that change nothing."""
    yield Command("demo", ("demo",), seconds=DEMO_SECONDS, has_own_clock=True)
    for width in (100, 80, 120):
        yield Command(f"status-{width}", ("status",), width)
    yield Command("status-all", ("status", "--all"))
    for width, height in ((80, 24), (100, 40)):
        yield Command(
            f"status-watch-{width}x{height}", ("status", "--watch"), width, height,
            seconds=(WATCHED_SECONDS,),
        )  # fmt: skip
    for name, jobs in _ABOUT.items():
        for kind, job in jobs.items():
            yield Command(f"{name}-{kind}", (name, day.world.plans[job].job_id[:8]))
    expired = day.world.plans["web-crawl-labels"].job_id[:8]
    for name in ("explain", "show", "results"):
        yield Command(f"{name}-expired-80", (name, expired), 80)
    yield Command("events", ("events",))
    yield Command("events-80", ("events", "--limit", "40"), 80)
    yield Command("events-of-a-job", ("events", "--job", expired))
    yield from _about_deliveries(day)
    yield Command("doctor", ("doctor",))
    yield Command("route-failed", ("route", "--event", "batch.failed"))
    yield Command("route-in-progress", ("route", "--event", "batch.in_progress"))
    yield Command("mute-list", ("mute", "--list"))
    yield Command("config-check", ("config", "check"))


_ABOUT = {
    "show": {
        "running-in-time": "catalog-enrichment",
        "running-too-slow": "invoice-extraction",
        "stalled": "patent-claims",
        "nothing-done": "embedding-prompts",
        "with-errors": "contract-clauses",
        "failed": "evaluation-shard-03",
        "expired": "web-crawl-labels",
        "nameless-expired": "nameless-expired",
    },
    "explain": {
        "with-errors": "contract-clauses",
        "stalled-near-deadline": "legal-review",
        "muted": "playground-run",
        "expired": "web-crawl-labels",
    },
    "results": {
        "all-well": "judge-answers",
        "with-errors": "contract-clauses",
        "rows-missing": "review-sentiment",
        "cut-answers": "long-form-answers",
        "nothing-succeeded": "synonyms",
        "lost": "speech-snippets",
        "failed": "evaluation-shard-03",
        "expired": "web-crawl-labels",
        "expired-nothing": "knowledge-base",
        "cancelled": "podcast-week-47",
    },
    "retry": {
        "with-errors": "contract-clauses",
        "expired": "web-crawl-labels",
        "failed": "evaluation-shard-03",
        "all-well": "judge-answers",
    },
}


def _about_deliveries(day: Day) -> Iterator[Command]:
    for width in (100, 80):
        yield Command(f"deliveries-{width}", ("deliveries",), width)
        yield Command(f"deliveries-failed-{width}", ("deliveries", "--failed"), width)
    yield Command("deliveries-of-a-channel", ("deliveries", "--channel", "pager"))
    ledger: list[dict[str, Any]] = json.loads(day.command("deliveries", "--json"))
    for name, channel, is_sent in (
        ("sent", "oncall", True),
        ("digest", "digest", True),
        ("waiting", "pager", False),
        ("refused", "tickets", False),
    ):
        of_channel = [row for row in ledger if row["channel"] == channel]
        number = next(
            str(row["notification_id"]) for row in of_channel if (row["state"] == "sent") is is_sent
        )
        yield Command(f"deliveries-show-{name}", ("deliveries", "show", number))


def changing(day: Day) -> list[Command]:
    """Return those that change something, in their order."""
    job = {name: plan.job_id[:8] for name, plan in day.world.plans.items()}
    return [
        Command("notify-test", ("notify-test", "team")),
        Command("notify-test-failing", ("notify-test", "pager")),
        Command("ack", ("ack", job["evaluation-shard-03"])),
        Command("ack-nothing-to", ("ack", job["judge-answers"])),
        Command("mute", ("mute", job["legal-review"], "--for", "6h")),
        Command("unmute", ("unmute", job["legal-review"])),
        Command("fetch", ("fetch", job["contract-clauses"])),
        Command("status-afterwards", ("status",)),
    ]
