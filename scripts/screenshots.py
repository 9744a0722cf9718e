"""Takes the pictures of the pages that the documents show: `make screenshots`.

It starts the application on a database of its own, forecasts the example, and looks at the pages
with the system's Chromium.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from PIL import Image
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
            batch = forecast(address, "winter-bingo")
            keep(fetch(address, forecast(address, "clan-card-5x5"), "png"), "report-picture")
            page = Path(home, "report.html")
            page.write_bytes(fetch(address, batch, "html"))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM)
                pictures(browser, address, batch)
                with_page(
                    browser, "light", WIDE, lambda tab: shoot(tab, page.as_uri(), "report-page")
                )
                browser.close()
        finally:
            server.terminate()
            server.wait()


def forecast(address: str, example: str) -> str:
    """Have an example forecast; return the batch's id."""
    event = (ROOT / "examples" / f"{example}.yaml").read_text("utf-8")
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


def fetch(address: str, batch: str, kind: str) -> bytes:
    """Return a batch's report."""
    with urllib.request.urlopen(f"{address}/api/v1/batches/{batch}/report/{kind}") as answer:  # noqa: S310 - as above
        content: bytes = answer.read()
    return content


def keep(picture: bytes, name: str) -> None:
    """Write a picture in few colours: as pictures go, the documents' are to be small."""
    path = IMAGES / f"{name}.png"
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a script


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
    activities(browser, address)


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
    page.get_by_role("button", name="Add those").scroll_into_view_if_needed()
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


def activities(browser: Browser, address: str) -> None:
    """Take the pictures of activities: the list, an entry of the catalog, the form."""
    base = f"{address}/activities"
    with_page(browser, "light", WIDE, lambda page: shoot_activity(page, address))
    for name, url, theme, size in (
        ("web-activities", f"{base}?q=dragon+pickaxe", "light", WIDE),
        ("web-catalog-entry", f"{base}/catalog/boss.nex", "light", WIDE),
        ("web-activity-phone", f"{base}/new?from=boss.zulrah", "dark", PHONE),
    ):
        with_page(browser, theme, size, lambda page, url=url, name=name: shoot(page, url, name))


def shoot_activity(page: Page, address: str) -> None:
    """Take the picture of the form, with a chest of the clan's own; keep a changed copy."""
    page.goto(f"{address}/activities/new?from=boss.king_black_dragon", wait_until="networkidle")
    page.get_by_label("Seconds").fill("75")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**?done=made")
    page.goto(f"{address}/activities/new", wait_until="networkidle")
    for label, text in (
        ("Name", "Clan chest"),
        ("Key", "own.clan_chest"),
        ("Seconds", "90"),
        ("Give or take", "15"),
        ("Chance 1 of line 1", "1/40"),
        ("Drop 1 of line 1", "item.golden_key"),
    ):
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Or another drop").click()
    page.get_by_label("Chance 2 of line 1", exact=True).fill("30%")
    page.get_by_label("Drop 2 of line 1", exact=True).fill("item.coins")
    page.get_by_label("How many of drop 2 of line 1", exact=True).fill("500-2000")
    page.locator("#check tbody tr").nth(1).wait_for()
    page.get_by_label("Seconds").scroll_into_view_if_needed()
    page.mouse.wheel(0, 250)
    save(page, "web-activity")


def save(page: Page, name: str) -> None:
    """Write a picture."""
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
