"""Players in a real browser: the week, capabilities, two tabs, importing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from bingosim.event.schedule import DAYS, parse_session, weekly_seconds
from tests.web.looking import PHONE, audit, watched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Locator, Page

    from tests.web.conftest import Server


def cell(page: Page, name: str) -> Locator:
    """Return a half hour: `Monday 18:00`."""
    return page.get_by_role("gridcell", name=name, exact=True)


def drag(page: Page, begin: str, end: str) -> None:
    """Drag over half hours."""
    for name, step in ((begin, page.mouse.down), (end, page.mouse.up)):
        box = cell(page, name).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        step()


def made(page: Page, **fields: str | float | bool) -> str:
    """Make a player by the form; return the path of their page."""
    answer = page.request.post("/players/new", form=fields, max_redirects=0)
    return answer.headers["location"].partition("?")[0]


def test_a_player_is_written_down_with_mouse_and_keyboard(page: Page) -> None:
    page.goto("/players")
    page.get_by_role("link", name="New player").click()
    page.get_by_label("Name").fill("Ada of the week")
    text, hours = page.get_by_label("Sessions"), page.locator("[data-hours]")
    expect(hours).to_have_text("168")
    drag(page, "Monday 18:00", "Friday 20:30")
    expect(text).to_have_value("mon-fri 18:00 3h")
    expect(hours).to_have_text("15.0")
    drag(page, "Tuesday 19:00", "Tuesday 19:00")  # and off again
    expect(text).to_have_value("mon,wed-fri 18:00 3h\ntue 18:00 1h\ntue 19:30 1h30m")
    text.fill("sat,sun 22:10 4h30m\nnonsense")
    expect(cell(page, "Monday 01:30")).to_have_attribute("aria-selected", "true")
    expect(cell(page, "Monday 02:30")).to_have_attribute("title", "Monday 02:30: 02:30 to 02:40")
    expect(cell(page, "Tuesday 18:00")).to_have_attribute("aria-selected", "false")
    expect(hours).to_have_text("9.0")
    cell(page, "Wednesday 12:00").focus()
    for key in ("Space", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(text).to_have_value("wed,thu 12:00 1h30m\nsat,sun 22:10 4h30m\nnonsense")
    expect(page.locator("[role=gridcell][tabindex='0']")).to_have_count(1)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#plays-wrong")).to_contain_text("nonsense")
    expect(text).to_be_focused()
    text.fill("wed,thu 12:00 1h30m")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/players/*?done=made")
    expect(page.get_by_role("status")).to_have_text("The new player is saved.")
    expect(cell(page, "Thursday 13:00")).to_have_attribute("aria-selected", "true")


def test_grid_and_server_read_sessions_alike(page: Page) -> None:
    """The script's reading of a week is the package's, whatever is typed."""
    page.goto("/players/new")
    numbers = random.Random(7)  # noqa: S311 - no secret
    days = [*(day[:3] for day in DAYS), *DAYS, "Mon", "daily", "mun", ""]
    weeks: list[str] = []
    for _ in range(150):
        lines = [
            f"{numbers.choice(days)}{numbers.choice(['', '', '-', ',', ' - '])}"
            f"{numbers.choice(days)} {numbers.randint(0, 25)}:{numbers.randint(0, 61):02} "
            f"{numbers.choice(['3h', '90m', '1d12h', '7d', '8d', '0h', '45s', '3', 'h', '2h2h'])}"
            for _ in range(numbers.randint(1, 4))
        ]
        weeks.append("\n".join(lines))
    shown = page.get_by_label("Sessions").evaluate(
        """(field, weeks) => weeks.map((text) => {
            field.value = text;
            field.dispatchEvent(new Event("input"));
            return document.querySelector("[data-hours]").textContent;
        })""",
        weeks,
    )
    readable = 0
    for week, hours in zip(weeks, shown, strict=True):
        sessions = []
        for line in week.splitlines():
            try:
                sessions.append(parse_session(line))
            except ValueError:
                continue
        readable += bool(sessions)
        expected = weekly_seconds(sessions) / 3_600 if sessions else 0
        assert float(hours) == pytest.approx(expected, abs=0.5 if expected >= 100 else 0.05), week
    assert 50 < readable < 150


def test_what_the_grid_writes_means_what_it_shows(page: Page) -> None:
    page.goto("/players/new")
    drag(page, "Sunday 21:00", "Sunday 23:30")
    drag(page, "Monday 00:00", "Monday 01:00")
    expect(page.get_by_label("Sessions")).to_have_value("sun 21:00 4h30m")
    expect(page.locator("[data-hours]")).to_have_text("4.5")
    drag(page, "Monday 00:00", "Sunday 23:30")  # as it began: off
    expect(page.get_by_label("Sessions")).to_have_value("")
    drag(page, "Monday 00:00", "Sunday 23:30")
    expect(page.get_by_label("Sessions")).to_have_value("mon 00:00 7d")
    drag(page, "Monday 00:00", "Sunday 11:30")
    expect(page.get_by_label("Sessions")).to_have_value("daily 12:00 12h")


def test_a_finger_finds_its_hour_on_a_phone(browser: Browser, server: Server) -> None:
    with watched(browser, server.address, viewport=PHONE, has_touch=True) as page:
        page.goto("/players/new")
        cell(page, "Saturday 10:00").tap()
        expect(page.get_by_label("Sessions")).to_have_value("sat 10:00 30m")
        page.keyboard.press("Shift+ArrowDown")  # time runs downwards here
        expect(page.get_by_label("Sessions")).to_have_value("sat 10:00 1h")


def test_capabilities_are_tags(page: Page) -> None:
    page.goto("/players/new")
    page.get_by_label("Name").fill("Ada of the tags")
    more = page.get_by_label("Add to Capabilities")
    more.press_sequentially("quest.ds2,slayer.91 Wrong")
    more.press("Enter")
    chips = page.locator(".chips li")
    expect(chips).to_have_count(3)
    more.press("Backspace")
    expect(chips).to_have_text(["quest.ds2✕", "slayer.91✕"])
    page.get_by_role("button", name="Remove quest.ds2").press("Enter")
    expect(chips).to_have_text(["slayer.91✕"])
    expect(page.get_by_role("button", name="Remove slayer.91")).to_be_focused()
    more.fill("Left typed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#has-wrong")).to_contain_text("Expected a key such as")
    expect(more).to_be_focused()
    for _ in range(2):
        more.press("Backspace")
    more.fill("capability.raids")
    page.get_by_role("button", name="Add an activity").click()
    activity = page.get_by_label("Activity 1", exact=True)
    expect(activity).to_be_focused()
    expect(page.locator("#activities option[value='boss.vorkath']")).to_be_attached()
    activity.fill("vorkath")
    page.get_by_label("Speed there 1").fill("1.3")
    page.get_by_label("Speed there 1").press("Enter")  # saves, and removes nothing
    page.wait_for_url("**/players/*?done=made")
    expect(page.locator(".chips li")).to_have_text(["slayer.91✕", "capability.raids✕"])
    expect(page.get_by_label("Activity 1", exact=True)).to_have_value("boss.vorkath")


def test_the_second_of_two_tabs_is_told(page: Page) -> None:
    path = made(page, name="Ada of two tabs")
    page.goto(path)
    other = page.context.new_page()
    other.goto(path)
    other.get_by_label("Speed", exact=True).fill("2")
    other.get_by_role("button", name="Save", exact=True).click()
    other.wait_for_url("**?done=saved")
    page.get_by_label("Speed", exact=True).fill("3")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody else saved this player meanwhile.")
    over = page.get_by_role("button", name="Save mine over it")
    expect(over).to_be_focused()
    expect(page.get_by_label("Speed", exact=True)).to_have_value("3")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="See their version in a new tab").click()
    expect(opened.value.get_by_label("Speed", exact=True)).to_have_value("2")
    over.click()
    page.wait_for_url("**?done=saved")
    expect(page.get_by_label("Speed", exact=True)).to_have_value("3")


def test_what_is_typed_outlives_the_server(page: Page, server: Server) -> None:
    page.goto("/players/new")
    page.get_by_label("Name").fill("Ada of the crash")
    drag(page, "Monday 18:00", "Monday 20:30")
    assert server.stop() == 0
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#notice")).to_contain_text("What you typed is kept")
    server.start()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/players/*?done=made")
    expect(page.get_by_label("Sessions")).to_have_value("mon 18:00 3h")


def test_deleting_asks_first(page: Page) -> None:
    page.goto(made(page, name="Ada to delete"))
    page.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Delete").click()
    dialog.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/players?done=deleted")
    page.get_by_label("Search").fill("Ada to delete")
    expect(page.locator("#list")).to_contain_text("No player is like that.")


def test_a_clan_is_imported(page: Page) -> None:
    page.goto("/players")
    page.get_by_role("link", name="Import", exact=True).click()
    group = "Player,Role,Experience\nAda of Iron,owner,200\nBo of Iron,member,100\nada of iron,,\n"
    file: FilePayload = {"name": "clan.csv", "mimeType": "text/csv", "buffer": group.encode()}
    page.locator("#csv-file").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    expect(page.locator(".findings li")).to_contain_text("ada of iron stands on line 2 already")
    expect(page.get_by_role("heading", name="2 players in a Wise Old Man group")).to_be_visible()
    text = page.get_by_label("The text", exact=True)
    text.fill(text.input_value().replace("\nada of iron,,\n", "\nCy of Iron,,\n"))
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", name="3 players in a Wise Old Man group")).to_be_visible()
    page.get_by_label("Add Bo of Iron").uncheck()
    page.get_by_role("button", name="Add those that are ticked").click()
    page.wait_for_url("**/players?done=imported")
    page.get_by_label("Search").fill("of iron")
    expect(page.locator("#list tbody th")).to_have_text(["Ada of Iron", "Cy of Iron"])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, server: Server, theme: Any) -> None:
    page = browser.new_page(base_url=server.address)
    path = made(page, name="Ada", plays="mon 18:10 3h", has="slayer.91", speed="1.4")
    page.close()
    # A new player's page is that of any player; auditing 336 half hours takes seconds.
    paths = ["/players", "/players?q=nobody", "/players/import", path, f"{path}/delete"]
    assert audit(browser, server.address, paths, theme) == []
