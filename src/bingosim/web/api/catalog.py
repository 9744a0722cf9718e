"""The catalog: activities of the game, and where their figures are from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from bingosim.errors import UnknownKeyError
from bingosim.event.catalog import catalog_keys, load_entry, search
from bingosim.event.catalog.entry import CatalogEntry, Category, Figure
from bingosim.event.catalog.sources import SOURCES
from bingosim.library import store
from bingosim.library.documents import catalog_activity
from bingosim.storage.tables import ItemKind
from bingosim.web.api.exact import ExactRoute, exact
from bingosim.web.api.library import made
from bingosim.web.api.library_models import ItemModel
from bingosim.web.api.versions import TAGGED_NEW
from bingosim.web.problems import NotFoundError
from bingosim.web.site import TheSite

router = APIRouter(prefix="/catalog", tags=["catalog"], route_class=ExactRoute)


class CatalogBrief(BaseModel):
    """An activity in the list."""

    key: str = Field(examples=["boss.vorkath"])
    name: str = Field(examples=["Vorkath"])
    category: Category
    drops: list[str] = Field(
        description="All its drops, or those that were looked for.",
        examples=[["item.vorkaths_head"]],
    )


class CatalogList(BaseModel):
    """What was found in the catalog."""

    items: list[CatalogBrief]
    total: int


class FigureModel(BaseModel):
    """Where figures of an activity are from."""

    model_config = ConfigDict(title="Figure")

    of: list[str] = Field(
        description="`time`, `spread`, `group`, `bands`, or drops.", examples=[["time"]]
    )
    source: str = Field(description="Key in `sources`.", examples=["WOM_EHB_MAIN"])
    confidence: Literal["high", "medium", "low"]
    agree: list[str] = Field(description="Other sources within 3 % of it.")
    others: dict[str, str] = Field(description="Sources that differ, and what they say.")
    why: str = Field(description="Why it was chosen.")
    quantity: str | None = Field(description="Source of the drop's quantity.")

    @classmethod
    def of_figure(cls, figure: Figure) -> FigureModel:
        """Return what is said of a figure."""
        return cls.model_validate(figure.model_dump(mode="json"))


class SourceModel(BaseModel):
    """Who states figures."""

    model_config = ConfigDict(title="Source")

    name: str
    version: str
    licence: str


class CatalogModel(BaseModel):
    """An activity of the catalog."""

    model_config = ConfigDict(title="CatalogEntry")

    key: str = Field(examples=["boss.vorkath"])
    name: str = Field(examples=["Vorkath"])
    category: Category
    note: str = Field(description="What a planner should know.")
    figures: list[FigureModel]
    sources: dict[str, SourceModel]
    document: dict[str, Any] = Field(description="As event files have it.")


@router.get("")
def list_catalog(
    q: Annotated[str, Query(max_length=200, description="Words of a key, a name or a drop.")] = "",
) -> CatalogList:
    """List the catalog, or what of it has all of some words."""
    if q.strip():
        found = search(q.split())
    else:
        found = [
            (load_entry(key), sorted(load_entry(key).activity.drop_keys)) for key in catalog_keys()
        ]
    return CatalogList(
        items=[
            CatalogBrief(
                key=entry.key, name=entry.activity.name, category=entry.category, drops=drops
            )
            for entry, drops in found
        ],
        total=len(found),
    )


@router.get("/{key}", response_model=CatalogModel)
def get_entry(key: str) -> Response:
    """Return an activity, with the sources of its figures."""
    entry = find(key)
    document = catalog_activity(key)
    figures = [FigureModel.of_figure(figure) for figure in entry.figures]
    named = {
        code for one in figures for code in (one.source, one.quantity, *one.agree, *one.others)
    }
    model = CatalogModel(
        key=key,
        name=entry.activity.name,
        category=entry.category,
        note=entry.note,
        figures=figures,
        sources={
            code: SourceModel.model_validate(source._asdict())
            for code, source in SOURCES.items()
            if code in named
        },
        document=document,
    )
    return exact(model, document)


@router.post("/{key}/copy", status_code=201, response_model=ItemModel, responses=TAGGED_NEW)
def copy_entry(site: TheSite, key: str) -> Response:
    """Make an activity of one's own like one of the catalog; it has the same key.

    An event that uses it plays it in place of the catalog's.
    """
    find(key)
    document = catalog_activity(key)
    return made(
        site, ItemKind.ACTIVITY, store.create(site.database, ItemKind.ACTIVITY, document).id
    )


def find(key: str) -> CatalogEntry:
    """Return an entry.

    Raises:
        NotFoundError: There is none.
    """
    try:
        return load_entry(key)
    except UnknownKeyError as error:
        raise NotFoundError(str(error)) from None
