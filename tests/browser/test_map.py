"""The map of the board: its site and its people, linked with the list, without any request elsewhere unless an operator asks."""

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect

from app import routes
from app.settings import from_environment
from intake import datum
from tests.browser.test_dispatch_board import choose, sign_in
from tests.serving import serving
from tests.town import SERIOUS, Town, each

pytestmark = pytest.mark.committed

STATIC: Final = Path(__file__).resolve().parents[2] / "web" / "static"
#: Bytes of scripts, packed, that the board may load.
MOST_SCRIPT: Final = 75_000
TILES: Final = "http://127.0.0.1:9/{z}/{x}/{y}.png"
PIXEL: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


@contextmanager
def desk_of(
    town: Town, chromium: Browser, *, width: int = 1440, settings: Mapping[str, str] | None = None
) -> Iterator[Page]:
    """The dispatcher's browser; a word on the console or a request to an origin that nobody named fails the test."""
    given = from_environment({"CALLOUT_SECURE_COOKIES": "no", "CALLOUT_DEMO": "no", **(settings or {})})
    system = town.works.system
    plain = replace(
        system.settings, secure_cookies=False, map_tiles=given.map_tiles, map_tiles_datum=given.map_tiles_datum,
        map_tiles_credit=given.map_tiles_credit,
    )  # fmt: skip
    with serving(replace(system, settings=plain)) as served:
        context = chromium.new_context(
            base_url=served.url, locale="en-GB", viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        page = context.new_page()
        said: list[str] = []
        foreign = routes.tiles(given).origin
        allowed = (served.url, foreign) if foreign else (served.url,)
        if foreign:  # Before anything is opened: the board asks for tiles at once.
            page.route(f"{foreign}/**", lambda route: route.fulfill(body=PIXEL, content_type="image/png"))
        page.on("console", lambda word: said.append(word.text) if word.type in {"error", "warning"} else None)
        page.on("pageerror", lambda fault: said.append(str(fault)))
        page.on("request", lambda sent: said.append(sent.url) if not sent.url.startswith(allowed) else None)
        sign_in(page)
        expect(page.locator("nav").first).to_be_visible()
        yield page
        context.close()
        assert said == []


def out_in_the_field(town: Town) -> None:
    """Everybody of the east reports where they are: homes are on no map."""
    for km, who in enumerate(("lu", "wang", "chen", "zhou"), start=3):
        place = {"latitude": 31.23 + km / 50, "longitude": 121.47, "accuracy_m": 20.0, "at": town.now.isoformat()}
        town.post(who, "/technicians/me/position", place)


def drawn(page: Page) -> Page:
    """The page once its map is there."""
    expect(page.locator("#map .dot.site")).to_be_visible()
    return page


def test_the_map_shows_the_site_and_every_candidate_by_the_number_of_the_list(town: Town, chromium: Browser) -> None:
    out_in_the_field(town)
    number = town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        choose(page, number)
        drawn(page)
        view = town.get("dispatcher", f"/complaints/{number}/candidates")
        ranks = [str(one["rank"]) for one in each(view, "candidates")]
        assert ranks
        assert page.locator("#map .dot.can").all_inner_texts() == ranks
        listed = page.locator(".people-column li[id^='p-']").count()
        assert page.locator("#map .dot.can, #map .dot.cannot").count() == listed
        expect(page.locator("#map .radius")).to_have_count(1)
        expect(page.locator("#map .ring-name.reach")).to_contain_text("promise")
        for marker in page.locator("#map .spot").all():
            assert marker.get_attribute("aria-label")
            assert marker.get_attribute("tabindex") is None
        expect(page.locator("#map .land")).to_have_count(1)


def test_m_closes_and_opens_the_map_and_the_browser_remembers(town: Town, chromium: Browser) -> None:
    number = town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        choose(page, number)
        drawn(page)
        page.keyboard.press("m")
        expect(page.locator("#map")).to_be_hidden()
        expect(page.locator(".map-toggle")).to_have_attribute("aria-expanded", "false")
        page.reload()
        expect(page.locator(".map-toggle")).to_have_attribute("aria-expanded", "false")
        expect(page.locator("#map")).to_be_hidden()
        page.keyboard.press("m")
        drawn(page)


def test_the_map_and_its_view_outlive_what_happens_elsewhere(town: Town, chromium: Browser) -> None:
    out_in_the_field(town)
    first = town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        choose(page, first)
        drawn(page)
        page.locator("#map").evaluate("element => { element.mark = 'the same'; }")
        page.locator("#map .leaflet-control-zoom-in").click()
        page.locator("#map").focus()
        scale = page.locator("#map .leaflet-control-scale-line").inner_text()
        with page.expect_response(lambda answer: "/board/shown" in answer.url):
            town.post("dispatcher", f"/complaints/{first}/notes", {"note": "The gate is on the north side."})
        expect(page.locator(".case-column .steps").last).to_contain_text("The gate")
        assert page.locator("#map").evaluate("element => element.mark") == "the same"
        assert page.locator("#map .leaflet-control-scale-line").inner_text() == scale
        expect(page.locator("#map")).to_be_focused()
        expect(page.locator("#map .dot.can").first).to_be_visible()


def test_list_and_map_point_at_each_other(town: Town, chromium: Browser) -> None:
    out_in_the_field(town)
    number = town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        choose(page, number)
        drawn(page)
        page.keyboard.press("2")
        expect(page.locator("#map .dot.chosen")).to_have_text("2")
        page.keyboard.press("Escape")
        expect(page.locator("#map .dot.chosen")).to_have_count(0)
        page.locator("#map .dot.can").first.click()
        expect(page.locator(".people > li.lit b")).to_have_text(re.compile("^1"))
        expect(page.locator(".people > li.lit summary")).to_be_focused()


def test_tiles_come_from_the_one_named_origin_and_shift_what_is_drawn(town: Town, chromium: Browser) -> None:
    number = town.report(facts=SERIOUS)
    given = {
        "CALLOUT_MAP_TILES": TILES,
        "CALLOUT_MAP_TILES_DATUM": "gcj02",
        "CALLOUT_MAP_TILES_CREDIT": "© <b>Nobody</b>",
    }
    with desk_of(town, chromium, settings=given) as page:
        asked: list[str] = []
        page.on("request", lambda sent: asked.append(sent.url) if ":9/" in sent.url else None)
        choose(page, number)
        drawn(page)
        expect(page.locator("#map .leaflet-tile-loaded").first).to_be_attached()
        assert asked
        assert all(re.fullmatch(r"http://127\.0\.0\.1:9/\d+/\d+/\d+\.png", url) for url in asked)
        expect(page.locator("#map .land")).to_have_count(0)
        expect(page.locator(".leaflet-control-attribution")).to_contain_text("© <b>Nobody</b>")
        site = page.locator("[data-map]").evaluate("element => JSON.parse(element.dataset.map).site.at")
        case = town.complaint(number)
        assert case.latitude is not None
        assert case.longitude is not None
        assert site == pytest.approx([*datum.from_wgs84(case.latitude, case.longitude, datum="gcj02")], abs=2e-5)
        policy = page.request.get("/").headers["content-security-policy"]
        assert "img-src 'self' data: http://127.0.0.1:9;" in policy


@pytest.mark.parametrize("width", [320, 390, 1024])
def test_the_map_fits_every_width_and_is_closed_on_narrow_ones(town: Town, chromium: Browser, width: int) -> None:
    number = town.report(facts=SERIOUS)
    with desk_of(town, chromium, width=width) as page:
        choose(page, number)
        if width < 1024:
            expect(page.locator("#map")).to_be_hidden()
            page.locator(".map-toggle").click()
        drawn(page)
        page.set_viewport_size({"width": width + 20, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        box = page.locator("#map").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["width"] > 200


def test_the_case_page_shows_where_it_is_and_who_comes(town: Town, chromium: Browser) -> None:
    out_in_the_field(town)
    number = town.report(facts=SERIOUS)
    town.bring(number, "en_route")
    with desk_of(town, chromium) as page:
        page.goto(f"/complaints/{number}")
        drawn(page)
        expect(page.locator("#map .dot.comes")).to_have_count(1)
        expect(page.locator(".map-legend")).to_contain_text("comes")


def test_the_wall_shows_where_everything_is_and_nothing_of_people(town: Town, chromium: Browser) -> None:
    numbers = [town.report(facts=SERIOUS) for _ in range(2)]
    with desk_of(town, chromium, width=1920) as page:
        page.goto("/?wall=1")
        expect(page.locator("#map .dot.case")).to_have_count(2)
        content = page.content()
        names = [str(row.name) for row in town.rows("SELECT name FROM customers")]
        for personal in ("王工", "13800138000", "塔吊停了", *names):
            assert personal not in content
        expect(page.locator("main form")).to_have_count(0)
        expect(page.locator("header.top")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollHeight <= document.documentElement.clientHeight")
        third = town.report(facts=SERIOUS)
        expect(page.locator(f"#c-{third}")).to_be_visible()
        expect(page.locator("#map .dot.case")).to_have_count(3)
        assert numbers


def test_the_wall_leads_to_the_sign_in_once_its_session_ended(town: Town, chromium: Browser) -> None:
    town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        page.goto("/?wall=1")
        expect(page.locator(".wall-queue li")).to_have_count(1)
        page.context.clear_cookies()
        page.evaluate("document.getElementById('rows').dispatchEvent(new CustomEvent('changed'))")
        expect(page.get_by_label("Password")).to_be_visible()


def test_the_scripts_of_the_board_keep_their_budget(
    town: Town, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    number = town.report(facts=SERIOUS)
    with desk_of(town, chromium) as page:
        scripts: set[str] = set()
        page.on("response", lambda found: scripts.add(found.url) if found.url.split("?")[0].endswith(".js") else None)
        choose(page, number)
        drawn(page)
        packed = {
            url.rpartition("/")[2]: len(gzip.compress(page.request.get(url).body(), 9)) for url in sorted(scripts)
        }
    with capsys.disabled():
        print(f"\nboard, scripts packed: {sum(packed.values())} bytes of {MOST_SCRIPT}: {packed}")  # noqa: T201 -- what was measured is said
    assert sum(packed.values()) <= MOST_SCRIPT
