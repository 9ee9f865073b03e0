"""The status page, on a desk and on a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.pictures.browser import View
from docs.pictures.day.job import PRODUCTION
from docs.pictures.day.world import ZONE

if TYPE_CHECKING:
    from docs.pictures.day.album import Album
    from docs.pictures.day.world import World

#: The chapter.
PAGES = "pages"
VIEWS = {"1280": View(width=1280, zone=ZONE), "390": View(width=390, scale=1.5, zone=ZONE)}
DARK = {"1280-dark": View(width=1280, dark=True, zone=ZONE)}
PLACES = {"overview": "/", "events": "/events", "deliveries": "/deliveries",
          "channels": "/channels", "about": "/about"}  # fmt: skip
#: Jobs whose own pages are looked at, by what they are.
JOBS = {
    "running-in-time": "catalog-enrichment",
    "running-too-slow": "invoice-extraction",
    "stalled-hours-before": "patent-claims",
    "stalled-near-deadline": "legal-review",
    "deadline-missed": "web-crawl-topics",
    "nothing-done": "embedding-prompts",
    "vanished": "drafts-to-polish",
    "status-unknown": "beta-export",
    "completed": "judge-answers",
    "completed-with-errors": "contract-clauses",
    "completed-rows-missing": "review-sentiment",
    "completed-cut-answers": "long-form-answers",
    "nothing-succeeded": "synonyms",
    "results-lost": "speech-snippets",
    "failed": "evaluation-shard-03",
    "expired-partial": "web-crawl-labels",
    "expired-nothing": "knowledge-base",
    "cancelled-partial": "podcast-week-47",
}
#: What says that the page hears of news.
LIVE = "#live.success"


def take_pages(album: Album, world: World) -> None:
    """Take pictures of every page."""
    jobs = {
        f"job-{kind}": f"/jobs/{PRODUCTION}/{world.plans[name].job_id}"
        for kind, name in JOBS.items()
    }
    for name, place in (PLACES | jobs).items():
        views = VIEWS if name in jobs else VIEWS | DARK
        for size, view in views.items():
            url = f"{world.page_url}{place}"
            album.visit(PAGES, f"{name}-{size}", url, view, wait_for=LIVE)
