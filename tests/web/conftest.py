"""Fixtures: the application with a client, and as a process of its own with a browser before it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect, sync_playwright
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.settings import Settings
from bingosim.storage.database import Database, open_url
from bingosim.web.app import create_app
from tests.chromium import ARGUMENTS, chromium
from tests.web.looking import LONG, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

TINY = example_file("tiny").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8080"


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    """A database's file."""
    return Path(shutil.copy(sqlite_template, tmp_path / "web.db"))


@pytest.fixture
def store(file: Path) -> Iterator[Database]:
    """It, open."""
    database = open_url(f"sqlite:///{file}")
    yield database
    database.close()


class Idle:
    """Stands where batches are executed, and executes none: the tests say when."""

    alive = True
    name = None

    def __init__(self) -> None:
        self.begun: list[Any] = []

    def start(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def begin(self, batch: Any) -> None:
        """Note what was to begin."""
        self.begun.append(batch)


def client_of(store: Database, **settings: Any) -> TestClient:
    """Return a client of an application that executes nothing by itself."""
    secrets: dict[str, Any] = {name: SecretStr(text) for name, text in settings.items()}
    app = create_app(Settings(**secrets), store, CollectorRegistry())
    object.__setattr__(app.state.site, "background", Idle())
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def client(store: Database) -> Iterator[TestClient]:
    """A client that needs no password."""
    with client_of(store) as client:
        yield client


@pytest.fixture
def finished(store: Database) -> str:
    """A finished batch."""
    batch = submit(store, load_event(example_file("tiny")), 60, engine="reference")
    execute_batch(store, batch, threads=1, stop=lambda: False)
    return str(batch)


@pytest.fixture
def running(store: Database) -> str:
    """A batch that waits to be executed."""
    return str(submit(store, load_event(example_file("tiny")), 60, engine="reference"))


@dataclass(slots=True)
class Server:
    """`bingosim web` as a process of its own.

    Attributes:
        url: URL of the database.
        port: Where it listens; the same after a restart.
        settings: More variables of its environment.
    """

    url: str
    port: int = 0
    process: subprocess.Popen[str] | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it; return when it takes requests."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bingosim", "web", "--port", str(self.port)],
            env={**os.environ, "BINGOSIM_DATABASE_URL": self.url, **self.settings},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.port = int(line.split("http://127.0.0.1:")[1].split()[0])

    def stop(self) -> int:
        """End it as Ctrl-C does; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The application, executing batches."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("web") / "web.db")
    server = Server(f"sqlite:///{file}")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page that may ask this server only, and on which nothing may go wrong unseen."""
    with watched(browser, server.address) as page:
        yield page


@pytest.fixture(scope="session")
def forecast(server: Server, browser: Browser) -> str:
    """The path of a finished forecast."""
    return finished_forecast(server, browser)


def finished_forecast(server: Server, browser: Browser, **asked: Any) -> str:
    """Return the path of a forecast of `tiny.yaml`, once it is finished."""
    page = browser.new_page(base_url=server.address)
    body = {"event": TINY, "runs": 500, **asked}
    batch = page.request.post("/api/v1/batches", data=body).json()["id"]
    page.goto(f"/batches/{batch}")
    expect(page.locator(".status")).to_have_text("completed", timeout=LONG)
    page.close()
    return f"/batches/{batch}"
