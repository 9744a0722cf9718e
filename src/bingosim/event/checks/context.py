"""What the checks share: the draft, the activities that are used, and when players are online."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.calendar import player_sessions
from bingosim.event.catalog import catalog_keys, load_entry
from bingosim.event.fields import MOST_PLAYERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.event.calendar import Interval
    from bingosim.event.document import Path
    from bingosim.event.draft import Draft
    from bingosim.event.findings import Findings
    from bingosim.event.model import Activity, Source, Tile


class PlacedSource(NamedTuple):
    """A source of a tile, with the path to it."""

    tile: Tile
    source: Source
    path: Path


class Context:
    """A draft, and what several checks derive from it; made once per file."""

    def __init__(self, draft: Draft, findings: Findings) -> None:
        self.draft = draft
        self.findings = findings

    @cached_property
    def sources(self) -> list[PlacedSource]:
        """Every source of every valid tile."""
        return [
            PlacedSource(tile, source, (*path, "from", number))
            for tile, path in self.draft.tiles
            for number, source in enumerate(tile.sources)
        ]

    @cached_property
    def activities(self) -> dict[str, Activity]:
        """The activities that tiles use, by key; those that are unknown or broken are missing."""
        own = {activity.key: activity for activity, _ in self.draft.activities}
        names = self.draft.names["activity"]
        found = {}
        for key in {source.activity for _, source, _ in self.sources}:
            if key in own:
                found[key] = own[key]
            elif names.complete and key not in names.broken and key in catalog_keys():
                found[key] = load_entry(key).activity
        return found

    def known_sources(self) -> Iterator[tuple[PlacedSource, Activity]]:
        """Yield the sources whose activity is known, with it."""
        for placed in self.sources:
            activity = self.activities.get(placed.source.activity)
            if activity is not None:
                yield placed, activity

    @cached_property
    def online(self) -> dict[str, tuple[Interval, ...]]:
        """When each valid player is online; empty where the event itself is broken."""
        header = self.draft.header
        if header is None or len(self.draft.players) > MOST_PLAYERS:
            return {}
        return {player.name: player_sessions(player, header) for player, _ in self.draft.players}
