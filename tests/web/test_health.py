from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.web.site import HOUR, MINUTE, NO_TABLE, Site, lose

if TYPE_CHECKING:
    from batchbell.store.database import Database


async def test_healthz_is_green_without_complaints(site: Site) -> None:
    answer = await site.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {"healthy": True, "complaints": []}


async def test_healthz_is_red_and_says_why(site: Site) -> None:
    site.liveness.said = ["database: disk is full"]
    answer = await site.get("/healthz")
    assert answer.status_code == 503
    assert answer.json() == {"healthy": False, "complaints": ["database: disk is full"]}
    assert answer.headers["cache-control"] == "no-store"


async def test_healthz_needs_no_database(site: Site, database: Database) -> None:
    lose(database, "accounts")
    assert (await site.get("/healthz")).status_code == 200


async def test_an_outage_of_the_api_makes_readyz_red_and_healthz_not(site: Site) -> None:
    site.polled()
    site.clock.advance(MINUTE)
    site.poll_failed("503 from the API")
    assert (await site.get("/readyz")).status_code == 200
    site.clock.advance(HOUR)
    answer = await site.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "accounts": {
            "default": {
                "ready": False,
                "severity": "failure",
                "reason": "last good poll 1h 1m ago: 503 from the API",
                "last_good_poll_at": "2026-11-23T12:00:00.000000Z",
            }
        },
    }
    assert (await site.get("/healthz")).status_code == 200


async def test_the_answers_look_as_documented(site: Site) -> None:
    page = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")
    section = page.partition("## Health checks\n")[2].partition("\n## ")[0]
    examples = [json.loads(text) for text in re.findall(r"```json\n(.*)\n```", section)]
    site.liveness.said = ["poll of default: no sign of life, overdue by 12 s"]
    site.polled()
    site.clock.advance(MINUTE)
    site.poll_failed("503 from the API")
    site.clock.advance(HOUR)
    answers = [(await site.get(path)).json() for path in ("/healthz", "/readyz")]
    assert examples == answers


async def test_readyz_names_each_account_that_was_not_polled(site: Site) -> None:
    site.grace_period = {"default": MINUTE, "fresh": MINUTE, "refused": MINUTE}
    site.polled()
    site.poll_failed("the API refused the key", "refused")
    site.polled("removed")
    accounts = (await site.get("/readyz")).json()["accounts"]
    assert {name: account["reason"] for name, account in accounts.items()} == {
        "default": "",
        "fresh": "not polled yet",
        "refused": "the API refused the key",
    }


async def test_a_stranger_hears_yes_or_no_and_no_name(database: Database) -> None:
    kept = Site(database, token="fake-token-of-programs")
    kept.poll_failed("503 from the API")
    kept.liveness.said = ["poll of default: no sign of life"]
    known = {"Authorization": "Bearer fake-token-of-programs"}
    for asked in (
        {},
        {"Authorization": "Bearer fake-guess-of-it"},
        known | {"Host": "evil.example"},
    ):
        assert (await kept.get("/healthz", **asked)).json() == {"healthy": False}
        answer = await kept.get("/readyz", **asked)
        assert (answer.status_code, answer.json()) == (503, {"ready": False})
    assert "503 from the API" in (await kept.get("/readyz", **known)).text
    assert "poll of default" in (await kept.get("/healthz", **known)).text


async def test_a_foreign_name_hears_yes_or_no_and_no_name(site: Site) -> None:
    site.polled()
    assert (await site.get("/readyz", Host="evil.example")).json() == {"ready": True}
    assert (await site.get("/healthz", Host="evil.example")).json() == {"healthy": True}
    lose(site.database, "accounts")
    assert (await site.get("/readyz", Host="evil.example")).json() == {"ready": False}


async def test_readyz_is_red_over_an_unreadable_database(site: Site, database: Database) -> None:
    lose(database, "accounts")
    answer = await site.get("/readyz")
    assert answer.status_code == 503
    assert NO_TABLE.search(answer.json()["reason"])
