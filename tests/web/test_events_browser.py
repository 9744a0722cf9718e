"""Events in a real browser: from nothing to a forecast, boards by mouse and keys, two tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bingosim.event.examples import example_file
from tests.web.conftest import TINY, Server
from tests.web.looking import LONG, PHONE, audit, watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

CARD = example_file("clan-card-5x5").read_text("utf-8")


@pytest.fixture(scope="module")
def empty(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An installation in which nothing is yet."""
    import shutil

    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("empty") / "web.db")
    server = Server(f"sqlite:///{file}")
    server.start()
    yield server
    server.stop()


def imported(page: Page, text: str) -> str:
    """Import an event; return the path of its board."""
    answer = page.request.post("/events/import", form={"text": text}, max_redirects=0)
    return answer.headers["location"].partition("?")[0]


def names(page: Page, row: int) -> list[str]:
    """Return the names of a row's tiles, as they stand."""
    return page.locator(f"#row-{row} .tiles .name").all_inner_texts()


def tile(page: Page, key: str) -> Locator:
    """Return the link of a tile on the board."""
    return page.locator(f"#tile-{key}")


def test_from_an_empty_installation_to_a_result(browser: Browser, empty: Server) -> None:
    with watched(browser, empty.address) as page:
        for name in ("Ada", "Bea"):
            page.goto("/players/new")
            page.get_by_label("Name").fill(name)
            page.get_by_role("button", name="Save", exact=True).click()
            page.wait_for_url("**/players/*done=made")
        page.goto("/")
        page.get_by_role("link", name="New event").click()
        page.get_by_label("Name").fill("First bingo")
        page.get_by_label("Start").fill("2027-03-06T12:00")
        page.get_by_label("Time zone").fill("Europe/London")
        page.get_by_label("Length").fill("1d")
        page.get_by_label("Rows", exact=True).fill("1")
        page.get_by_label("Tiles in a row").fill("2")
        page.get_by_role("button", name="Make the board").click()
        expect(page.locator("#check-title")).to_contain_text("to look at")

        for number, words in enumerate(("scurrius spine", "giant mole skin"), 1):
            tile(page, f"tile_1_{number}").click()
            panel = page.get_by_role("dialog")
            panel.get_by_label("Name").fill(words)
            panel.get_by_role("button", name="Add a source").click()
            panel.get_by_label("Words of an activity or of a drop").fill(words)
            panel.locator(".found button").first.click()
            expect(panel.locator(".drop input:checked")).not_to_have_count(0)
            panel.get_by_role("button", name="Save", exact=True).click()
            expect(page.locator(f"#tile-tile_1_{number} .name")).to_have_text(words)
        expect(page.locator(".facts b")).to_have_count(2, timeout=2 * LONG)
        expect(page.locator(".tiles .state")).to_have_count(0)

        page.get_by_role("link", name="Teams", exact=True).first.click()
        for number, name in enumerate(("Ada", "Bea")):
            page.get_by_role("button", name="+ Team").click()
            expect(page.locator(".roster")).to_have_count(number + 1)
            page.get_by_label(name).check()
            page.locator(".draft-to button").nth(number).click()
            expect(page.locator(f"#team-{number}")).to_contain_text(name)
        expect(page.locator(".balance tbody tr")).to_have_count(2)
        expect(page.locator(".balance")).to_contain_text("nothing is out of reach")

        page.get_by_role("link", name="Forecast it").click()
        expect(page.locator("#check")).to_contain_text("runs take", timeout=2 * LONG)
        page.get_by_label("Number of runs").fill("200")
        page.get_by_role("button", name="Start the forecast").click()
        page.wait_for_url("**/batches/*")
        expect(page.locator(".status")).to_have_text("completed", timeout=2 * LONG)
        expect(page.locator(".wins tbody tr")).to_have_count(2)
        page.get_by_role("link", name="Run again").click()
        page.get_by_label("Team 2, 1 player, plays by").select_option("balanced")
        page.get_by_role("button", name="Start the forecast").click()
        page.wait_for_url("**/batches/*")
        expect(page.locator(".status")).to_have_text("completed", timeout=2 * LONG)


def test_tiles_are_moved_by_keys_and_opened_by_enter(page: Page) -> None:
    page.goto(imported(page, CARD))
    expect(page.locator(".computing")).to_have_count(0)
    before = names(page, 0), names(page, 1)
    tile(page, "spines").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.locator(".tiles a:focus .name")
    expect(focused).to_have_text(before[1][1])
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#row-0 .name").nth(1)).to_have_text(before[1][1])
    expect(page.locator("#row-1 .name").nth(1)).to_have_text(before[0][1])
    expect(focused).to_have_text(before[1][1])  # and it goes on from there
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("#row-0 .name").first).to_have_text(before[1][1])
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog")
    expect(panel.get_by_label("Name")).to_have_value(before[1][1])
    assert "/tiles/" in page.url
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert "/tiles/" not in page.url
    page.keyboard.press("Delete")
    expect(panel).to_contain_text("Remove this tile?")
    expect(panel.get_by_role("link", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_be_hidden()
    assert len(names(page, 0)) == 5


def test_a_tile_is_dragged_to_another_row(page: Page) -> None:
    page.goto(imported(page, example_file("winter-bingo").read_text("utf-8")))
    page.locator("#tile-heads").drag_to(page.locator("#tile-todt"))
    expect(page.locator("#row-0 .tiles li.add")).to_have_attribute("data-column", "5")
    assert page.locator("#row-0 [data-tile]").evaluate_all(
        "tiles => tiles.map(tile => tile.dataset.tile)"
    ) == ["spines", "skins", "heads", "todt", "tempoross"]
    expect(page.locator("#row-1-title ~ .wrong")).to_have_count(0)


def test_what_is_wrong_with_a_tile_is_said_and_nothing_typed_is_lost(page: Page) -> None:
    base = imported(page, TINY)
    page.goto(base)
    tile(page, "crown").click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Points").fill("three")
    panel.get_by_label("Name").fill("The crown itself")
    page.keyboard.press("Enter")
    expect(panel.locator("#points-wrong")).to_contain_text("Expected a whole number")
    expect(panel.get_by_label("Points")).to_be_focused()
    expect(panel.get_by_label("Name")).to_have_value("The crown itself")
    page.keyboard.press("Escape")
    expect(page.locator("#notice")).to_contain_text("Nothing is saved yet")
    expect(panel).to_be_visible()
    panel.get_by_label("Points").fill("4")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#tile-crown .points")).to_have_text("4")
    expect(tile(page, "crown")).to_be_focused()


def test_of_two_tabs_the_second_save_is_told(page: Page) -> None:
    base = imported(page, TINY)
    page.goto(f"{base}/tiles/crown")
    other = page.context.new_page()
    other.goto(f"{base}/tiles/crown")
    other.get_by_label("Name").fill("Theirs")
    other.get_by_role("button", name="Save", exact=True).click()
    other.wait_for_url("**#tile-crown")
    page.get_by_label("Name").fill("Mine")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".conflict")).to_contain_text("Nothing was overwritten")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    page.get_by_role("button", name="Save mine over it").click()
    page.wait_for_url("**#tile-crown")
    expect(page.locator("#tile-crown .name")).to_have_text("Mine")
    other.close()


def test_what_is_typed_in_a_tile_is_kept_when_its_event_is_gone(
    browser: Browser, server: Server
) -> None:
    page = browser.new_page(base_url=server.address)  # the answer 404 is expected here
    base = imported(page, TINY)
    page.goto(base)
    tile(page, "crown").click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Name").fill("Typed for long")
    assert page.request.post(f"{base}/delete", form={"version": "1"}).ok
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("not there any more", timeout=LONG)
    expect(panel.get_by_label("Name")).to_have_value("Typed for long")
    page.close()


def test_players_are_drafted_and_ordered_by_keys(page: Page) -> None:
    base = imported(
        page, TINY.replace("players: [Evening player, Early bird]", "players: [Early bird]")
    )
    page.goto(f"{base}/teams")
    page.get_by_label("Evening player").first.focus()
    page.keyboard.press("2")
    expect(page.locator("#team-1 ol")).to_contain_text("Evening player")
    page.get_by_role("button", name="Move Evening player up").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#team-1 li").first).to_contain_text("Evening player")
    page.get_by_role("link", name="greedy").first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_label("Strategy").select_option("tile-order")
    panel.get_by_label("Tiles").fill("crown chests")
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#team-0")).to_contain_text("tile-order, with parameters")


def test_a_board_is_made_without_scripts(browser: Browser, server: Server) -> None:
    with watched(browser, server.address, java_script_enabled=False) as page:
        base = imported(page, TINY)
        page.goto(base)
        page.get_by_role("button", name="Move A crown left").click()
        assert names(page, 0) == ["A crown", "4 chests opened"]
        tile(page, "crown").click()
        page.get_by_label("Place").select_option("2")
        page.get_by_role("button", name="Add another source").click()
        page.get_by_label("Words of an activity or of a drop").fill("vorkath")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("button", name="Vorkath boss.vorkath").click()
        page.get_by_role("checkbox", name="item.vorkaths_head").check()
        page.get_by_role("button", name="Save", exact=True).click()
        assert names(page, 0) == ["4 chests opened", "A crown"]
        expect(page.locator("#tile-crown")).to_contain_text("Vorkath")
        page.goto(f"{base}/teams")
        page.get_by_role("button", name="Take Night owl out of the team").click()
        page.get_by_role("checkbox", name="Night owl").check()
        page.locator(".draft-to button").first.click()
        expect(page.locator("#team-0 ol")).to_contain_text("Night owl")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_events(
    browser: Browser, server: Server, theme: Any
) -> None:
    with watched(browser, server.address, viewport=PHONE) as page:
        base = imported(page, TINY.replace("{activity: clan.chest, accepts: [item.crown]}", ""))
    paths = ["/", "/events", "/events/new", "/events/import", base, f"{base}/settings"]
    paths += [
        f"{base}/tiles/chests",
        f"{base}/tiles/crown/delete",
        f"{base}/teams",
        f"{base}/teams/0",
    ]
    assert audit(browser, server.address, paths, theme) == []
