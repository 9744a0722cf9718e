"""What all pages and the API share, and how they get at it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from jinja2 import Environment
from prometheus_client import CollectorRegistry

from bingosim.batch.background import Background
from bingosim.errors import InputError, MissingError
from bingosim.messaging.publishing import Publishing
from bingosim.settings import Settings
from bingosim.storage.batches import Batch, name_batch, read_batch
from bingosim.storage.database import Database
from bingosim.storage.workers import Crew, count_crew
from bingosim.web.access import Access
from bingosim.web.comparisons import Comparisons
from bingosim.web.events.hours import Hours
from bingosim.web.events.plans import Plan, Plans
from bingosim.web.overview import Overview
from bingosim.web.problems import NotFoundError
from bingosim.web.results import Results
from bingosim.web.static import Assets
from bingosim.web.trials import Trials


@dataclass(frozen=True, slots=True)
class Site:
    """What a running web application consists of.

    Attributes:
        settings: What the surroundings decide.
        database: Where batches are.
        access: Who may come in.
        background: Executes batches.
        results: What batches have come to, read once for all who look.
        comparisons: Pairs of these, likewise.
        trials: What events cost to simulate.
        plans: Events of the library, checked once for all who look.
        hours: What work their tiles are.
        overview: Who works on what.
        publishing: Brings messages to the broker; None where there is none.
        assets: Style sheets and scripts.
        templates: The pages.
        registry: What `/metrics` shows.
        closing: Set when open streams are to end, so that they do not hold up the end.
    """

    settings: Settings
    database: Database
    access: Access
    background: Background
    results: Results
    comparisons: Comparisons
    trials: Trials
    plans: Plans
    hours: Hours
    overview: Overview
    publishing: Publishing | None
    assets: Assets
    templates: Environment
    registry: CollectorRegistry
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def crew(self) -> Crew | None:
        """Return how many workers are alive; None where there can be none."""
        return None if self.publishing is None else count_crew(self.database)


def site_of(request: Request) -> Site:
    """Return the site that a request came to."""
    site: Site = request.app.state.site
    return site


TheSite = Annotated[Site, Depends(site_of)]


def find_batch(batch: str, site: TheSite) -> Batch:
    """Return the batch that a path names: by `latest`, an id, or its first digits.

    Raises:
        NotFoundError: There is none, or there are several.
    """
    try:
        return read_batch(site.database, name_batch(site.database, batch))
    except InputError as error:
        raise NotFoundError(str(error)) from None


TheBatch = Annotated[Batch, Depends(find_batch)]


def find_plan(event: str, site: TheSite) -> Plan:
    """Return the event of the library that a path names.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return site.plans.read(UUID(event))
    except (ValueError, MissingError):
        raise NotFoundError(f"there is no event {event}: it may have been deleted") from None


ThePlan = Annotated[Plan, Depends(find_plan)]


def address_of(batch: UUID) -> str:
    """Return the path of a batch's page."""
    return f"/batches/{batch}"
