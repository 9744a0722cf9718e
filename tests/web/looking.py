"""Pages in a real browser: watched for what goes wrong unseen, and audited."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
LONG = 60_000
"""Milliseconds: the machine may be busy, and kernels may have to be compiled first."""
PHONE: Any = {"width": 390, "height": 780}
EXPECTED = re.compile(r"ERR_CONNECTION_REFUSED|Failed to fetch|status of (409|422)")


@contextmanager
def watched(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Yield a page that may ask this server only, and on which nothing may go wrong unseen."""
    context = browser.new_context(
        base_url=address, **({"viewport": {"width": 1180, "height": 900}} | options)
    )
    page = context.new_page()
    page.set_default_timeout(LONG)
    expect.set_options(timeout=LONG)
    wrong: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            wrong.append(said.text)

    def asked(request: Request) -> None:
        if not request.url.startswith(address):
            wrong.append(request.url)

    page.on("console", heard)
    page.on("request", asked)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert [text for text in wrong if not EXPECTED.search(text)] == []


def audit(browser: Browser, address: str, paths: Sequence[str], theme: Any) -> list[Any]:
    """Return what axe finds on pages, and which of them are wider than a phone."""
    context = browser.new_context(
        base_url=address, color_scheme=theme, bypass_csp=True, viewport=PHONE
    )
    page = context.new_page()
    found: list[Any] = []
    for path in paths:
        page.goto(path)
        expect(page.locator("[aria-busy]")).to_have_count(0, timeout=LONG)
        page.add_script_tag(path=AXE)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found.append((path, f"{width} pixels wide"))
        page.set_viewport_size({"width": 1180, "height": 900})
        result = page.evaluate("axe.run()")
        found += [
            (path, one["id"], [node["html"][:200] for node in one["nodes"]])
            for one in result["violations"]
        ]
        page.set_viewport_size(PHONE)
    context.close()
    return found
