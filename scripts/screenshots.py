"""Takes the pictures of the pages that the documents show: `make screenshots`.

It starts the application on a database of its own, forecasts the example, and looks at the pages
with the system's Chromium.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
CHROMIUM = os.environ.get("BINGOSIM_TEST_CHROMIUM", "/usr/bin/chromium")
RUNS = 10_000
WIDE, PHONE = {"width": 1040, "height": 690}, {"width": 390, "height": 780}
CLAN = """Player,Speed,Time zone,Plays,Has
Iron Ada,1.2,Europe/London,mon-fri 18:10 3h; sat-sun 21:30 5h,quest.dragon_slayer_ii; slayer.91
Bo Peep,fast,America/New_York,daily 20:00 90m,
Cy,,Europe/Helsinki,mon-thu 17:00 2h30m,capability.raids
Dee,0.9,,"sat,sun 10:00 8h",slayer.95
"""
BROKEN = "bingosim: 1\nevent:\n  name: Winter Bingo\n  duration: 9 days\nboard:\n  kind: circle\n"


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="bingosim-") as home:
        environment = {
            **os.environ,
            "BINGOSIM_DATABASE_URL": f"sqlite:///{home}/pictures.db",
            "BINGOSIM_PORT": "0",
        }
        server = subprocess.Popen(
            [sys.executable, "-m", "bingosim", "web"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert server.stdout is not None  # noqa: S101 - asked for above
            address = server.stdout.readline().split()[3]
            batch = forecast(address)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM)
                pictures(browser, address, batch)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def forecast(address: str) -> str:
    """Have the example forecast; return the batch's id."""
    event = (ROOT / "examples" / "winter-bingo.yaml").read_text("utf-8")
    batch: str = call(address, "/batches", {"event": event, "runs": RUNS})["id"]
    while call(address, f"/batches/{batch}")["status"] == "running":
        time.sleep(1)
    return batch


def call(address: str, path: str, body: Any = None) -> Any:
    """Ask the API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - this machine
        f"{address}/api/v1{path}", data, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)


def pictures(browser: Browser, address: str, batch: str) -> None:
    """Look at the pages."""
    base = f"{address}/batches/{batch}"
    for name, url, theme, size in (
        ("web-result", base, "light", WIDE),
        ("web-result-dark", base, "dark", WIDE),
        ("web-board", f"{base}/board", "light", WIDE),
        ("web-board-difference-dark", f"{base}/board?team=1&minus=2", "dark", WIDE),
        ("web-rows", f"{base}/rows", "light", WIDE),
        ("web-players", f"{base}/players", "light", WIDE),
        ("web-run", f"{base}/runs/17", "light", WIDE),
        ("web-result-phone", base, "light", PHONE),
        ("web-board-phone", f"{base}/board", "dark", PHONE),
        ("web-home", address, "light", WIDE),
    ):
        with_page(browser, theme, size, lambda page, url=url, name=name: shoot(page, url, name))
    with_page(browser, "light", WIDE, lambda page: shoot_form(page, address))
    clan(browser, address)


def with_page(browser: Browser, theme: Any, size: Any, do: Any) -> None:
    """Do something with a page of a theme and a size."""
    context = browser.new_context(
        viewport=size, color_scheme=theme, locale="en-GB", device_scale_factor=1
    )
    do(context.new_page())
    context.close()


def shoot(page: Page, url: str, name: str) -> None:
    """Take the picture of a page once everything in it is there."""
    page.goto(url, wait_until="networkidle")
    page.locator("[aria-busy]").wait_for(state="detached", timeout=60_000)
    save(page, name)


def shoot_form(page: Page, address: str) -> None:
    """Take the picture of the form with mistakes in it."""
    page.goto(f"{address}/forecasts/new", wait_until="networkidle")
    page.locator("#text").fill(BROKEN)
    page.locator("#check .findings li").first.wait_for()
    save(page, "web-form")


def clan(browser: Browser, address: str) -> None:
    """Take the pictures of players: importing them, the list, one of them."""
    with_page(browser, "light", WIDE, lambda page: shoot_import(page, address))
    with_page(browser, "light", WIDE, lambda page: shoot_player(page, address, "web-player"))
    with_page(browser, "dark", PHONE, lambda page: shoot_player(page, address, "web-player-phone"))


def shoot_import(page: Page, address: str) -> None:
    """Take the picture of a clan before and after it is imported."""
    page.goto(f"{address}/players/import", wait_until="networkidle")
    page.locator("#csv").fill(CLAN)
    page.get_by_role("button", name="Look at it").click()
    page.locator(".offered").wait_for()
    page.locator(".findings").scroll_into_view_if_needed()
    save(page, "web-players-import")
    page.get_by_role("button", name="Add those").click()
    page.wait_for_url("**/players?done=imported")
    page.goto(f"{address}/players", wait_until="networkidle")
    save(page, "web-players-list")


def shoot_player(page: Page, address: str, name: str) -> None:
    """Take the picture of a player."""
    page.goto(f"{address}/players?q=Iron", wait_until="networkidle")
    page.locator("tbody a").first.click()
    page.locator(".week-grid").wait_for()
    save(page, name)


def save(page: Page, name: str) -> None:
    """Write a picture."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
