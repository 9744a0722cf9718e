"""Activities in a real browser: from the catalog to an own one, rows by keyboard, two tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.web.looking import audit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.web.conftest import Server

LOGS = {
    "key": "own.logs",
    "name": "Logs",
    "time.seconds": "300",
    "loot[0].drops[0].chance": "1/4",
    "loot[0].drops[0].gives[0].drop": "item.log",
}


def made(page: Page, **fields: str) -> str:
    """Make an activity by the form; return the path of its page."""
    answer = page.request.post("/activities/new", form={**LOGS, **fields}, max_redirects=0)
    return answer.headers["location"].partition("?")[0]


def test_an_activity_is_found_in_the_catalog_and_a_copy_is_changed(page: Page) -> None:
    page.goto("/activities")
    page.get_by_label("Search").fill("nihil horn")
    expect(page.locator("#list tbody th")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text("nihil horn 1/258")
    assert page.url.endswith("/activities?q=nihil+horn&which=all")
    page.get_by_role("link", name="Nex").click()
    expect(page.get_by_role("heading", name="Why these figures")).to_be_visible()
    page.get_by_role("link", name="Use a changed copy").click()
    check = page.locator("#check")
    expect(check).to_contain_text("events that use yours play it instead")
    expect(check).to_contain_text("for 5 together")
    page.get_by_label("Seconds").fill("120")
    expect(check.get_by_role("row", name="nihil shard")).to_contain_text("248")
    page.get_by_label("Key").fill("own.nex")
    expect(check).not_to_contain_text("play it instead")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/activities/*?done=made")
    expect(page.get_by_role("status").first).to_have_text("The new activity is saved.")
    page.goto("/activities?q=nex")
    expect(page.locator("#list")).to_contain_text("catalog time medium")
    page.get_by_label("Show").select_option("own")
    expect(page.locator("#list")).not_to_contain_text("catalog time medium")
    expect(page.locator("#list")).to_contain_text("own.nex")


def test_loot_is_written_down_by_keyboard(page: Page) -> None:
    page.goto("/activities/new")
    page.get_by_label("Name").fill("Chest of ours")
    page.get_by_label("Key").fill("own.chest")
    page.get_by_label("Seconds").fill("90")
    expect(page.get_by_label("At least")).to_be_hidden()
    page.get_by_label("Chance 1 of line 1", exact=True).fill("1/4")
    expect(page.locator("#loot-0-nothing")).to_have_text("nothing 75.0 %")
    expect(page.get_by_label("Chance 1 of line 1", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("item.key")
    page.keyboard.press("Tab")
    page.keyboard.type("2-4")
    expect(page.locator("#check").get_by_role("row", name="key")).to_contain_text("30.0")
    page.get_by_role("button", name="Or another drop").press("Enter")
    expect(page.get_by_label("Chance 2 of line 1", exact=True)).to_be_focused()
    page.keyboard.type("4/4")
    expect(page.locator("#loot-0-nothing")).to_contain_text("add up to 125.0 %")
    page.keyboard.press("Tab")
    page.keyboard.type("item.map")
    page.get_by_role("button", name="With 2 of line 1, give another drop too").press("Space")
    expect(page.get_by_label("Drop 2 of 2 of line 1", exact=True)).to_be_focused()
    page.keyboard.type("item.note")
    page.get_by_role("button", name="Add a loot line").press("Enter")
    expect(page.get_by_label("Chance 1 of line 2", exact=True)).to_be_focused()
    page.get_by_role("button", name="Save").click()
    chance = page.get_by_label("Chance 1 of line 1", exact=True)
    expect(chance).to_be_focused()  # where it is said that it is too much
    expect(page.locator("#loot-0-drops-0-chance-wrong")).to_contain_text("more than 1")
    expect(page.get_by_label("Chance 1 of line 2", exact=True)).to_have_count(
        0
    )  # nothing was typed there
    page.get_by_label("Chance 2 of line 1", exact=True).fill("1/2")
    page.get_by_label("Chance 2 of line 1", exact=True).press("Enter")  # saves, and removes nothing
    page.wait_for_url("**/activities/*?done=made")
    expect(page.get_by_label("How many of drop 1 of line 1", exact=True)).to_have_value("2-4")
    expect(page.get_by_label("Drop 2 of 2 of line 1", exact=True)).to_have_value("item.note")
    page.get_by_role("button", name="Remove item.map").first.press("Enter")
    expect(page.get_by_label("Drop 2 of line 1", exact=True)).to_have_value("item.note")
    expect(page.get_by_label("Drop 2 of line 1", exact=True)).to_be_focused()


def test_sizes_are_asked_for_where_there_are_groups(page: Page) -> None:
    page.goto("/activities/new")
    page.get_by_label("Players").select_option("together")
    page.get_by_label("At least").fill("3")
    page.get_by_label("Players").select_option("alone")
    expect(page.get_by_label("At least")).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#group-min-wrong")).to_contain_text("Only groups have this")


def test_the_second_of_two_tabs_is_told(page: Page) -> None:
    path = made(page, key="own.two_tabs")
    page.goto(path)
    other = page.context.new_page()
    other.goto(path)
    other.get_by_label("Seconds").fill("200")
    other.get_by_role("button", name="Save").click()
    other.wait_for_url("**?done=saved")
    page.get_by_label("Seconds").fill("400")
    page.get_by_role("button", name="Save").click()
    over = page.get_by_role("button", name="Save mine over it")
    expect(over).to_be_focused()
    expect(page.get_by_label("Seconds")).to_have_value("400")
    over.click()
    page.wait_for_url("**?done=saved")
    expect(page.get_by_label("Seconds")).to_have_value("400")


def test_without_scripts_rows_and_figures_are_there_too(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=server.address, java_script_enabled=False)
    page = context.new_page()
    page.goto(made(page, key="own.plain"))
    page.get_by_role("button", name="Or another drop").click()
    page.get_by_label("Chance 2 of line 1", exact=True).fill("1/2")
    page.get_by_label("Drop 2 of line 1", exact=True).fill("item.nest")
    page.get_by_role("button", name="Add a loot line").click()
    expect(page.locator("#loot-0-nothing")).to_have_text("nothing 25.0 %")
    expect(page.locator("#check")).to_contain_text("nest")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_have_text("Saved.")
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("status").first).to_have_text("The activity is deleted.")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Server, theme: Any) -> None:
    page = browser.new_page(base_url=server.address)
    path = made(page, key="boss.nex")
    page.close()
    paths = ["/activities", "/activities?q=nothing", "/activities/catalog/raid.toa_500"]
    paths += ["/activities/new", "/activities/new?from=boss.nex", path, f"{path}/delete"]
    assert audit(browser, server.address, paths, theme) == []
