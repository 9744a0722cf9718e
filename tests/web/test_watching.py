"""Pages that grow by themselves, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from bingosim.event.examples import example_file
from tests.web.looking import LONG

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_operations_show_a_forecast_come_and_go(page: Page) -> None:
    page.goto("/operations")
    expect(page.locator("#live")).to_contain_text("All forecasts have ended.")
    event = example_file("winter-bingo").read_text("utf-8")
    asked = {"event": event, "runs": 100_000, "name": "A long one"}
    batch = page.request.post("/api/v1/batches", data=asked, timeout=LONG).json()["id"]
    row = page.get_by_role("row", name="A long one running")
    expect(row).to_contain_text("one machine")  # without anybody's loading the page again
    expect(page.get_by_role("row", name="This server")).to_contain_text("A long one:")
    page.request.post(f"/api/v1/batches/{batch}/cancel")
    expect(page.locator("#live")).to_contain_text("All forecasts have ended.")
