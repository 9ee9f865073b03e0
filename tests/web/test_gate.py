"""The password of the page."""

from __future__ import annotations

import base64
import logging
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.web.site import Site

if TYPE_CHECKING:
    from batchbell.store.sqlite.database import Database

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
