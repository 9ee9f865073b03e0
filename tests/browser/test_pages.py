"""The status page in a real browser: read, filtered, live, attacked; nothing goes wrong in it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.scene import ATTACK, HOUR, OTHER_MODEL, RUNNING_MODEL, Scene
from tests.browser.window import DESKTOP, HIGH, LOW, PHONE, Visit
from tests.e2e.harness import API_KEY
from tests.e2e.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Response, Route

    from tests.browser.conftest import OpenVisit

#: What a person may wait for news, seconds: a page asks every 3 s at most, and takes its time.
LIVE_SECONDS = 5.0
#: What axe calls a violation that keeps people out.
SERIOUS = {"serious", "critical"}
#: Adds up by how much what is seen moves by itself.
WATCH_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifted += entry.value;
    }).observe({type: "layout-shift"});
"""
#: Keeps what the page says of itself from here on.
NOTE_WHAT_IT_SAYS = """
    window.said = [];
    new MutationObserver(() => said.push(document.getElementById("live").textContent))
        .observe(document.getElementById("live"), {childList: true});
"""
#: More is noticed. Source: https://web.dev/articles/cls, half of what counts as good.
MOST_SHIFTED = 0.05
#: Smallest height of what a finger has to hit, CSS pixels. Source: WCAG 2.2, 2.5.8.
FINGER = 24


def row(job_id: str) -> str:
    return f'[data-key="default/{job_id}"]'


@pytest.fixture(scope="module")
def paths(browser: Browser, scene: Scene) -> list[str]:
    """Return the paths of all pages: those of the navigation, and two jobs'."""
    opened = Visit(browser, scene.address)
    navigation = opened.open().locator("nav.pages a")
    links = navigation.evaluate_all("links => links.map(link => link.href)")
    opened.close()
    jobs = map(scene.job_page, (scene.running, scene.partial))
    return [*(urlsplit(link).path for link in links), *jobs]


def test_the_overview_says_at_once_what_is_wrong_and_what_runs(
    visit: OpenVisit, scene: Scene
) -> None:
    page = visit().open()
    expect(page).to_have_title(re.compile("1 to cancel now, 2 to repair"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 to cancel now")
    shown = page.locator("#look ~ ol > li")
    # The one that will be late comes first, what ended in part is among them.
    expect(shown).to_have_count(4)
    expect(shown.first).to_have_attribute("data-key", f"default/{scene.late}")
    expect(shown.first).to_contain_text("Cancel it now")
    expect(page.locator("#running ~ ol > li")).to_have_count(1)
    expect(page.locator(row(scene.failed))).to_contain_text("line 3: invalid JSON")


#: A time by the reader's clock.
LOCAL = """value => new Intl.DateTimeFormat("sv-SE", {
    timeZone: "Asia/Kolkata", dateStyle: "short", timeStyle: "short"
}).format(new Date(value))"""


def test_times_are_those_of_the_reader_s_clock_and_name_his_zone(visit: OpenVisit) -> None:
    page = visit(timezone_id="Asia/Kolkata", locale="de-DE").open()
    expect(page.locator(".zone")).to_have_text("times in IST")

    def is_said() -> bool:
        time = page.locator(".as-of time").first
        at = page.evaluate(LOCAL, time.get_attribute("datetime"))
        return time.inner_text() == f"{at} IST" and "UTC" in (time.get_attribute("title") or "")

    # News may put another time in its place in between.
    assert any(is_said() for _ in range(20))


#: A time below a drawing, as it is served: in UTC.
TICK = re.compile(r'<text class="tick"[^>]* y="230">([\d:]+)</text>')
#: From UTC to Asia/Kolkata.
AHEAD = timedelta(hours=5, minutes=30)


def in_kolkata(clock: str) -> str:
    """Return `07:30` for `02:00`."""
    form = "%H:%M:%S" if clock.count(":") > 1 else "%H:%M"
    return (datetime.strptime(f"{clock} +0000", f"{form} %z") + AHEAD).strftime(form)


def test_a_drawing_has_the_times_of_its_reader_s_clock(visit: OpenVisit, scene: Scene) -> None:
    page = visit(timezone_id="Asia/Kolkata").open(scene.job_page(scene.running))

    def is_by_his_clock() -> bool:
        answer = page.reload()
        assert answer is not None
        served = [in_kolkata(clock) for clock in TICK.findall(answer.text())]
        return bool(served) and served == page.locator(".plot text.tick").all_text_contents()

    # News may put another drawing in the place of the one that was served.
    wait_until(is_by_his_clock, "the times of the drawing that was served, by his clock")


#: All that is seen or read aloud of a page's own.
SHOWN = """() => [
    document.querySelector("main").innerText,
    ...[...document.querySelectorAll("main svg[aria-label]")].map(drawing => drawing.ariaLabel),
].join(" ")"""


def test_no_time_of_a_page_is_by_another_clock_than_its_reader_s(
    visit: OpenVisit, paths: list[str]
) -> None:
    opened = visit(timezone_id="Asia/Kolkata")
    for path in paths:
        page = opened.open(path)
        expect(page.locator(".zone")).to_have_text("times in IST")
        assert " UTC" not in page.evaluate(SHOWN), path


def test_who_lives_by_utc_sees_what_the_server_says(visit: OpenVisit) -> None:
    page = visit(timezone_id="UTC").open()
    expect(page.locator(".zone")).to_have_text("times in UTC")
    expect(page.locator("time").first).to_contain_text("UTC")


def test_news_arrive_without_a_reload(visit: OpenVisit, scene: Scene) -> None:
    page = visit(viewport=LOW).open()
    expect(page.locator("#live")).to_have_text("live")
    page.evaluate("window.sameDocument = true")
    took = []
    # The quickest of three: on a busy machine one of them may have had to wait.
    for status in ("CANCELING", "IN_PROGRESS", "CANCELLED"):
        job_id = scene.late if status != "CANCELLED" else scene.api.add_job(status="CANCELLED")
        if status != "CANCELLED":
            scene.api.update_job(job_id, status=status)
        query = "SELECT count(*) FROM batch_jobs WHERE id = ? AND status = ?"
        wait_until(lambda: scene.bell.value(query, job_id, status), status)  # noqa: B023 (called at once)
        began = page.evaluate("performance.now()")
        expect(page.locator(row(job_id))).to_contain_text(status)
        took.append((page.evaluate("performance.now()") - began) / 1000)
    assert min(took) < LIVE_SECONDS
    assert page.evaluate("window.sameDocument")


def test_a_page_says_that_it_is_cut_off_and_comes_back_by_itself(
    visit: OpenVisit, scene: Scene
) -> None:
    page = visit(expected=("Failed to load resource",)).open()
    expect(page.locator("#live")).to_have_text("live")
    scene.bell.stop()
    expect(page.locator("#live")).to_have_text("not connected")
    scene.bell.start()
    expect(page.locator("#live")).to_have_text("live")


def test_jobs_are_chosen_with_the_keyboard_alone(visit: OpenVisit, scene: Scene) -> None:
    page = visit().open()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the jobs")
    page.get_by_label("Find").focus()
    page.keyboard.type("invalid json")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]text=invalid\+json"))
    expect(page.locator("li.job")).to_have_count(1)
    expect(page.locator(row(scene.failed))).to_be_visible()
    expect(page.get_by_label("Find")).to_have_value("invalid json")


def test_jobs_are_chosen_by_model_and_status(visit: OpenVisit, scene: Scene) -> None:
    page = visit().open()
    page.get_by_label("Model").select_option(OTHER_MODEL)
    page.get_by_role("button", name="Show").click()
    expect(page.locator("li.job")).to_have_count(2)
    expect(page.locator(row(scene.failed))).to_be_visible()
    expect(page.locator(row(scene.partial))).to_be_visible()
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("Status").select_option("FAILED")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("li.job")).to_have_count(2)
    expect(page.locator(row(scene.failed))).to_be_visible()
    expect(page.locator(row(scene.attack))).to_be_visible()


def test_a_jobs_page_has_its_progress_drawn_and_who_was_told(
    visit: OpenVisit, scene: Scene
) -> None:
    page = visit().open()
    page.locator(row(scene.running)).get_by_role("link").click()
    expect(page).to_have_url(re.compile(scene.running))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("svg").first).to_be_visible()
    page.goto(urljoin(page.url, scene.job_page(scene.failed)))
    expect(page.locator("main")).to_contain_text("line 3: invalid JSON")
    expect(page.locator("main")).to_contain_text("hook sent")


def test_a_jobs_page_has_what_came_back_and_leads_to_it(visit: OpenVisit, scene: Scene) -> None:
    page = visit().open()
    expect(page.locator(row(scene.partial))).to_contain_text("950 of 1,000 ok · 40 failed")
    page.goto(urljoin(page.url, scene.job_page(scene.partial)))
    page.get_by_role("link", name="950 of 1,000 ok").click()
    expect(page.get_by_role("heading", name="Did everything come back?")).to_be_in_viewport()
    expect(page.get_by_role("img", name="950 ok, 40 failed, 10 missing")).to_be_visible()
    causes = page.get_by_role("table", name="Why requests failed").get_by_role("row")
    expect(causes.nth(1)).to_contain_text("for example")


def test_all_of_it_can_be_read_without_javascript(visit: OpenVisit, paths: list[str]) -> None:
    page = visit(java_script_enabled=False).open()
    page.get_by_label("Find").fill("no such job")
    page.get_by_label("Find").press("Enter")
    expect(page.locator("main")).to_contain_text("No running job is like that.")
    for path in paths:
        page.goto(urljoin(page.url, path))
        expect(page.locator("h1")).to_be_visible()


def test_a_jobs_attack_is_shown_as_the_text_it_is(
    visit: OpenVisit, scene: Scene, paths: list[str]
) -> None:
    opened = visit()
    for path in [*paths, scene.job_page(scene.attack)]:
        page = opened.open(path)
        assert page.evaluate("window.attacked") is None
        assert page.locator("main img, main script, main style, main iframe").count() == 0
    expect(opened.page.locator("main")).to_contain_text("<script>attacked=2</script>")


def test_an_attack_that_got_into_a_page_would_not_run(visit: OpenVisit, scene: Scene) -> None:
    opened = visit(
        expected=("Content Security Policy", "Content-Security-Policy", "Failed to load")
    )

    def let_in(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("<h1", f"{ATTACK}<h1", 1))

    opened.page.route("**/jobs/**", let_in)
    page = opened.open(scene.job_page(scene.running))
    assert page.locator("main script").count() == 1
    page.get_by_role("link", name="click").click()
    assert page.evaluate("window.attacked") is None
    expect(page.locator("h1")).to_be_visible()
    # The page goes on asking for news, until it is closed.
    page.unroute_all(behavior="ignoreErrors")
    refused = " ".join(opened.complaints)
    assert "script" in refused
    assert "style" in refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_every_page_fits_and_is_open_to_everybody(
    visit: OpenVisit, paths: list[str], scheme: str, size: str
) -> None:
    options: dict[str, Any] = {"viewport": PHONE, "has_touch": True} if size == "phone" else {}
    opened = visit(color_scheme=scheme, reduced_motion="reduce", **options)
    for path in paths:
        page = opened.open(path)
        assert opened.overflow <= 0, f"{path} is wider than the window"
        found = Axe().run(page).response["violations"]
        told = [f"{path}: {each['id']}: {each['nodes'][0]['html']}" for each in found]
        assert not [
            text for text, each in zip(told, found, strict=True) if each["impact"] in SERIOUS
        ]


def test_what_is_well_can_be_read_to_its_end_on_a_narrow_page(visit: OpenVisit) -> None:
    page = visit(viewport={"width": 220, "height": 740}).open()
    ends = page.locator(".well summary .one").evaluate_all(
        "them => them.map(one => one.getBoundingClientRect().right)"
    )
    assert len(ends) == 2
    assert max(ends) <= 220


def test_how_far_a_delivery_came_is_never_cut_off(visit: OpenVisit) -> None:
    page = visit(viewport=PHONE).open("/deliveries")
    state = page.locator(".row.delivery .when .fared").first
    ends = state.evaluate(
        """small => {
            small.textContent = "not told: its receiver fails since 2026-11-29 22:20 (HTTP 503)";
            const text = document.createRange();
            text.selectNodeContents(small);
            return [text, small.closest(".row")].map(one => one.getBoundingClientRect().right);
        }"""
    )
    assert ends[0] <= ends[1]


def test_an_event_s_lines_stay_together_beside_channels_that_take_many(visit: OpenVisit) -> None:
    page = visit().open("/events")
    gap = page.locator("ol.rows > .event:not(.small)").first.evaluate(
        """row => {
            row.querySelector(".when").style.minHeight = "300px";
            // What is folded behind the headline may need a line of its own.
            const above = [...row.querySelectorAll(".name > :not(.notes)")].map(one =>
                one.getBoundingClientRect().bottom);
            const notes = row.querySelector(".name > .notes").getBoundingClientRect();
            return notes.top - Math.max(...above);
        }"""
    )
    assert gap < 12


def test_what_stands_above_the_events_keeps_its_distance(visit: OpenVisit) -> None:
    page = visit().open("/events")
    distance = page.locator("ol.rows").evaluate(
        """rows => {
            const above = document.createElement("section");
            above.textContent = "pager failing for 7h";
            rows.before(above);
            return rows.getBoundingClientRect().top - above.getBoundingClientRect().bottom;
        }"""
    )
    assert distance > 0


def test_the_words_of_a_command_stay_whole_on_a_phone(visit: OpenVisit, scene: Scene) -> None:
    page = visit(viewport={"width": 390, "height": 844}).open(scene.job_page(scene.partial))
    words = page.locator(".verdict code.own-line .word")
    lines = words.evaluate_all(
        """words => words.map(word => {
            const text = document.createRange();
            text.selectNodeContents(word);
            return [word.textContent, text.getClientRects().length];
        })"""
    )
    assert [text for text, count in lines if text == "retry"]
    assert [text for text, count in lines if count != 1] == []


def test_what_is_to_be_cancelled_now_has_its_command_on_a_phone(
    visit: OpenVisit, scene: Scene
) -> None:
    opened = visit(viewport={"width": 390, "height": 844})
    command = opened.open().locator(f"{row(scene.late)} code")
    expect(command).to_be_visible()
    expect(command).to_have_text(f"batchbell cancel -- {scene.late}")
    assert opened.overflow <= 0


def test_what_can_wait_names_its_first_job_on_a_phone(visit: OpenVisit) -> None:
    page = visit(viewport={"width": 390, "height": 844}).open()
    waiting = page.locator(".named > .can-wait").filter(has_text=" to ").first
    expect(waiting.locator("a").first).to_be_visible()
    expect(waiting.locator(".others:visible")).to_have_count(0)


def test_dark_is_dark_and_light_is_light(visit: OpenVisit) -> None:
    def brightness(scheme: str) -> int:
        page = visit(color_scheme=scheme).open()
        colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert brightness("dark") < 3 * 64
    assert brightness("light") > 3 * 192


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_a_finger_hits_every_link_and_field(
    visit: OpenVisit, scene: Scene, paths: list[str], size: dict[str, int]
) -> None:
    opened = visit(expected=("404",), viewport=size, has_touch=True)
    for path in [*paths, scene.job_page(scene.failed), "/no/such/page"]:
        page = opened.open(path)
        # What is hidden until it is focused has no place.
        found = page.locator("a:not(.skip), summary, input, select, button").evaluate_all(
            "them => them.map(one => [one.getBoundingClientRect().height, one.outerHTML])"
            ".filter(([height]) => height > 0)"
        )
        assert found
        assert [html for height, html in found if height < FINGER] == [], path


def test_live_news_keep_what_somebody_is_writing(visit: OpenVisit, scene: Scene) -> None:
    page = visit(viewport=LOW).open(f"/?model={RUNNING_MODEL}")
    field = page.get_by_label("Find")
    field.fill("half a wo")
    field.focus()
    new = scene.api.add_job(status="IN_PROGRESS", model_id=RUNNING_MODEL, progress=1)
    other = scene.api.add_job(status="IN_PROGRESS", model_id=OTHER_MODEL, progress=1)
    expect(page.locator(row(new))).to_be_visible()
    expect(page.locator(row(other))).to_have_count(0)
    expect(field).to_be_focused()
    expect(field).to_have_value("half a wo")


def test_events_wait_on_their_page_until_they_are_asked_for_and_what_was_opened_stays_open(
    visit: OpenVisit, scene: Scene
) -> None:
    page = visit().open("/events")
    expect(page.locator("#live")).to_have_text("live")
    opened = page.locator("li.event details").first
    opened.locator("summary").first.click()
    expect(opened).to_have_attribute("open", "")
    key = page.locator("li.event", has=page.locator("details[open]")).get_attribute("data-key")
    new = scene.api.add_job(status="FAILED", error="line 9: no prompt")
    row = page.locator("li.event", has_text=new).filter(has_text="batch.failed")
    news = page.get_by_role("button", name="new")
    # It has failed; that it was created may go into a row of small news that is there.
    expect(news).to_have_text(re.compile("[12] new"))
    expect(row).to_have_count(0)
    news.click()
    expect(news).to_be_hidden()
    expect(row).to_contain_text("line 9: no prompt")
    expect(row).to_contain_text("hook sent")
    still = page.locator(f'li.event[data-key="{key}"] details').first
    expect(still).to_have_attribute("open", "")


def test_events_are_chosen_and_lead_to_their_job(visit: OpenVisit, scene: Scene) -> None:
    page = visit().open("/events")
    page.get_by_label("Kind").select_option("batch.failed")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("kind=batch.failed"))
    rows = page.locator("li.event")
    expect(rows.first).to_be_visible()
    assert all("batch.failed" in text for text in rows.all_inner_texts())
    page.locator("li.event", has_text=scene.failed).get_by_role("link").click()
    expect(page).to_have_url(re.compile(scene.failed))


def test_the_page_about_it_shows_no_secret(visit: OpenVisit) -> None:
    page = visit().open("/about")
    expect(page.locator("main")).to_contain_text("[accounts.default]")
    expect(page.locator("main")).to_contain_text("<secret>")
    assert API_KEY not in page.content()


def test_focus_and_selection_stay_in_a_row_while_others_come_and_go(
    visit: OpenVisit, scene: Scene
) -> None:
    now = scene.api.clock.now()
    first, second, third = (
        scene.api.add_job(status="IN_PROGRESS", progress=1, job_deadline=now + hours * HOUR)
        for hours in (10, 11, 12)
    )
    page = visit(viewport=LOW).open()
    expect(page.locator(row(third))).to_be_visible()
    page.locator(row(second)).get_by_role("link").evaluate("it => it.focus({preventScroll: true})")
    page.evaluate(
        "key => getSelection().selectAllChildren(document.querySelector(key))", row(second)
    )
    selected = page.evaluate("String(getSelection())")
    # One before it leaves the list, one comes before it, and one behind it moves to before it.
    scene.api.update_job(first, status="COMPLETED", output_file_id="file-obviously-fake")
    new = scene.api.add_job(status="IN_PROGRESS", progress=1, job_deadline=now + 9 * HOUR)
    scene.api.update_job(third, job_deadline=now + 8 * HOUR)
    expect(page.locator(f"#finished ~ ol > {row(first)}")).to_be_visible()
    expect(page.locator(row(new))).to_be_visible()
    above = f"{row(third)} ~ {row(new)} ~ {row(second)}"
    expect(page.locator(above)).to_be_visible()
    expect(page.locator(row(second)).get_by_role("link")).to_be_focused()
    assert second in selected
    assert second in page.evaluate("String(getSelection())")


def test_what_would_push_the_rows_that_are_read_waits_above_them(
    visit: OpenVisit, scene: Scene
) -> None:
    now = scene.api.clock.now()
    scene.api.add_job(status="COMPLETED", output_file_id="file-obviously-fake")
    ends, stays = (
        scene.api.add_job(status="IN_PROGRESS", progress=1, job_deadline=now + hours * HOUR)
        for hours in (3, 4)
    )
    query = "SELECT count(*) FROM batch_jobs WHERE id = ?"
    wait_until(lambda: scene.bell.value(query, stays), "it is listed")
    page = visit(viewport=HIGH).open()
    expect(page.locator("#live")).to_have_text("live")
    page.evaluate(WATCH_SHIFTS)
    new = scene.api.add_job(status="IN_PROGRESS", progress=1, job_deadline=now + 2 * HOUR)
    scene.api.update_job(ends, status="COMPLETED", output_file_id="file-obviously-fake")
    # What has ended says so where it was, and stands among the finished ones later.
    expect(page.locator(f"#running ~ ol > {row(ends)}")).to_contain_text("COMPLETED")
    news = page.get_by_role("button", name="new")
    expect(news).to_have_text("2 new")
    expect(page.locator(row(new))).to_have_count(0)
    assert page.evaluate("shifted") < MOST_SHIFTED
    news.click()
    expect(page.locator(f"#running ~ ol > {row(new)}")).to_be_visible()
    expect(page.locator(f"#finished ~ ol > {row(ends)}")).to_be_visible()
    expect(page.locator(f"#running ~ ol > {row(ends)}")).to_have_count(0)
    expect(news).to_be_hidden()


def test_a_board_that_nobody_touches_shows_what_is_new_by_itself(
    visit: OpenVisit, scene: Scene
) -> None:
    opened = visit(viewport=HIGH)
    opened.page.clock.install()
    page = opened.open()
    expect(page.locator("#live")).to_have_text("live")
    new = scene.api.add_job(status="IN_PROGRESS", progress=1)
    expect(page.get_by_role("button", name="new")).to_have_text("1 new")
    page.clock.fast_forward("02:00")
    expect(page.locator(row(new))).to_be_visible()
    expect(page.get_by_role("button", name="new")).to_be_hidden()


def test_only_the_rows_that_differ_are_sent_again(visit: OpenVisit, scene: Scene) -> None:
    # Of one without a deadline and a file nothing changes but what the API says of its progress.
    calm, moving = (
        scene.api.add_job(
            status="IN_PROGRESS",
            progress=1,
            created_at=None,
            job_deadline=None,
            input_file_id=None,
        )
        for _ in range(2)
    )
    opened = visit(viewport=LOW)
    page = opened.open()
    expect(page.locator(row(calm))).to_be_visible()
    expect(page.locator(row(moving))).to_be_visible()
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    scene.api.update_job(moving, progress=26)
    expect(page.locator(row(moving))).to_contain_text("26.0%")
    (sent,) = [text for text in (each.text() for each in answers) if "26.0%" in text]
    assert f'<template data-key="default/{calm}">' in sent
    assert f'<template data-key="default/{moving}">' not in sent
    expect(page.locator(row(calm))).to_contain_text("1.0%")
    # A server that knows nothing of the page any more sends all of it.
    page.evaluate("document.getElementById('main').dataset.state = 'forgotten'")
    scene.api.update_job(moving, progress=27)
    expect(page.locator(row(moving))).to_contain_text("27.0%")
    expect(page.locator(row(calm))).to_contain_text("1.0%")


def test_a_page_that_could_not_be_fetched_is_asked_for_again_when_the_answer_said(
    visit: OpenVisit, scene: Scene
) -> None:
    opened = visit(expected=("Failed to load resource",))
    page = opened.open("/events")
    expect(page.locator("#live")).to_have_text("live")
    page.route(
        "**/events",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}, body="not now"),
    )
    scene.api.add_job(status="FAILED")
    expect(page.locator("#live")).to_have_text("not up to date")
    page.evaluate(NOTE_WHAT_IT_SAYS)
    # The stream speaks of a change meanwhile, and the page is still not what it speaks of.
    job = scene.api.add_job(status="FAILED")
    wait_until(lambda: scene.bell.value("SELECT 1 FROM batch_jobs WHERE id = ?", job), "it is seen")
    for _ in range(2):
        with page.expect_response("**/events"):
            pass
    assert "live" not in page.evaluate("said")
    page.unroute_all(behavior="ignoreErrors")
    expect(page.get_by_role("button", name="new")).to_be_visible()
    expect(page.locator("#live")).to_have_text("live")
