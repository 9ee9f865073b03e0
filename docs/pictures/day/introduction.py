"""What an index begins with: who looks at what, and what happened until then."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from docs.pictures.day.clock import MOMENT, WATCHED
from docs.pictures.day.job import PRODUCTION, RESEARCH
from docs.pictures.day.jobs import JOBS
from docs.pictures.day.world import ZONE

if TYPE_CHECKING:
    from docs.pictures.day.day import Day

ENDS = frozenset({"COMPLETED", "FAILED", "EXPIRED", "CANCELLED"})


def introduction(day: Day) -> str:
    """Return it as Markdown."""
    local = MOMENT.astimezone(ZoneInfo(ZONE))
    running = sum(job.ended > 0 or job.status not in ENDS for job in JOBS)
    arrived = Counter(message.inbox for message in day.messages)
    return f"""# A day with batchbell

It is {local:%A, %d %B %Y, %H:%M} in Berlin, {MOMENT:%H:%M} UTC. Batchbell has watched for
{WATCHED.total_seconds() / 3600:.0f} hours: {len(JOBS)} jobs of the accounts
`{PRODUCTION}` and `{RESEARCH}`, of which {running} have not ended.

- `{RESEARCH}` could not be reached from 18:14 to 20:44 in Berlin, and its key was refused from
  23:14 to 23:44.
- The channel `pager` has taken nothing since 13:14; `tickets` never takes the messages about the
  job `contract-clauses`.
- The failures of `load-test-1` and `load-test-2` were acknowledged, `playground-run` is muted.

There arrived {arrived["mail"]} mails, {arrived["elsewhere"]} messages at Slack, ntfy, Discord,
Teams and Telegram, and {arrived["hook"]} documents at a webhook. A message's file is named after
its channel, when it arrived in Berlin, and the beginning of its title.

Beside a picture is its text: of a mail the line of the inbox and the part without HTML, of a Slack
message the notification and what the blocks say, of a command what it wrote. Mails are 640 and 390
pixels wide, pages 1280 and 390, terminals as many characters as their names say, or 100."""
