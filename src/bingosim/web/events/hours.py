"""Expected hours of work in tiles, computed once for every roster and kept.

The work in a tile depends on the tile, on the activities it uses and on who works, and on nothing
else: a tile that is moved, or a player who joins one team, leaves all other hours as they are.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.errors import InputError
from bingosim.event.catalog import catalog_keys, load_entry
from bingosim.event.model import Activity, Board, Event, Header, Player, Team, Tile
from bingosim.event.snapshot import make_snapshot
from bingosim.library.board import rows_of
from bingosim.library.plain import to_json
from bingosim.library.teams import members

if TYPE_CHECKING:
    from bingosim.estimates.model import TeamEstimate
    from bingosim.library.assemble import Whole
    from bingosim.library.plain import Document

ROSTERS_KEPT = 128
ORDINARY = "Ordinary player"


class Work(NamedTuple):
    """The work in a tile for a roster.

    Attributes:
        hours: Expected person-hours of the mean player who can do it; inf where nobody can.
        exact: Whether that is the expectation itself; else it is at least so much.
        able: How many of them can do it.
    """

    hours: float
    exact: bool
    able: int


@dataclass(frozen=True, slots=True)
class Roster:
    """Players who work together.

    Attributes:
        header: The event's, for their schedules.
        players: Their documents.
        free: Whether they may go where a tile requires something.
    """

    header: Document
    players: tuple[Document, ...]
    free: bool = False

    @property
    def mark(self) -> str:
        """What tells it from every other."""
        time = {key: value for key, value in self.header.items() if key != "name"}
        return _mark([time, list(self.players), self.free])


@dataclass(frozen=True, slots=True)
class RosterHours:
    """What a roster has to do, and how long it is there.

    Attributes:
        works: Tile key -> work, of the tiles for which it is known.
        online: Hours that each player is expected to be online, in roster order.
        complete: Whether nothing is left to be computed.
    """

    works: Mapping[str, Work]
    online: tuple[float, ...]
    complete: bool

    def total(self, keys: Iterable[str]) -> float:
        """Return the person-hours of some tiles, without those that nobody can do."""
        hours = [self.works[key].hours for key in keys if key in self.works]
        return sum(filter(isfinite, hours))

    @property
    def impossible(self) -> list[str]:
        """Keys of the tiles that nobody can do."""
        return [key for key, work in self.works.items() if not isfinite(work.hours)]


class Workload:
    """The tiles of an event whose work can be estimated.

    Args:
        whole: The event; those tiles are left out that lack something.
    """

    def __init__(self, whole: Whole) -> None:
        own = {item.document["key"]: item.document for item in whole.activities}
        self.activities = _activities(own, whole.event.document)
        self.header = whole.event.document["event"]
        self.tiles: dict[str, Tile] = {}
        self.marks: dict[str, str] = {}
        for document in (tile for row in rows_of(whole.event.document) for tile in row):
            tile = Tile.model_validate(document)
            if self._is_sound(tile):
                self.tiles[tile.key] = tile
                self.marks[tile.key] = _mark([document["from"], tile.need, tile.each, own])

    def ordinary(self) -> Roster:
        """Return players of speed 1 who may do everything, as many as activities want."""
        wanted = [activity.group.want for activity in self.activities.values()]
        names = [f"{ORDINARY} {n}" for n in range(1, max(wanted, default=1) + 1)]
        return Roster(self.header, tuple({"name": name} for name in names), free=True)

    def estimate(self, roster: Roster, keys: Sequence[str]) -> TeamEstimate:
        """Estimate some of the tiles, in this order.

        Raises:
            InputError: The engine cannot hold a number of it.
        """
        # A late import: it costs seconds, and most pages need no estimates.
        from bingosim.estimates import estimate  # noqa: PLC0415

        players = tuple(Player.model_validate(document) for document in roster.players)
        team = Team(name="team", players=tuple(player.name for player in players))
        tiles = tuple(self._asked(self.tiles[key], n, roster) for n, key in enumerate(keys))
        event = Event(
            version=1,
            header=Header.model_validate(roster.header),
            board=Board(kind="grid", rows=(tiles,)),
            activities=tuple(self.activities.values()),
            players=players,
            teams=(team,),
        )
        return estimate(make_snapshot(event)).teams[0]

    def _asked(self, tile: Tile, number: int, roster: Roster) -> Tile:
        """Return a tile under a key of its own: on an unfinished board two may have the same."""
        sources = tile.sources
        if roster.free:
            sources = tuple(one.model_copy(update={"requires": ()}) for one in sources)
        return tile.model_copy(update={"key": f"tile_{number}", "sources": sources})

    def _is_sound(self, tile: Tile) -> bool:
        drops = {drop for source in tile.sources for drop in source.accepts}
        known = [self.activities.get(source.activity) for source in tile.sources]
        return (
            bool(tile.sources)
            and (tile.each is None or tile.need <= tile.each * len(drops))
            and all(
                activity is not None and activity.drop_keys.issuperset(source.accepts)
                for activity, source in zip(known, tile.sources, strict=True)
            )
        )


@dataclass(slots=True)
class _Kept:
    """What is known of a roster: tile's mark -> work, None where there is none; hours online."""

    works: dict[str, Work | None] = field(default_factory=dict)
    online: tuple[float, ...] = ()


@dataclass(slots=True)
class Hours:
    """Estimates, kept while the server runs."""

    _kept: OrderedDict[str, _Kept] = field(default_factory=OrderedDict)
    _keeping: Lock = field(default_factory=Lock)
    _computing: Lock = field(default_factory=Lock)

    def known(self, load: Workload, roster: Roster) -> RosterHours:
        """Return what is known already; that takes no time."""
        kept = self._of(roster)
        found = {key: kept.works[mark] for key, mark in load.marks.items() if mark in kept.works}
        works = {key: work for key, work in found.items() if work is not None}
        complete = len(found) == len(load.marks) or not roster.players
        return RosterHours(works, kept.online, complete)

    def computed(self, load: Workload, roster: Roster) -> RosterHours:
        """Compute what is not known yet; the first time of all that takes some seconds."""
        with self._computing:  # who waits finds it done
            kept = self._of(roster)
            keys = [key for key, mark in load.marks.items() if mark not in kept.works]
            if keys and roster.players:
                marks = [load.marks[key] for key in keys]
                kept.works |= dict.fromkeys(marks)
                try:
                    found = load.estimate(roster, keys)
                except InputError:
                    return self.known(load, roster)
                kept.online = found.online_hours
                works = [Work(t.hours, t.exact, len(t.able)) for t in found.tiles]
                kept.works |= dict(zip(marks, works, strict=True))
        return self.known(load, roster)

    def _of(self, roster: Roster) -> _Kept:
        with self._keeping:
            mark = roster.mark
            kept = self._kept.setdefault(mark, _Kept())
            self._kept.move_to_end(mark)
            while len(self._kept) > ROSTERS_KEPT:
                self._kept.popitem(last=False)
            return kept


def rosters_of(whole: Whole) -> list[Roster]:
    """Return the teams of an event, in order; those without players, too."""
    players = {item.name: item.document for item in whole.players}
    document = whole.event.document
    return [
        Roster(document["event"], tuple(players[name] for name in members(team) if name in players))
        for team in document["teams"]
    ]


def _activities(own: Mapping[str, Document], event: Document) -> dict[str, Activity]:
    """Return the activities that tiles use, by key, as far as they are known."""
    used = {source["activity"] for row in rows_of(event) for t in row for source in t["from"]}
    return {
        key: Activity.model_validate(own[key]) if key in own else load_entry(key).activity
        for key in sorted(used)
        if key in own or key in catalog_keys()
    }


def _mark(data: Any) -> str:
    return hashlib.sha256(to_json(data).encode()).hexdigest()
