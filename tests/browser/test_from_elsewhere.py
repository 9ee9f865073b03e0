"""The page for people who are not at its machine: behind a proxy's prefix, with a password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.prefix_proxy import PREFIX, prefix_proxy
from tests.browser.window import LOW, Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.browser.scene import Scene

PASSWORD = "fake-password-of-the-page"


@pytest.fixture
def behind_proxy(browser: Browser, scene: Scene) -> Iterator[Visit]:
    with prefix_proxy(scene.address) as address:
        opened = Visit(browser, address, viewport=LOW)
        yield opened
        opened.close()
    refused = [said for said in opened.complaints if "404" not in said]
    assert not refused
    outside = [url for url in opened.requests if not urlsplit(url).path.startswith(f"{PREFIX}/")]
    assert not outside
    assert not opened.foreign_requests


def test_behind_a_proxys_prefix_every_page_has_its_style_and_its_links(
    behind_proxy: Visit, scene: Scene
) -> None:
    page = behind_proxy.open()
    links = page.locator("nav.pages a").evaluate_all("links => links.map(link => link.href)")
    assert len(links) == 5
    for link in [*links, urljoin(page.url, scene.job_page(scene.failed)[1:])]:
        page.goto(link)
        expect(page.locator("h1")).to_be_visible()
        radius = "getComputedStyle(document.querySelector('nav.pages a')).borderRadius"
        assert page.evaluate(radius) == "8px"
    page.get_by_role("link", name="Overview").first.click()
    expect(page).to_have_url(urljoin(links[0], "./"))


def test_behind_a_proxys_prefix_it_is_live_and_chooses_jobs(
    behind_proxy: Visit, scene: Scene
) -> None:
    page = behind_proxy.open()
    expect(page.locator("#live")).to_have_text("live")
    new = scene.api.add_job(status="IN_PROGRESS", progress=1)
    expect(page.locator(f'[data-key="default/{new}"]')).to_be_visible()
    page.get_by_label("Find").fill("invalid json")
    page.get_by_label("Find").press("Enter")
    expect(page.locator("li.job")).to_have_count(1)


def test_behind_a_proxys_prefix_a_wrong_address_leads_back(behind_proxy: Visit) -> None:
    page = behind_proxy.open("/jobs/default/no/such/job")
    expect(page.get_by_role("heading")).to_have_text("There is no such page.")
    page.get_by_role("link", name="To the overview").click()
    expect(page.locator("nav.pages")).to_be_visible()


def test_a_page_with_a_password_is_whole_and_live_for_who_has_it(
    browser: Browser, scene: Scene
) -> None:
    settings = scene.settings
    scene.bell.reload({**settings, "web": {**settings["web"], "password": PASSWORD}})
    stranger = Visit(browser, scene.address)
    # Without a password at hand Chromium gives the answer as it is.
    assert stranger.page.request.get(f"{scene.address}/").status == 401
    stranger.close()
    reader = Visit(
        browser,
        scene.address,
        viewport=LOW,
        http_credentials={"username": "anybody", "password": PASSWORD},
    )
    page = reader.open()
    expect(page.locator("#live")).to_have_text("live")
    expect(page.locator("nav.pages a").first).to_have_css("border-radius", "8px")
    new = scene.api.add_job(status="IN_PROGRESS", progress=1)
    expect(page.locator(f'[data-key="default/{new}"]')).to_be_visible()
    reader.close()
    assert not reader.complaints
