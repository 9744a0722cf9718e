"""A report in a real browser, opened from a file: it asks for nothing, everybody can read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.reporting.page import to_html
from tests.unit.result_fakes import fake_report, renamed, small_snapshot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from bingosim.event.snapshot import Snapshot

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
A4 = 688
"""Pixels between the margins of a page."""
PHONE = 390
HOSTILE = (
    "</bdi></title><script>document.title='got it'</script><img src=x onerror=alert(1)>" + "W" * 40
)
CONTRAST = ["color-contrast"]
"""The rule that a theme may break; the others look at what both have in common."""
EVENTS = ("winter-bingo", "clan-card-5x5", "hostile", "wide")


def event(name: str) -> Snapshot:
    """Return an example, or an event that strains the layout."""
    if name == "hostile":
        return renamed(small_snapshot(teams=5), lambda _: HOSTILE)
    if name == "wide":
        snapshot = small_snapshot(teams=2)
        tile = snapshot.board.tiles[0]
        row = tuple(tile.model_copy(update={"key": f"t{number}"}) for number in range(14))
        board = snapshot.board.model_copy(update={"kind": "grid", "rows": (row, row)})
        return snapshot.model_copy(update={"board": board})
    return make_snapshot(load_event(example_file(name)))


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The address of each event's report."""
    directory = tmp_path_factory.mktemp("reports")
    addresses = {}
    for name in EVENTS:
        snapshot = event(name)
        path = directory / f"{name}.html"
        path.write_text(to_html(fake_report(snapshot, runs=40), snapshot), encoding="utf-8")
        addresses[name] = path.as_uri()
    return addresses


def listened(page: Page) -> list[str]:
    """Return a list of what a page asks for and complains of."""
    heard: list[str] = []
    page.on("request", lambda request: heard.append(request.url))
    page.on("console", lambda said: heard.append(said.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.mark.parametrize("name", EVENTS)
def test_it_opens_without_a_request_and_fits_screen_phone_and_paper(
    browser: Browser, reports: dict[str, str], name: str
) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    heard = listened(page)
    page.goto(reports[name])
    assert page.title().endswith(" · BingoSim")
    for width in (1100, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4, "height": 1000})
    assert cut_off(page) == []
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    context.close()
    assert heard == [reports[name]]


def cut_off(page: Page) -> list[str]:
    """Return what reaches beyond the paper, or beyond what holds it."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")].filter(one => {
            const box = one.getBoundingClientRect();
            const holder = one.closest("li, td, th, dd, p, h1, h2, h3, h4");
            const room = holder ? holder.getBoundingClientRect().right + 1 : innerWidth;
            return box.width > 1 && (box.right > innerWidth || box.right > room);
        }).map(one => one.outerHTML.slice(0, 120))"""
    )
    return found


@pytest.mark.parametrize(
    ("theme", "rules", "ground"),
    [("light", {}, "rgb(251, 252, 251)"), ("dark", {"runOnly": CONTRAST}, "rgb(19, 26, 24)")],
)
def test_axe_finds_nothing_in_it(
    browser: Browser, reports: dict[str, str], theme: Any, rules: dict[str, Any], ground: str
) -> None:
    context = browser.new_context(color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    found, papers = [], set()
    for name in EVENTS[
        2:
    ]:  # a board of rows and a card; the first are so large that axe takes long
        page.goto(reports[name])
        papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.add_script_tag(path=AXE)
        result = page.evaluate("rules => axe.run(rules)", rules)
        found += [
            (name, one["id"], [node["html"][:200] for node in one["nodes"]][:3])
            for one in result["violations"]
        ]
    context.close()
    assert found == []
    assert papers == {ground}
