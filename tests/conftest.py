"""What all tests share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Whichever test comes first has the kernels compiled that it needs.
settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")

pytest_plugins = ["tests.databases", "tests.rabbitmq"]


@pytest.fixture(scope="session", autouse=True)
def own_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands save away from the user's own batches."""
    with pytest.MonkeyPatch.context() as patch:
        file = tmp_path_factory.mktemp("saved") / "bingosim.db"
        patch.setenv("BINGOSIM_DATABASE_URL", f"sqlite:///{file}")
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Hide the browser's event loop from tests without a browser.

    Playwright keeps its loop running in this thread as long as the browser is open, which may be
    to the end of the session; `asyncio.run` refuses to start beside it.
    """
    if "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="record the golden runs anew instead of comparing with them (tests/golden)",
    )
