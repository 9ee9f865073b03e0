"""The password of the page."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from batchbell.web.brake import MOST_OF_A_PEER
from batchbell.web.burst import BurstLog
from tests.fakes import eventually
from tests.web.site import Site

if TYPE_CHECKING:
    from batchbell.store.database import Database

PASSWORD, TOKEN = "fake: pässword of the page", "fake-token-of-programs"


@pytest.fixture
def kept(database: Database) -> Site:
    site = Site(database, password=PASSWORD, token=TOKEN)
    site.polled()
    return site


def basic(password: str, user: str = "anybody") -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.mark.parametrize(
    "path", ["/", "/live", "/static/page.css", "/api/status", "/metrics", "/x"]
)
async def test_a_stranger_is_asked_for_the_password_everywhere(kept: Site, path: str) -> None:
    answer = await kept.ask("HEAD" if path == "/live" else "GET", path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="batchbell", charset="UTF-8"'
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "credentials",
    [
        basic(PASSWORD),
        basic(PASSWORD, user=""),
        basic(TOKEN),
        f"Bearer {TOKEN}",
        f"bearer  {TOKEN}",
    ],
)
async def test_the_password_and_the_token_open_all_of_it(kept: Site, credentials: str) -> None:
    for path in ("/", "/api/status", "/metrics", "/static/page.css"):
        assert (await kept.get(path, Authorization=credentials)).status_code == 200


@pytest.mark.parametrize(
    "credentials",
    [
        basic("fake: another password"),
        basic(""),
        basic(PASSWORD[:-1]),
        basic(PASSWORD + "x"),
        f"Bearer {TOKEN}x",
        "Bearer",
        "Basic",
        "Basic ***",
        "Basic bm8gY29sb24=",
        f"Digest {TOKEN}",
        TOKEN,
    ],
)
async def test_anything_else_is_refused(kept: Site, credentials: str) -> None:
    answer = await kept.get("/", Authorization=credentials)
    assert answer.status_code == 401
    assert "That is not the password" in answer.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_probes_need_no_password(kept: Site, path: str) -> None:
    assert (await kept.get(path)).status_code == 200


async def test_a_password_alone_is_no_bearer_token_and_the_other_way_round(
    database: Database,
) -> None:
    with_password, with_token = Site(database, password=TOKEN), Site(database, token=TOKEN)
    assert (await with_password.get("/", Authorization=f"Bearer {TOKEN}")).status_code == 401
    assert (await with_password.get("/", Authorization=basic(TOKEN))).status_code == 200
    assert (await with_token.get("/", Authorization=basic(TOKEN))).status_code == 200
    assert (await with_token.get("/", Authorization=basic(""))).status_code == 401


async def test_a_token_may_have_any_letter(database: Database) -> None:
    site = Site(database, token="fake-schlüssel-€")
    sent = "Bearer fake-schlüssel-€".encode()
    transport = httpx.ASGITransport(app=site.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/", headers={b"Authorization": sent})
    assert answer.status_code == 200


async def test_a_foreign_name_is_refused_before_any_password(kept: Site) -> None:
    answer = await kept.get("/", Host="evil.example", Authorization=basic(PASSWORD))
    assert answer.status_code == 400


async def test_a_guess_beyond_those_of_a_minute_is_not_compared(kept: Site) -> None:
    guesses = (kept.get("/", Authorization=basic(f"fake-guess-{n}")) for n in range(40))
    statuses = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert statuses.count(401) == MOST_OF_A_PEER
    assert statuses.count(429) == 40 - MOST_OF_A_PEER
    held = await kept.get("/", Authorization=basic(PASSWORD))
    assert held.status_code == 429
    assert 1 <= int(held.headers["retry-after"]) <= 60


async def test_guesses_are_counted_of_those_who_hang_up(kept: Site) -> None:
    kept.slow_no_seconds = 60.0
    for number in range(MOST_OF_A_PEER):
        asking = asyncio.create_task(kept.get("/", Authorization=basic(f"fake-guess-{number}")))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asking, 0.01)
    assert (await kept.get("/", Authorization=basic("fake-guess"))).status_code == 429


async def test_probes_do_not_tell_whether_a_guess_is_right_beyond_it(kept: Site) -> None:
    for number in range(MOST_OF_A_PEER):
        await kept.get("/healthz", Authorization=basic(f"fake-guess-{number}"))
    answer = await kept.get("/healthz", Authorization=basic(PASSWORD))
    assert (answer.status_code, answer.json()) == (200, {"healthy": True})


async def test_who_is_turned_away_or_asks_freely_keeps_no_connection(kept: Site) -> None:
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        ("/healthz", {}),
        ("/readyz", {}),
        ("/", {}),
        ("/", {"Host": "evil.example"}),
        *(("/", {"Authorization": basic("fake-guess")}) for _ in range(MOST_OF_A_PEER + 1)),
    )
    for path, headers in asked:
        assert (await kept.get(path, **headers)).headers["connection"] == "close"


async def test_guesses_are_logged_once_a_minute_and_never_repeated(
    kept: Site, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="batchbell.web"):
        await kept.get("/")
        for number in range(5):
            await kept.get("/", Authorization=basic(f"fake-guess-{number}"))
    assert [record.getMessage() for record in caplog.records] == [
        "the status page was asked with a wrong password or token"
    ]
    assert "fake-guess" not in str(vars(caplog.records[0]))


async def test_the_rest_of_a_burst_is_logged_without_another_guess(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = BurstLog(every_seconds=0.02)
    for number in range(603):
        log.note(f"192.0.2.{number % 2}")
    await eventually(lambda: len(caplog.records) == 2)
    first, rest = (vars(record) for record in caplog.records)
    assert (first["times"], first["peer"]) == (1, "192.0.2.0")
    assert (rest["times"], rest["peer"]) == (602, "192.0.2.0")
    # Quiet again, so that the next one is logged at once.
    await eventually(lambda: log.is_quiet)
    log.note("192.0.2.9")
    assert vars(caplog.records[2])["times"] == 1
