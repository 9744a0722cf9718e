"""An event with what it uses -> the whole event file, and everything that is wrong with that."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bingosim.errors import EventFileError
from bingosim.event.file import read_data
from bingosim.library.items import Item
from bingosim.library.store import missing
from bingosim.library.writing import to_yaml
from bingosim.storage import library as stored
from bingosim.storage.tables import ItemKind

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.errors import Finding
    from bingosim.event.model import Event
    from bingosim.library.plain import Document
    from bingosim.storage.database import Database

_OF_A_LIST = re.compile(r"(players|activities)\[(\d+)\]\.?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """One thing wrong with, or odd about, a whole event.

    Attributes:
        item: The player or activity whose document it is about, or the event.
        path: Where in that document, such as `board.rows[0][1].need`; empty for all of it.
        message: What is wrong and what was expected.
        severity: `error` stops a forecast, `warning` does not.
    """

    item: Item
    path: str
    message: str
    severity: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in a whole event.

    Attributes:
        event: It, if it can be simulated.
        findings: Errors and warnings.
    """

    event: Event | None
    findings: tuple[Found, ...]


@dataclass(frozen=True)
class Whole:
    """An event and the players and activities that it uses, as they were at one moment."""

    event: Item
    players: tuple[Item, ...]
    activities: tuple[Item, ...]

    @cached_property
    def data(self) -> Document:
        """The event file's plain data."""
        return join(
            self.event.document,
            [item.document for item in self.players],
            [item.document for item in self.activities],
        )

    @property
    def text(self) -> str:
        """The event file in YAML; reading it gives `data` again."""
        return to_yaml(self.data)

    @property
    def versions(self) -> str:
        """What tells this state of the event and all that it uses from any other."""
        used = (*self.players, *self.activities)
        return "-".join(map(str, (self.event.version, *(item.version for item in used))))

    def player(self, name: str) -> Item | None:
        """Return the player that the event calls by a name."""
        return next((player for player in self.players if player.name == name), None)

    def check(self) -> Checked:
        """Say everything that is wrong with it; each finding with the item it is about."""
        try:
            loaded = read_data(self.data)
        except EventFileError as error:
            return Checked(None, tuple(map(self._found, error.findings)))
        return Checked(loaded.event, tuple(map(self._found, loaded.warnings)))

    def _found(self, finding: Finding) -> Found:
        item, path = self.event, finding.path
        match = _OF_A_LIST.fullmatch(path)
        if match is not None:
            item = getattr(self, match[1])[int(match[2])]
            path = match[3]
        return Found(item, path, finding.message, finding.severity)


def load(database: Database, event: UUID) -> Whole:
    """Read an event with all that it uses.

    Raises:
        MissingError: It is not there.
    """
    with database.read() as connection:
        row = stored.read_items(connection, [event]).get(event)
        if row is None or row.kind is not ItemKind.EVENT:
            raise missing(ItemKind.EVENT, event)
        used = [Item.of(one) for one in stored.read_used(connection, event)]
    return Whole(
        Item.of(row),
        tuple(item for item in used if item.kind is ItemKind.PLAYER),
        tuple(item for item in used if item.kind is ItemKind.ACTIVITY),
    )


def join(event: Document, players: list[Document], activities: list[Document]) -> dict[str, Any]:
    """Return the data of an event file from its parts, in the order that people write them."""
    whole = {key: value for key, value in event.items() if key != "teams"}
    if activities:
        whole["activities"] = activities
    return {**whole, "players": players, "teams": event["teams"]}


def split(data: Document) -> tuple[Document, list[Document], list[Document]]:
    """Take the data of an event file apart: the event's own, its players, its activities."""
    used = ("players", "activities")
    own = {key: value for key, value in data.items() if key not in used}
    return own, list(data["players"]), list(data.get("activities") or ())
