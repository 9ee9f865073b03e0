"""Who has a page is sent again only what differs."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from markupsafe import Markup

from batchbell.core.job import BatchJob
from batchbell.web.parts import PageParts, States
from tests.web.api.api_site import ODD_ID
from tests.web.site import HOUR, Seen
from tests.web.test_markup import PAGES

if TYPE_CHECKING:
    from tests.web.site import Site

#: Elements that have no end.
VOID = {"meta", "link", "img", "input", "rect", "line", "circle", "polyline", "polygon", "br"}


class Parts(HTMLParser):
    """Where the elements with a key are: the lists they stand in, and the keys there."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._above: list[str | None] = []
        #: (list, key, whether only the key was sent)
        self.found: list[tuple[str, str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if "data-key" in named and self._above[-1] is not None:
            self.found.append((self._above[-1], named["data-key"] or "", tag == "template"))
        if tag not in VOID:
            self._above.append(named.get("data-list"))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._above.pop()


def state_of(page: Seen) -> str:
    return page.all("main")[0]["data-state"] or ""


async def asked_again(site: Site, page: Seen, path: str = "/") -> Seen:
    return Seen((await site.get(path, **{"batchbell-shown": state_of(page)})).text)


@pytest.mark.parametrize("path", [*PAGES, "/about"])
async def test_of_a_page_that_is_as_it_was_nothing_but_keys_is_sent_again(
    past: Site, path: str
) -> None:
    whole = await past.seen(path)
    sent = await asked_again(past, whole, path)
    again = Parts(sent.html).found
    known = Counter((name, key) for name, key, _ in Parts(whole.html).found)
    assert not whole.all("template")
    # Each of them names one element of the page that was sent before.
    only_keys = [(name, key) for name, key, is_same in again if is_same]
    assert only_keys
    assert len(only_keys) == len(sent.all("template"))
    assert [each for each in only_keys if known[each] != 1] == []
    assert {(name, key) for name, key, _ in again} == set(known)


async def test_what_differs_is_sent_whole_and_the_rest_by_its_key(site: Site) -> None:
    site.has(
        BatchJob(id="still", status="IN_PROGRESS", progress=0.1, model_id="acme/still"),
        BatchJob(id="moves", status="IN_PROGRESS", progress=0.2, model_id="acme/moves"),
    )
    before = await site.seen()
    site.has(BatchJob(id="moves", status="IN_PROGRESS", progress=0.3, model_id="acme/moves"))
    after = await asked_again(site, before)
    assert after.jobs == ["default/moves"]
    assert "30.0%" in after.text
    kept = [each["data-key"] for each in after.all("template")]
    assert "default/still" in kept
    assert "default/moves" not in kept
    # What was sent then counts as known, too.
    assert (await asked_again(site, after)).jobs == []


async def test_a_state_that_nobody_remembers_gets_the_whole_page(site: Site) -> None:
    site.has(BatchJob(id="batch-1", status="IN_PROGRESS"))
    for state in ("", "0123456789abcdef", "?" * 3_000):
        answer = await site.get("/", **{"batchbell-shown": state})
        assert Seen(answer.text).jobs == ["default/batch-1"]
        assert "<template" not in answer.text


async def test_a_job_that_goes_to_another_list_is_sent_again(site: Site) -> None:
    site.has(BatchJob(id="done", status="COMPLETED", completed_at=site.ago(HOUR)))
    failing = BatchJob(id="bad", status="FAILED", completed_at=site.ago(HOUR))
    site.has(failing)
    before = await site.seen()
    site.clock.advance(24 * HOUR)
    after = await asked_again(site, before)
    assert "default/bad" in after.jobs


async def test_a_key_is_text_whatever_a_job_is_called(past: Site) -> None:
    whole = await past.seen()
    again = await asked_again(past, whole)
    assert f"default/{ODD_ID}" in [each["data-key"] for each in again.all("template")]
    parts = PageParts()
    html = parts.take(Markup("<li></li>"), '"><script>alert(1)</script>', "jobs")
    sent = parts.joined(html, "", parts.digests)
    assert "<script" not in sent
    assert "<li>" not in sent


def test_the_same_text_under_another_key_or_in_another_list_is_another_part() -> None:
    digests: set[bytes] = set()
    for key, of in (("1", "events"), ("2", "events"), ("1", "deliveries")):
        parts = PageParts()
        parts.take(Markup("<li></li>"), key, of)
        digests |= parts.digests
    assert len(digests) == 3


def test_the_oldest_states_are_forgotten_first() -> None:
    states = States(most=2)
    names = [states.remember(frozenset({bytes([number])})) for number in range(2)]
    # One that is shown again is as good as new.
    assert states.remember(frozenset({bytes([0])})) == names[0]
    states.remember(frozenset({bytes([2])}))
    assert states.parts_of(names[0]) == {bytes([0])}
    assert states.parts_of(names[1]) == frozenset()
