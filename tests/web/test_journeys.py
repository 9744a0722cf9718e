"""What people do, in a real browser, under the policy that every page carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import TINY
from tests.web.looking import LONG, audit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.web.conftest import Server


def test_a_forecast_is_started_from_an_example_and_watched_to_its_end(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Forecast an event file").click()
    page.get_by_role("link", name="clan-card-5x5").click()
    expect(page.locator("#check")).to_contain_text("runs take")
    page.get_by_label("Number of runs").fill("30,000")
    page.get_by_role("button", name="Start the forecast").click()
    page.wait_for_url("**/batches/*")
    expect(page.locator(".status")).to_have_text("completed", timeout=2 * LONG)
    expect(page.locator(".standing")).to_contain_text("All 30,000 runs are done.")
    expect(page.locator(".wins tbody tr")).to_have_count(2)
    expect(page.locator(".chart svg path").first).to_be_attached()
    assert page.locator("#live").get_attribute("data-live") is None  # nothing is listened to
    page.get_by_role("link", name="Board").click()
    expect(page.locator(".tiles li")).not_to_have_count(0)


def test_a_mistake_is_shown_at_its_line_and_what_was_typed_stays(page: Page) -> None:
    page.goto("/forecasts/new")
    broken = TINY.replace("need: 4", "need: 0")
    page.locator("#text").fill(broken)
    line = page.locator("#check .line")
    expect(line).to_have_count(1)
    page.locator("#seed").evaluate("seed => seed.closest('details').open = true")
    page.get_by_label("Seed").fill("of mine")
    page.get_by_label("Number of runs").fill("many")
    page.get_by_role("button", name="Start the forecast").click()
    expect(page.locator("#runs-wrong")).to_contain_text("A whole number")
    expect(page.locator("#text")).to_have_value(broken)
    expect(page.get_by_label("Seed")).to_have_value("of mine")
    expect(page.get_by_label("Number of runs")).to_have_value("many")
    page.locator("#check .line").click()
    chosen = page.locator("#text").evaluate(
        "text => text.value.slice(text.selectionStart, text.selectionEnd)"
    )
    assert "need: 0" in chosen
    page.locator("#text").fill(TINY)
    page.get_by_label("Number of runs").fill("200")
    page.get_by_role("button", name="Start the forecast").click()
    page.wait_for_url("**/batches/*")


def test_a_batch_is_paused_resumed_and_cancelled(page: Page) -> None:
    event = Path(__file__).parents[2] / "examples" / "winter-bingo.yaml"
    asked = {"event": event.read_text("utf-8"), "runs": 100_000}
    batch = page.request.post("/api/v1/batches", data=asked, timeout=LONG).json()["id"]
    page.goto(f"/batches/{batch}")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".status")).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".status")).to_have_text("running")
    expect(page.locator(".standing")).not_to_contain_text("about to begin")
    expect(page.locator(".wins tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog.get_by_role("button", name="Cancel it").click()
    expect(page.locator(".status")).to_have_text("cancelled")
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete it").click()
    page.wait_for_url("**/batches")


def test_what_is_typed_outlives_the_server(page: Page, server: Server) -> None:
    page.goto("/forecasts/new")
    page.locator("#text").fill(TINY)
    page.get_by_label("Number of runs").fill("123")
    assert server.stop() == 0
    page.get_by_role("button", name="Start the forecast").click()
    expect(page.locator("#notice")).to_contain_text("What you typed is kept")
    server.start()
    page.get_by_role("button", name="Start the forecast").click()
    page.wait_for_url("**/batches/*")
    expect(page.locator(".standing")).to_contain_text("123 runs")


def test_the_list_is_filtered_while_one_types(page: Page, forecast: str) -> None:
    page.goto("/batches")
    page.get_by_label("Name").fill("nothing like it")
    expect(page.locator("#list")).to_contain_text("No forecast is like that.")
    page.get_by_label("Name").fill("tiny")
    expect(page.locator(f'#list a[href="{forecast}"]')).to_be_visible()
    assert page.url.endswith("q=tiny&status=") or "q=tiny" in page.url


def test_a_run_is_told(page: Page, forecast: str) -> None:
    page.goto(f"{forecast}/runs/3")
    expect(page.locator("#told")).to_contain_text("run 3 of seed bingosim")
    expect(page.locator(".timeline tbody tr").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, server: Server, forecast: str, theme: Any
) -> None:
    paths = ["/", "/batches", "/forecasts/new?example=tiny", "/nothing", "/api", forecast]
    paths += [f"{forecast}/{view}" for view in ("board", "rows", "players", "files", "runs/3")]
    paths += [f"{forecast}/board?team=1&minus=2", f"{forecast}/failed", "/operations"]
    assert audit(browser, server.address, paths, theme) == []
