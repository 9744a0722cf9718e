"""One run of one team: the moments in the order of time, and what the players do in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bingosim.reference.board import Progress, TileSource, tile_sources, wanted_keys
from bingosim.reference.draws import Luck, attended_sessions, player_stream, team_stream
from bingosim.reference.groups import settle
from bingosim.reference.loot import Loot
from bingosim.reference.rates import Rates, attempt_seconds
from bingosim.reference.result import TeamResult, TraceLine
from bingosim.reference.seats import Seat, Unit
from bingosim.reference.strategies import Situation, grant_ranking, ranking

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

Ended: TypeAlias = "list[tuple[TileSource, list[int]]]"
"""Of each unit whose attempt ended now: the source, and the members who have stayed online."""


def play(snapshot: Snapshot, seed: str | int, run: int) -> list[TeamResult]:
    """Play one run of every team."""
    return [play_team(snapshot, team, seed, run) for team in range(len(snapshot.teams))]


def play_team(
    snapshot: Snapshot,
    team: int,
    seed: str | int,
    run: int,
    trace: list[TraceLine] | None = None,
) -> TeamResult:
    """Play one run of one team.

    Args:
        snapshot: The event.
        team: The team's index.
        seed: Any text or number.
        run: The run's index, from 0.
        trace: Takes a line for each member of each attempt that counts, when it ends, and for each
            grant, in the order in which they happen.
    """
    game = TeamRun(snapshot, team, team_stream(seed, run, snapshot.teams[team].name), trace)
    second: int | None = game.begin()
    while second is not None and second <= snapshot.duration:
        game.play_second(second)
        second = game.next_moment(second)
    return game.result()


class TeamRun:
    """A team in the middle of a run."""

    def __init__(
        self, snapshot: Snapshot, team: int, stream: int, trace: list[TraceLine] | None
    ) -> None:
        self.snapshot = snapshot
        self.team = snapshot.teams[team]
        self.players = self.team.players
        self.roster = range(len(self.players))
        self.sources = tile_sources(snapshot)
        self.rates = Rates(self.players, self.sources)
        self.loot = Loot({a.key: wanted_keys(snapshot.board, a.key) for a in snapshot.activities})
        state = snapshot.state
        self.begins = state.at if state else 0
        self.progress = Progress(snapshot.board, state.teams[team] if state else None, self.begins)
        self.streams = [player_stream(stream, player.name) for player in self.players]
        self.lucks: dict[tuple[int, str], Luck] = {}
        self.sessions = [
            attended_sessions(player, stream)
            for player, stream in zip(self.players, self.streams, strict=True)
        ]
        self.seats = [Seat(None, None, None, 0, set()) for _ in self.roster]
        self.units: list[Unit] = []
        self.granted = [[0 for _ in snapshot.board.tiles] for _ in self.roster]
        self.trace = trace

    # The moments

    def begin(self) -> int:
        """Put everyone where they are when the run begins, and return that second."""
        for seat, sessions in zip(self.seats, self.sessions, strict=True):
            for start, end in sessions:
                if start < self.begins < end:
                    seat.session_end = end
        self.rank(self.begins)
        return self.begins

    def next_moment(self, now: int) -> int | None:
        """Return the next second in which something happens."""
        moments = [unit.end for unit in self.units]
        for sessions in self.sessions:
            moments.extend(second for session in sessions for second in session)
        moments.extend(
            seat.since + seat.waits_for.activity.group.max_wait
            for seat in self.seats
            if seat.waits_for is not None
        )
        return min((moment for moment in moments if moment > now), default=None)

    def play_second(self, second: int) -> None:
        """Handle the moments of one second, then let players choose until nobody does."""
        completed_before = self.progress.completed.copy()
        ended = sorted((u for u in self.units if u.end == second), key=lambda u: u.members)
        for unit in ended:
            self.end_attempt(unit)
        for seat, sessions in zip(self.seats, self.sessions, strict=True):
            if any(end == second for _, end in sessions):
                seat.session_end = None
                seat.waits_for = None
        # Who goes offline leaves the unit, also who is back in the same second.
        stayed = [
            (unit.source, [m for m in unit.members if self.seats[m].session_end is not None])
            for unit in ended
        ]
        for seat, sessions in zip(self.seats, self.sessions, strict=True):
            for start, end in sessions:
                if start == second:
                    seat.session_end = end
                    seat.barred.clear()
        # Ends of waiting are moments too: what follows from them is step 4 of settling.

        choosers = [p for p in self.roster if self.seats[p].free]
        if self.progress.completed != completed_before:
            choosers += [p for p in self.roster if self.seats[p].waits_for is not None]
        newcomers = self.choose(choosers, second)
        self.settle_all(stayed, newcomers, second)
        while newcomers := self.choose([p for p in self.roster if self.seats[p].free], second):
            self.settle_all([], newcomers, second)

    # Attempts and grants

    def start_attempt(self, source: TileSource, members: tuple[int, ...], second: int) -> None:
        """Let players start an attempt, and draw how long it takes."""
        luck = self.luck(members[0], source)
        seconds = attempt_seconds(source, [self.players[m] for m in members], luck)
        unit = Unit(source, members, second, second + seconds)
        self.units.append(unit)
        for member in members:
            self.seats[member].unit = unit
            self.seats[member].waits_for = None

    def end_attempt(self, unit: Unit) -> None:
        """End an attempt that counts: its members are free, or offline; its loot is granted."""
        self.units.remove(unit)
        for member in unit.members:
            self.seats[member].unit = None
            self.log((0, unit.end, unit.start, unit.source.number, member))
        members = {member: self.players[member] for member in unit.members}
        luck = self.luck(unit.members[0], unit.source)
        for member, key, quantity in self.loot.stacks(unit.source, members, luck):
            self.grant(unit, member, key, quantity)

    def grant(self, unit: Unit, member: int, key: str, quantity: int) -> None:
        """Grant a stack to the first tile of the ranking that still accepts it, if there is one."""
        for tile in self.grants:
            worth = max(
                (
                    source.spec.accepts.get(key, 0)
                    for source in self.rates.of_tile[tile]
                    if source.activity.key == unit.source.activity.key
                ),
                default=0,
            )
            if worth and self.progress.room(tile, key) > 0:
                units = self.progress.grant(tile, key, quantity * worth)
                self.granted[member][tile] += units
                self.log((1, unit.end, tile, member, units))
                if self.progress.remaining(tile) == 0:
                    self.complete(tile, unit.end)
                return

    def complete(self, tile: int, second: int) -> None:
        """Complete a tile: all that depends on it changes before the next stack is granted."""
        self.progress.complete(tile, second)
        for seat in self.seats:
            seat.barred.clear()
        self.rank(second)

    def rank(self, second: int) -> None:
        """Ask the strategy for its rankings, as of now."""
        left = self.snapshot.duration - second
        now = Situation(self.team, self.progress, self.rates, left)
        self.rankings = [ranking(now, player) for player in self.roster]
        self.grants = grant_ranking(now)

    # Choosing

    def choose(self, choosers: list[int], second: int) -> dict[int, TileSource]:
        """Let players choose in roster order, those who wait anew.

        Returns:
            Who picked something they did not wait for already -> what.
        """
        waited = {p: (self.seats[p].waits_for, self.seats[p].since) for p in choosers}
        for player in choosers:
            self.seats[player].waits_for = None
        newcomers: dict[int, TileSource] = {}
        for player in sorted(choosers):
            source = self.pick(player, second)
            if source is None:
                continue
            waited_for, since = waited[player]
            if source is waited_for:
                self.seats[player].waits_for, self.seats[player].since = source, since
                continue
            newcomers[player] = source
            if source.activity.group.max == 1:
                self.start_attempt(source, (player,), second)
            else:
                self.seats[player].waits_for, self.seats[player].since = source, second
        return newcomers

    def pick(self, player: int, second: int) -> TileSource | None:
        """Return the source that a player chooses; None: there is nothing to do."""
        for tile in self.rankings[player]:
            if self.is_crowded(tile):
                continue
            sources = [s for s in self.rates.of_tile[tile] if self.can_work(player, s, second)]
            if sources:
                # max keeps the first of equals: the first in the file.
                return max(sources, key=lambda s: self.rates.rate[player, s.number])
        return None

    def is_crowded(self, tile: int) -> bool:
        """Whether as many players as the team allows are busy at the tile or wait for it."""
        most = self.team.params.get("max_players")
        there = [seat.unit.source if seat.unit else seat.waits_for for seat in self.seats]
        return most is not None and sum(s is not None and s.tile == tile for s in there) >= most

    def can_work(self, player: int, source: TileSource, second: int) -> bool:
        """Whether a free player may choose a source now."""
        session_end = self.seats[player].session_end
        return (
            session_end is not None
            and self.rates.may_play(player, source)
            and second + self.rates.expected[player, source.number] <= session_end
            and source.number not in self.seats[player].barred
            and any(self.progress.room(source.tile, key) > 0 for key in source.spec.accepts)
        )

    # Groups

    def settle_all(self, ended: Ended, newcomers: dict[int, TileSource], second: int) -> None:
        """Settle every group source in the order of the board, then let bars fall."""
        group_sources = [source for source in self.sources if source.activity.group.max > 1]
        stirred = [s for s in group_sources if self.settle_source(s, ended, newcomers, second)]
        for source in stirred:
            for seat in self.seats:
                seat.barred.discard(source.number)

    def settle_source(
        self, source: TileSource, ended: Ended, newcomers: dict[int, TileSource], second: int
    ) -> bool:
        """Settle a source; return whether somebody began to wait or started with room left."""
        group = source.activity.group
        waiting = {p: seat.since for p, seat in enumerate(self.seats) if seat.waits_for is source}
        returning = [
            [member for member in members if member in waiting]
            for played, members in ended
            if played is source
        ]
        came_back = {member for members in returning for member in members}
        settlement = settle(
            group,
            second,
            returning,
            {p: since for p, since in waiting.items() if p not in came_back},
            [len(unit.members) for unit in self.units if unit.source is source],
        )
        for members in settlement.starts:
            self.start_attempt(source, tuple(members), second)
        for player in settlement.in_vain:
            self.seats[player].waits_for = None
            self.seats[player].barred.add(source.number)
        began_to_wait = any(newcomers.get(player) is source for player in settlement.waiting)
        return began_to_wait or any(len(members) < group.max for members in settlement.starts)

    # The rest

    def luck(self, player: int, source: TileSource) -> Luck:
        """Return a player's luck at a source's activity."""
        activity = source.activity.key
        if (player, activity) not in self.lucks:
            self.lucks[player, activity] = Luck.of(self.streams[player], activity)
        return self.lucks[player, activity]

    def log(self, line: TraceLine) -> None:
        """Note what happened, if somebody wants to know."""
        if self.trace is not None:
            self.trace.append(line)

    def result(self) -> TeamResult:
        """Return what the team has now."""

        def seconds(values: list[int | None]) -> list[int]:
            return [-1 if value is None else value for value in values]

        progress = self.progress
        return TeamResult(
            points=progress.points,
            tiles_completed=sum(second is not None for second in progress.completed),
            rows_open=progress.rows_open(),
            last_point=-1 if progress.last_point is None else progress.last_point,
            row_opened=seconds(progress.opened),
            tile_completed=seconds(progress.completed),
            bonus_paid=seconds(progress.paid),
            units=self.granted,
        )
