"""The jobs of the day, each for something that a user can see."""

from __future__ import annotations

from functools import partial

from batchbell.simulator.fate import Mix
from batchbell.simulator.scenario import DEEPSEEK, LLAMA, QWEN, WHISPER
from docs.pictures.day.job import RESEARCH, Job

KIMI = "moonshotai/Kimi-K2-Instruct"
#: What does not make it within its 24 hours.
_Late = partial(Job, status="EXPIRED", files="o")
#: What fails before anything is done.
_Rejected = partial(Job, status="FAILED", is_rejected=True)
#: Without a name; all on one model.
_Nameless = partial(Job, model=KIMI, is_unnamed=True)

#: Ended before batchbell watched: nobody is told.
_BEFORE = (
    Job("archive-summaries", DEEPSEEK, 2_400, created=-41, ended=-36, files="oe"),
    Job("faq-answers", LLAMA, 900, created=-33, ended=-31, files="o"),
    _Late("quarterly-topics", QWEN, 800, created=-49, ended=-25, reach=81.4),
    _Rejected(
        "ticket-labels", QWEN, 800, created=-30, ended=-29.9,
        error="line 118: missing field custom_id",
    ),
    Job(
        "podcast-week-46", WHISPER, 260, created=-29, canceling=-27.1, ended=-27.0,
        status="CANCELLED", reach=22, files="o",
    ),
)  # fmt: skip

#: Still running at the moment.
_RUNNING = (
    # Quick enough, not quick enough, and by far not.
    Job("catalog-enrichment", DEEPSEEK, 4_000, created=-22.8, ended=0.6, files="o"),
    _Late("invoice-extraction", LLAMA, 9_800, created=-23.2, ended=1.2, reach=74),
    _Late("moderation-backlog", QWEN, 21_000, created=-12, ended=14, reach=52, account=RESEARCH),
    # Standstills: hours before the deadline, near it, and past it.
    _Late("patent-claims", DEEPSEEK, 6_600, created=-18.3, stalled=-2.4, ended=9, reach=81),
    _Late("legal-review", LLAMA, 2_100, created=-23.6, stalled=-2.2, ended=2, reach=64),
    _Late("web-crawl-topics", DEEPSEEK, 15_000, created=-25.2, stalled=-8.0, ended=4, reach=68.3),
    # Nothing done yet: after many hours, and near the deadline.
    _Late("embedding-prompts", KIMI, 3_000, created=-14, ended=11, reach=0),
    _Late("novel-translations", KIMI, 1_200, created=-22.4, ended=3, reach=0, account=RESEARCH),
    # Past its deadline, and still moving.
    _Late("product-descriptions", LLAMA, 12_000, created=-24.9, ended=1.5, reach=93),
    # Young, and all is well.
    Job("support-macros", QWEN, 2_000, created=-3.1, ended=1.8, files="o"),
    Job("search-queries", LLAMA, 5_000, created=-1.4, ended=3.5, files="o", account=RESEARCH),
    Job("ticket-routing", QWEN, 700, created=-0.15, accepted=0.2, ended=2, files="o"),
    # Never gets beyond its validation.
    Job("weekly-report", QWEN, 350, created=-2.9, accepted=6, ended=8, files="o"),
    Job(
        "chat-summaries", DEEPSEEK, 1_800, created=-5, canceling=-0.08, ended=0.3,
        status="CANCELLED", reach=47, files="o",
    ),
    _Nameless("nameless-in-time", requests=2_000, created=-6, ended=2, files="o"),
    _Nameless(
        "nameless-stalled", requests=2_600, created=-17.8, stalled=-2.6, ended=8, reach=31,
        status="EXPIRED", files="o",
    ),
    _Nameless(
        "nameless-too-slow", requests=1_500, created=-20.5, ended=3.9, reach=58,
        status="EXPIRED", files="o",
    ),
    Job("drafts-to-polish", LLAMA, 640, created=-8, ended=5, reach=60, gone=-2.0, files="o"),
    Job(
        "beta-export", QWEN, 400, created=-7, ended=-3.2, reach=35, status="PAUSED_FOR_REVIEW",
    ),
)  # fmt: skip

#: Completed, and with what.
_COMPLETED = (
    Job("nightly-eval", LLAMA, 2_400, created=-25, ended=-23.2, files="o"),
    Job("smoke-test", QWEN, 150, created=-19, ended=-18.6, files="o"),
    Job("support-replies", DEEPSEEK, 1_500, created=-15, ended=-10.4, files="o"),
    Job("unit-test-cases", QWEN, 350, created=-2, ended=-1.1, files="o", account=RESEARCH),
    Job("judge-answers", LLAMA, 4_300, created=-9, ended=-4.6, files="o"),
    _Nameless("nameless-completed", requests=1_200, created=-10, ended=-5, files="o"),
    # With errors.
    Job(
        "contract-clauses", DEEPSEEK, 980, created=-21, ended=-12.3, files="oe",
        mix=Mix(failed=120, missing=10, truncated=6),
    ),
    Job(
        "call-recordings", WHISPER, 420, created=-13, ended=-11.8, files="oe",
        mix=Mix(failed=60, empty=5),
    ),
    Job(
        "judge-answers-2", LLAMA, 1_000, created=-5, ended=-2.4, files="oe", mix=Mix(failed=5),
        account=RESEARCH,
    ),
    # Not everything came back: rows in neither file, cut answers, empty ones.
    Job("review-sentiment", LLAMA, 1_300, created=-22, ended=-17.2, files="o", mix=Mix(missing=46)),
    Job("product-tags", QWEN, 500, created=-4, ended=-1.6, files="o", mix=Mix(missing=4)),
    Job(
        "long-form-answers", DEEPSEEK, 1_000, created=-16, ended=-13.1, files="o",
        mix=Mix(truncated=91),
    ),
    Job(
        "intent-labels", QWEN, 5_200, created=-8, ended=-6.9, files="o",
        mix=Mix(empty=3, truncated=12), account=RESEARCH,
    ),
    Job("image-captions", LLAMA, 800, created=-6, ended=-3.9, files="o", mix=Mix(empty=25)),
    # Nothing succeeded: all failed, and no file at all.
    Job("synonyms", QWEN, 1_100, created=-11, ended=-9.7, files="e"),
    Job("glossary-terms", QWEN, 90, created=-3, ended=-2.7, account=RESEARCH),
    Job("speech-snippets", WHISPER, 300, created=-16, ended=-14.6, files="o", is_lost=True),
)  # fmt: skip

_FAILED = (
    _Rejected(
        "intent-labels-fixed", QWEN, 900, created=-20.2, ended=-20, error="line 3: invalid JSON"
    ),
    _Rejected(
        "press-releases", LLAMA, 410, created=-4.2, ended=-4,
        error="line 57: custom_id 'req-12' is not unique",
    ),
    _Nameless(
        "nameless-failed", requests=700, created=-1.3, ended=-1.2, status="FAILED",
        is_rejected=True, error=f"line 1: model {KIMI} does not allow max_tokens above 16384",
    ),
    _Rejected(
        "eval-of-friday", LLAMA, 700, created=-18, ended=-17.5,
        error="model is not available for batch inference",
    ),
    Job(
        "rewrite-titles", LLAMA, 660, created=-11, ended=-8.3, reach=31, status="FAILED",
        error="internal error while running inference",
    ),
    _Rejected("holiday-offers", DEEPSEEK, 300, created=-6.1, ended=-5.8, account=RESEARCH),
    # Acknowledged, both; and one that fails while it is muted.
    _Rejected(
        "load-test-1", QWEN, 50, created=-16.4, ended=-16.2, error="insufficient funds",
        account=RESEARCH,
    ),
    Job(
        "load-test-2", QWEN, 50, created=-16.4, ended=-15.9, reach=12, status="FAILED",
        error="insufficient funds", account=RESEARCH,
    ),
    _Rejected(
        "playground-run", QWEN, 40, created=-7.4, ended=-7.2,
        error="line 9: messages must not be empty",
    ),
)  # fmt: skip

#: Expired and cancelled.
_STOPPED = (
    Job(
        "meeting-notes", DEEPSEEK, 1_750, created=-36.1, ended=-12.1, status="EXPIRED",
        reach=43.2, files="oe", mix=Mix(failed=30),
    ),
    _Late("web-crawl-labels", DEEPSEEK, 4_750, created=-24.9, ended=-0.9, reach=88.3),
    Job("knowledge-base", KIMI, 900, created=-31, ended=-7, status="EXPIRED", reach=0),
    _Nameless(
        "nameless-expired", requests=1_600, created=-26.2, ended=-2.2, reach=71,
        status="EXPIRED", files="o",
    ),
    Job(
        "podcast-week-47", WHISPER, 640, created=-11, canceling=-9.3, ended=-9.2,
        status="CANCELLED", reach=37, files="o",
    ),
    Job(
        "wrong-prompt", LLAMA, 2_000, created=-5.4, canceling=-5.3, ended=-5.25,
        status="CANCELLED", reach=0, account=RESEARCH,
    ),
)  # fmt: skip

_SHARD = partial(Job, model=LLAMA, requests=500, created=-1.9)
#: One piece of work in eight parts, which end one after the other by night, two of them together.
_SHARDS = (
    _SHARD("evaluation-shard-01", ended=-0.95, files="o"),
    _SHARD("evaluation-shard-02", ended=-0.9, files="o"),
    _SHARD(
        "evaluation-shard-03", ended=-0.85, status="FAILED", is_rejected=True,
        error="line 212: invalid JSON",
    ),
    _SHARD("evaluation-shard-04", ended=-0.8, files="o"),
    _SHARD("evaluation-shard-05", ended=-0.75, files="o"),
    _SHARD("evaluation-shard-06", ended=-0.7, files="oe", mix=Mix(failed=20)),
    _SHARD("evaluation-shard-07", ended=-0.62, files="o"),
    _SHARD("evaluation-shard-08", ended=-0.61, files="o"),
)  # fmt: skip

#: All of them, the oldest first.
JOBS = sorted(
    (*_BEFORE, *_RUNNING, *_COMPLETED, *_FAILED, *_STOPPED, *_SHARDS), key=lambda job: job.created
)
