"""One team's trace -> what happened to it, in the field's words."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bingosim.reference.board import Progress
from bingosim.replay.model import (
    Attempts,
    BonusPaid,
    Entry,
    Grant,
    RowOpened,
    TeamReplay,
    TileCompleted,
    TileReplay,
)
from bingosim.replay.units import GrantMade, UnitAttempt, read_trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bingosim.event.snapshot import Snapshot
    from bingosim.reference import TraceLine


def tell_team(
    snapshot: Snapshot, index: int, lines: Iterable[TraceLine], *, won: float
) -> TeamReplay:
    """Tell a team's run.

    Args:
        snapshot: The event.
        index: Which team.
        lines: The rows of its trace.
        won: 1 for a win, 1/k for a shared one, 0 for none.
    """
    story = _Story(snapshot, index)
    groups = [activity.group for _, activity in story.sources]
    session_starts = [{start for start, _ in player.sessions} for player in story.team.players]
    happened = list(read_trace(lines, groups, session_starts))
    stretches = list(story.stretches(e for e in happened if isinstance(e, UnitAttempt)))
    grants = [entry for e in happened if isinstance(e, GrantMade) for entry in story.grant(e)]
    # Attempts begin when all that happens in their first second has: the sort keeps that order.
    timeline = sorted([*grants, *stretches], key=lambda entry: entry.second)
    progress = story.progress
    return TeamReplay(
        name=story.team.name,
        strategy=story.team.strategy,
        won=won,
        points=progress.points,
        tiles_completed=sum(second is not None for second in progress.completed),
        rows_open=progress.rows_open(),
        last_point=progress.last_point,
        tiles=tuple(story.tiles(stretches)),
        timeline=tuple(timeline),
    )


class _Story:
    """A team's progress while its trace is read.

    What follows from a completed tile is what the reference engine's board says: tests hold it to
    the results of the engine that played.
    """

    def __init__(self, snapshot: Snapshot, index: int) -> None:
        state = snapshot.state
        self.team = snapshot.teams[index]
        self.names = [player.name for player in self.team.players]
        self.board = snapshot.board
        self.sources = [
            (tile.key, snapshot.activity(source.activity))
            for tile in self.board.tiles
            for source in tile.sources
        ]
        self.progress = Progress(
            self.board, state.teams[index] if state else None, state.at if state else 0
        )
        self.counted = [
            tile.need - self.progress.remaining(number)
            for number, tile in enumerate(self.board.tiles)
        ]
        self.units = [[0] * len(self.names) for _ in self.board.tiles]

    def stretches(self, attempts: Iterable[UnitAttempt]) -> Iterator[Attempts]:
        """Join attempts that follow one another without a gap; in the order of their starts."""
        joined: list[tuple[UnitAttempt, int, int]] = []  # the first, the end of the last, how many
        latest: dict[tuple[int, tuple[int, ...]], int] = {}
        for attempt in attempts:
            who = attempt.source, attempt.members
            place = latest.get(who, -1)
            if place >= 0 and joined[place][1] == attempt.start:
                first, _, count = joined[place]
                joined[place] = first, attempt.end, count + 1
            else:
                latest[who] = len(joined)
                joined.append((attempt, attempt.end, 1))
        for first, end, count in sorted(joined, key=lambda one: (one[0].start, one[0].members)):
            tile, activity = self.sources[first.source]
            players = tuple(self.names[member] for member in first.members)
            yield Attempts(first.start, end, players, activity.key, tile, count)

    def grant(self, made: GrantMade) -> Iterator[Entry]:
        """Count a grant; yield it, and what follows where it completes the tile."""
        tile = self.board.tiles[made.tile]
        self.counted[made.tile] += made.units
        self.units[made.tile][made.member] += made.units
        yield Grant(
            second=made.second,
            player=self.names[made.member],
            activity=self.sources[made.source][1].key,
            tile=tile.key,
            units=made.units,
            progress=self.counted[made.tile],
            need=tile.need,
        )
        if self.counted[made.tile] == tile.need:
            yield from self.complete(made.tile, made.second, self.names[made.member])

    def complete(self, number: int, second: int, player: str) -> Iterator[Entry]:
        """Complete a tile; yield that, the bonuses it pays and the rows it opens."""
        progress, tile = self.progress, self.board.tiles[number]
        total, paid, opened = progress.points, progress.paid.copy(), progress.opened.copy()
        progress.complete(number, second)
        total += tile.points
        yield TileCompleted(second, tile.key, player, tile.points, total)
        for bonus, before, after in zip(self.board.bonuses, paid, progress.paid, strict=True):
            if before != after:
                total += bonus.points
                yield BonusPaid(second, bonus.name, bonus.points, total)
        for row, (before, after) in enumerate(zip(opened, progress.opened, strict=True)):
            if before != after:
                yield RowOpened(second, row)

    def tiles(self, stretches: Iterable[Attempts]) -> Iterator[TileReplay]:
        """Yield what was done for each tile, once all is told."""
        attempts: dict[str, int] = defaultdict(int)
        player_seconds: dict[str, int] = defaultdict(int)
        for stretch in stretches:
            attempts[stretch.tile] += stretch.attempts
            player_seconds[stretch.tile] += stretch.player_seconds
        for number, tile in enumerate(self.board.tiles):
            given = zip(self.names, self.units[number], strict=True)
            yield TileReplay(
                tile=tile.key,
                completed=self.progress.completed[number],
                progress=self.counted[number],
                need=tile.need,
                attempts=attempts[tile.key],
                player_seconds=player_seconds[tile.key],
                units={name: units for name, units in given if units},
            )
