from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.web.site import Site

if TYPE_CHECKING:
    from batchbell.store.database import Database


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8710",
        "LOCALHOST.:8710",
        "bell.localhost",
        "127.0.0.1:8710",
        "127.8.8.8",
        "[::1]:8710",
    ],
)
async def test_the_page_answers_to_loopback_names(site: Site, host: str) -> None:
    assert (await site.get("/", Host=host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "0.0.0.0",  # noqa: S104 - a name that is asked for, nothing is bound
        "192.0.2.7:8710",
        "localhost@evil.example",
        "localhost:8710:1",
        "[::1",
        "",
    ],
)
async def test_any_other_name_is_refused_with_the_way_out(site: Site, host: str) -> None:
    for path in ("/", "/live", "/static/page.css", "/nowhere"):
        answer = await site.get(path, Host=host)
        assert answer.status_code == 400
        assert "web.allowed_hosts" in answer.text
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("host", ["bell.example.org", "Bell.Example.org:443", "[2001:db8::1]:80"])
async def test_allowed_hosts_are_answered(database: Database, host: str) -> None:
    site = Site(database, allowed_hosts=["bell.example.org", "[2001:db8::1]"])
    assert (await site.get("/", Host=host)).status_code == 200
    assert (await site.get("/", Host="other.example.org")).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_machines_may_ask_for_health_under_any_name(site: Site, path: str) -> None:
    site.polled()
    assert (await site.get(path, Host="10.0.0.5:8710")).status_code == 200


async def test_a_foreign_name_opens_no_metrics_without_a_password_of_the_page(
    site: Site, database: Database
) -> None:
    foreign = {"Host": "evil.example", "Authorization": "Bearer fake-token-of-programs"}
    assert (await site.get("/metrics", Host="evil.example")).status_code == 400
    # Nothing has to be sent to this page, so that what is sent says nothing.
    assert (await site.get("/metrics", **foreign)).status_code == 400
    kept = Site(database, token="fake-token-of-programs")
    assert (await kept.get("/metrics", Host="evil.example")).status_code == 400
    assert (await kept.get("/metrics", **foreign)).status_code == 200
    assert (await kept.get("/", **foreign)).status_code == 400
    wrong = foreign | {"Authorization": "Bearer fake-token-of-nobody"}
    assert (await kept.get("/metrics", **wrong)).status_code == 401


async def test_every_answer_forbids_inline_script_frames_and_foreign_sources(site: Site) -> None:
    for path in ("/", "/healthz", "/static/live.js", "/nowhere"):
        headers = (await site.get(path)).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("address", "status_code"),
    [
        ("/" * 32, 404),
        ("/" * 33, 414),
        ("/" * 60_000, 414),
        ("/jobs/default" + "/x" * 30_000, 414),
        ("/?text=" + "x" * 8_000, 200),
        ("/?text=" + "x" * 60_000, 414),
        ("/jobs/default/" + "%2F" * 2_000, 404),
    ],
)
async def test_no_address_makes_an_answer_that_is_much_longer(
    site: Site, address: str, status_code: int
) -> None:
    transport = httpx.ASGITransport(app=site.app)
    url = httpx.URL("http://localhost").copy_with(raw_path=address.encode())
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(url)
    assert answer.status_code == status_code
    assert len(answer.content) < 120_000


@pytest.mark.parametrize("path", ["/api/nowhere" + "/" * 33, "/static/" + "/" * 33])
async def test_that_holds_below_the_page_too(site: Site, path: str) -> None:
    answer = await site.get(path)
    assert answer.status_code == 414
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("fetch_site", "status_code"),
    [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)],
)
async def test_only_the_page_listens_to_its_stream(
    site: Site, fetch_site: str, status_code: int
) -> None:
    asked = {"Host": "bell.localhost", "Sec-Fetch-Site": fetch_site}
    assert (await site.ask("HEAD", "/live", **asked)).status_code == status_code
    # Others may lead here: that takes nothing for longer than an answer.
    assert (await site.ask("HEAD", "/", **asked)).status_code == 200


async def test_what_is_no_request_is_ignored(site: Site) -> None:
    async def unused(*_: object) -> None:
        raise AssertionError("nothing may be received or sent")

    await site.app({"type": "lifespan"}, unused, unused)  # type: ignore[arg-type] # never called
