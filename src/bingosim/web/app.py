"""The web application, put together."""

from __future__ import annotations

from contextlib import asynccontextmanager
from threading import Thread
from typing import TYPE_CHECKING

from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware

from bingosim.batch.attendant import Orders
from bingosim.batch.background import Background
from bingosim.event.catalog import load_all
from bingosim.simulation import available_threads
from bingosim.web import api, pages, problems, static
from bingosim.web.access import Access
from bingosim.web.comparisons import Comparisons
from bingosim.web.events.hours import Hours
from bingosim.web.events.plans import Plans
from bingosim.web.guard import Guard
from bingosim.web.overview import Overview
from bingosim.web.results import Results
from bingosim.web.site import Site
from bingosim.web.static import Assets
from bingosim.web.templating import make_environment
from bingosim.web.trials import Trials

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bingosim.messaging.publishing import Publishing
    from bingosim.settings import Settings
    from bingosim.storage.database import Database


def create_app(
    settings: Settings, database: Database, registry: CollectorRegistry = REGISTRY
) -> FastAPI:
    """Return the application; while it lives, batches are executed beside it.

    Args:
        settings: What the surroundings decide.
        database: Where batches are; the caller closes it.
        registry: What `/metrics` shows.

    Raises:
        InputError: A setting is wrong.
    """
    threads = settings.worker_threads or available_threads()
    access, assets = Access(settings.password, settings.api_tokens), Assets()
    background = Background(
        Orders(
            database_url=settings.database_url.get_secret_value(),
            threads=threads,
            lease_seconds=settings.lease_seconds,
            max_attempts=settings.max_attempts,
        )
    )
    publishing = _publishing(settings, database)
    results = Results(database)
    site = Site(
        settings=settings,
        database=database,
        access=access,
        background=background,
        results=results,
        comparisons=Comparisons(results),
        trials=Trials(threads),
        plans=Plans(database),
        hours=Hours(),
        overview=Overview(database, background, publishing),
        publishing=publishing,
        assets=assets,
        templates=make_environment(assets, access),
        registry=registry,
    )
    app = FastAPI(
        title="BingoSim",
        summary="Forecasts of clan bingos: start them, watch them, take their results.",
        version=api.VERSION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # they would load scripts from elsewhere
        redoc_url=None,
        lifespan=_living,
        responses=api.PROBLEMS,
    )
    app.state.site = site
    problems.add_handlers(app)
    app.add_middleware(GZipMiddleware, minimum_size=1_000, compresslevel=5)
    app.add_middleware(Guard, site=site)
    app.include_router(static.router)
    app.include_router(api.router)
    app.include_router(pages.router)
    return app


@asynccontextmanager
async def _living(app: FastAPI) -> AsyncIterator[None]:
    site: Site = app.state.site
    site.background.start()
    if site.publishing is not None:
        site.publishing.start()
    # Its pages shall not be slow because one is the first to look at it.
    Thread(target=load_all, name="catalog", daemon=True).start()
    try:
        yield
    finally:
        site.closing.set()
        if site.publishing is not None:
            site.publishing.stop()
        site.background.stop()


def _publishing(settings: Settings, database: Database) -> Publishing | None:
    """Return what brings messages to the broker; None in local mode."""
    if settings.broker_url is None or database.is_sqlite:
        return None
    # What talks to a broker takes longer to load than all the rest.
    from bingosim.messaging.broker import read_broker_url  # noqa: PLC0415
    from bingosim.messaging.publisher import Publisher  # noqa: PLC0415
    from bingosim.messaging.publishing import Publishing  # noqa: PLC0415

    return Publishing(
        Publisher(
            database,
            read_broker_url(settings.broker_url.get_secret_value()),
            settings.max_queued_messages,
            settings.publish_window,
            settings.grace_seconds,
        )
    )
