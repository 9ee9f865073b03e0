"""The demo's jobs: a first hour in which everything happens, then an endless stream of others.

At the demo's speed (60) a minute in here is a real second.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from random import Random
from typing import TYPE_CHECKING

from batchbell.simulator.fate import Mix
from batchbell.simulator.life import Life

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from batchbell.simulator.plan import JobPlan

#: Simulated seconds per real second of the demo.
DEMO_SPEED = 60.0

DEEPSEEK = "deepseek-ai/DeepSeek-V3"
LLAMA = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
QWEN = "Qwen/Qwen2.5-7B-Instruct-Turbo"
WHISPER = "openai/whisper-large-v3"
TRANSCRIPTIONS = "/v1/audio/transcriptions"

_DAY = 24 * 60.0
_NAMES = ("nightly-eval", "ticket-labels", "judge-answers", "support-replies", "topics")

#: Ended before the start: a baseline that nobody is told about.
BASELINE = (
    Life(
        name="archive-summaries",
        model=DEEPSEEK, requests=12_400, created=-1830, accepted=-1826, ended=-1601,
        status="COMPLETED", output_file=True, error_file=True,
    ),
    Life(
        name="faq-answers",
        model=LLAMA, requests=3_100, created=-560, accepted=-558, ended=-511,
        status="COMPLETED", output_file=True,
    ),
    Life(
        name="ticket-labels",
        model=QWEN, requests=800, created=-1210, accepted=None, ended=-1208,
        status="FAILED", error="line 118: missing field custom_id",
    ),
    Life(
        name="archive-summaries-2",
        model=DEEPSEEK, requests=48_000, created=-2900, accepted=-2890, ended=-2900 + _DAY,
        status="EXPIRED", reach=81.4, output_file=True,
    ),
    Life(
        name="podcast-week-46",
        model=WHISPER, endpoint=TRANSCRIPTIONS, requests=260, created=-330, accepted=-328,
        canceling=-301, ended=-299, status="CANCELLED", reach=22, output_file=True,
    ),
)  # fmt: skip

#: What happens in the first hour, each kind of end at least once.
FIRST_HOUR = (
    Life(
        name="nightly-eval",
        model=LLAMA, requests=2_400, created=-31, accepted=-29, ended=3.2,
        status="COMPLETED", output_file=True,
    ),
    Life(
        name="intent-labels",
        model=QWEN, requests=5_200, created=-1.5, accepted=2.4, ended=22,
        status="COMPLETED", output_file=True, mix=Mix(empty=3, truncated=12),
    ),
    Life(
        name="intent-labels-fixed",
        model=QWEN, requests=900, created=1.5, accepted=None, ended=5.8,
        status="FAILED", error="line 3: invalid JSON",
    ),
    Life(
        name="contract-clauses",
        model=DEEPSEEK, requests=9_800, created=-44, accepted=-41, ended=9,
        status="COMPLETED", output_file=True, error_file=True,
        mix=Mix(failed=40, missing=10, truncated=6),
    ),
    Life(
        name="smoke-test",
        model=QWEN, requests=150, created=6.5, accepted=7, ended=12.5,
        status="COMPLETED", output_file=True,
    ),
    Life(
        name="podcast-week-47",
        model=WHISPER, endpoint=TRANSCRIPTIONS, requests=640, created=-12, accepted=-10,
        canceling=17, ended=18.8, status="CANCELLED", reach=37, output_file=True,
    ),
    # Crawls towards its deadline and misses it.
    Life(
        name="web-crawl-topics",
        model=DEEPSEEK, requests=47_500, created=24.2 - _DAY, accepted=40 - _DAY, ended=24.2,
        status="EXPIRED", reach=68.3, output_file=True,
    ),
    Life(
        name="judge-answers",
        model=LLAMA, requests=700, created=26, accepted=None, ended=27.5,
        status="FAILED", error="model is not available for batch inference",
    ),
    # Every single request failed.
    Life(
        name="synonyms",
        model=QWEN, requests=1_100, created=14, accepted=15.5, ended=30.5,
        status="COMPLETED", error_file=True,
    ),
    # Stands still from the start, past its deadline too: the API does not keep to 24 h.
    Life(
        name="product-descriptions",
        model=DEEPSEEK, requests=21_000, created=50 - _DAY, accepted=56 - _DAY, stalled=-1,
        ended=260, status="EXPIRED", reach=43.2, output_file=True,
    ),
    Life(
        name="judge-answers-2",
        model=LLAMA, requests=4_300, created=20, accepted=21.2, ended=35.5,
        status="COMPLETED", output_file=True, mix=Mix(missing=4),
    ),
    Life(
        name="call-recordings",
        model=WHISPER, endpoint=TRANSCRIPTIONS, requests=420, created=32, accepted=33.2,
        ended=40.5, status="COMPLETED", output_file=True, error_file=True,
        mix=Mix(failed=60, empty=5),
    ),
    Life(
        name="ticket-labels",
        model=QWEN, requests=2_000, created=38, accepted=39.4, ended=45.5,
        status="COMPLETED", output_file=True,
    ),
    Life(
        name="rewrite-titles",
        model=LLAMA, requests=6_600, created=43, accepted=44, ended=50.5, reach=31,
        status="FAILED", error="internal error while running inference",
    ),
    Life(
        name="support-replies",
        model=DEEPSEEK, requests=15_000, created=10, accepted=12, ended=54.5,
        status="COMPLETED", output_file=True,
    ),
    Life(
        name="unit-test-cases",
        model=QWEN, requests=350, created=52, accepted=53, ended=58.5,
        status="COMPLETED", output_file=True,
    ),
)  # fmt: skip


def demo_plans(start: datetime, *, seed: int = 7) -> Iterator[JobPlan]:
    """Yield the plans of a demo that begins at `start`: without end, in order of creation."""
    first = sorted((*BASELINE, *FIRST_HOUR), key=lambda life: life.created)
    for number, life in enumerate(chain(first, _later_lives(seed))):
        yield life.plan(start, _random(f"{seed} plan {number}"))


def _later_lives(seed: int) -> Iterator[Life]:
    """Yield jobs that come after the first hour, one every few minutes."""
    rng = _random(f"{seed} later")
    created = 55.0
    while True:
        yield _some_life(created, rng)
        created += rng.uniform(3, 9)


def _some_life(created: float, rng: Random) -> Life:
    """Return a job with a fate by chance: most do well."""
    model = rng.choice((DEEPSEEK, LLAMA, QWEN, WHISPER))
    accepted = created + rng.uniform(0.5, 3)
    life = Life(
        name=f"{rng.choice(_NAMES)}-{rng.randint(1, 99):02}",
        model=model,
        endpoint=TRANSCRIPTIONS if model == WHISPER else "/v1/chat/completions",
        requests=rng.randint(100, 20_000),
        created=created,
        accepted=accepted,
        ended=accepted + rng.uniform(5, 50),
        status="COMPLETED",
        output_file=True,
    )
    fates: dict[str, int] = {"well": 55, "errors": 20, "failed": 12, "cancelled": 8, "stalled": 5}
    (fate,) = rng.choices(list(fates), weights=list(fates.values()))
    return _with_fate(life, fate, rng)


def _with_fate(life: Life, fate: str, rng: Random) -> Life:
    if fate == "errors":
        mix = Mix(failed=rng.randint(5, 90), missing=rng.choice((0, 0, 0, 7)), truncated=4)
        return replace(life, error_file=True, mix=mix)
    if fate == "failed":
        error = f"line {rng.randint(2, life.requests)}: invalid JSON"
        return replace(life, status="FAILED", accepted=None, output_file=False, error=error)
    if fate == "cancelled":
        cancelled = replace(life, status="CANCELLED", reach=rng.uniform(5, 80))
        return replace(cancelled, canceling=life.ended - 1.5)
    if fate == "stalled":
        stalled = replace(life, status="EXPIRED", reach=rng.uniform(5, 80), stalled=life.ended)
        return replace(stalled, ended=life.created + _DAY)
    return life


def _random(seed: str) -> Random:
    return Random(seed)  # noqa: S311 - chance for a demo, not for a secret
