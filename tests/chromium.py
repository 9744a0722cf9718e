"""A Chromium for the tests: a given one, else the system's, installed if need be."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

GIVEN = "BINGOSIM_TEST_CHROMIUM"
"""Variable with the path of a Chromium or Chrome that the tests may use."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


def chromium() -> str:
    """Return where it is; install it where that is possible."""
    given = os.environ.get(GIVEN)
    if given:
        return given
    found = _find()
    if found is None and os.getuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-q", *arguments], check=False, env=environment)  # noqa: S607
        found = _find()
    if found is None:
        pytest.fail(
            "Chromium is missing: install it (Debian: apt-get install chromium), or set "
            f"{GIVEN} to the path of one"
        )
    return found


def _find() -> str | None:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    # Another program may go by that name, without being executable for us.
    return found if found and os.access(Path(found).resolve(), os.X_OK) else None
