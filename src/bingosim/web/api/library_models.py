"""What goes over the API of the library, with examples."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from bingosim.event.summary import describe_event
from bingosim.library.assemble import Checked, Found, Whole
from bingosim.library.effects import Effect
from bingosim.library.items import Item, Listed, Page
from bingosim.storage.tables import ItemKind
from bingosim.web.api.models import FindingModel, moment

ID = "01999a3c-0e5f-7b1d-9a43-5a7c0d2be1f4"
PLAYER = {
    "name": "Ada",
    "speed": 1.4,
    "has": ["quest.dragon_slayer_ii"],
    "timezone": "Europe/London",
    "plays": ["mon-fri 18:00 3h", "sat,sun 10:00 8h"],
}
ACTIVITY = {
    "key": "clan.chest",
    "name": "The clan's treasure chest",
    "time": {"seconds": 1800},
    "loot": [{"drops": [{"chance": "1/10", "gives": "item.crown"}]}],
}
EVENT = {
    "bingosim": 1,
    "event": {
        "name": "Winter Bingo",
        "start": "2026-12-05T12:00",
        "timezone": "Europe/London",
        "duration": "9d",
    },
    "board": {
        "kind": "grid",
        "rows": [
            [
                {
                    "key": "crown",
                    "points": 3,
                    "from": [{"activity": "clan.chest", "accepts": ["item.crown"]}],
                }
            ]
        ],
    },
    "teams": [{"name": "Red", "players": ["Ada"]}],
}


EXAMPLES: dict[ItemKind, dict[str, Any]] = {
    ItemKind.PLAYER: PLAYER,
    ItemKind.ACTIVITY: ACTIVITY,
    ItemKind.EVENT: EVENT,
}


class Written(BaseModel):
    """Something to keep."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, Any] = Field(description="A piece of an event file.")


class Named(BaseModel):
    """An event that uses something."""

    id: UUID = Field(examples=[ID])
    name: str = Field(examples=["Winter Bingo"])


class Entry(BaseModel):
    """A player, an activity or an event in a list."""

    id: UUID = Field(examples=[ID])
    name: str = Field(examples=["Ada"])
    version: int
    created: datetime
    changed: datetime
    used_by: list[Named]

    @classmethod
    def of(cls, listed: Listed) -> Self:
        """Return what is said of something in a list."""
        item = listed.item
        return cls(
            id=item.id,
            name=item.name,
            version=item.version,
            created=moment(item.created_at),
            changed=moment(item.changed_at),
            used_by=[Named(id=use.event, name=use.event_name) for use in listed.events],
        )


class EntryList(BaseModel):
    """A page of a list."""

    items: list[Entry]
    total: int = Field(description="How many there are in all.")
    next: int | None = Field(description="`offset` of the next page; null on the last.")

    @classmethod
    def of(cls, page: Page) -> Self:
        """Return a page."""
        items = [Entry.of(listed) for listed in page.listed]
        return cls(items=items, total=page.total, next=page.next)


class ItemModel(BaseModel):
    """A player, or an activity."""

    model_config = ConfigDict(title="Item")

    id: UUID = Field(examples=[ID])
    name: str = Field(examples=["Ada"])
    version: int = Field(description="Counts its changes; the `ETag` says the same.")
    created: datetime
    changed: datetime
    document: dict[str, Any] = Field(description="As event files have it, as it was written.")

    @classmethod
    def of(cls, item: Item) -> Self:
        """Return what is said of an item."""
        return cls(**_said(item))


class EventModel(ItemModel):
    """An event."""

    model_config = ConfigDict(title="Event")

    players: list[UUID] = Field(description="Those of the library that it uses, in order.")
    activities: list[UUID] = Field(description="Those of the library that it uses, in order.")

    @classmethod
    def of_whole(cls, whole: Whole) -> Self:
        """Return what is said of an event."""
        return cls(
            **_said(whole.event),
            players=[player.id for player in whole.players],
            activities=[activity.id for activity in whole.activities],
        )


class EffectModel(BaseModel):
    """What an event would lose."""

    model_config = ConfigDict(title="Effect")

    event: UUID = Field(examples=[ID])
    name: str = Field(description="Of the event.", examples=["Winter Bingo"])
    teams: list[str] = Field(description="Teams that lose a player.", examples=[["Red"]])
    tiles: list[str] = Field(description="Tiles that lose a source.")
    bare: list[str] = Field(description="Those of them that have no source left.")
    catalog: list[str] = Field(description="Tiles that go on with the catalog's activity.")

    @classmethod
    def of(cls, effect: Effect) -> Self:
        """Return what is said of an effect."""
        return cls.model_validate(asdict(effect))


class FoundModel(BaseModel):
    """One thing wrong with, or odd about, an event and what it uses."""

    model_config = ConfigDict(title="Found")

    severity: Literal["error", "warning"]
    kind: ItemKind = Field(description="What it is about.")
    item: UUID = Field(description="Which.", examples=[ID])
    name: str = Field(description="Its name.", examples=["Ada"])
    path: str = Field(description="Where in its document.", examples=["plays[0]"])
    message: str

    @classmethod
    def of(cls, found: Found) -> Self:
        """Return what is said of a finding."""
        item = found.item
        return cls(
            severity="error" if found.severity == "error" else "warning",
            kind=item.kind,
            item=item.id,
            name=item.name,
            path=found.path,
            message=found.message,
        )


class CheckModel(BaseModel):
    """Whether an event can be simulated, and what would be."""

    model_config = ConfigDict(title="Check")

    ok: bool
    findings: list[FoundModel]
    event: dict[str, Any] | None = Field(description="What would be simulated.")
    hours: dict[str, Any] | None = Field(
        description="Expected hours of work in every tile for each team, if they were asked for."
    )

    @classmethod
    def of(cls, checked: Checked, hours: dict[str, Any] | None = None) -> Self:
        """Return what was found."""
        return cls(
            ok=checked.event is not None,
            findings=[FoundModel.of(found) for found in checked.findings],
            event=None if checked.event is None else describe_event(checked.event),
            hours=hours,
        )


class ImportedModel(BaseModel):
    """What an event file has become."""

    model_config = ConfigDict(title="Imported")

    event: UUID = Field(examples=[ID])
    players: list[UUID]
    activities: list[UUID]
    created: list[UUID] = Field(
        description="Those of its players and activities that were not in the library before."
    )
    findings: list[FindingModel] = Field(description="What keeps it from being simulated yet.")


def _said(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": item.name,
        "version": item.version,
        "created": moment(item.created_at),
        "changed": moment(item.changed_at),
        "document": item.document,
    }
