"""How teams compare: the work before them, the time they have for it, and what they cannot do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bingosim.library import board, teams

if TYPE_CHECKING:
    from bingosim.web.events.hours import RosterHours
    from bingosim.web.events.plans import Plan


class TeamBalance(NamedTuple):
    """What a team has to do, and what it has for it.

    Attributes:
        players: How many they are.
        online: Hours that all of them are expected to be online; None where not known yet.
        work: Person-hours of all tiles that somebody can do; None where not known yet.
        share: Which part of the work the time online covers; None where not known.
        rows: Person-hours of each row.
        impossible: Names of the tiles that nobody can do.
    """

    players: int
    online: float | None
    work: float | None
    share: float | None
    rows: tuple[float, ...]
    impossible: tuple[str, ...]


class Asked(NamedTuple):
    """A capability that tiles ask for, and how many players of each team have it."""

    capability: str
    tiles: int
    having: tuple[int, ...]


def balances(plan: Plan, hours: list[RosterHours]) -> list[TeamBalance]:
    """Return how each team stands."""
    rows = [[tile["key"] for tile in row] for row in board.rows_of(plan.document)]
    found = []
    for team, known in zip(plan.document["teams"], hours, strict=True):
        count = len(teams.members(team))
        if not known.complete or not count:
            found.append(TeamBalance(count, None, None, None, (), ()))
            continue
        online, work = sum(known.online), known.total(known.works)
        names = tuple(plan.load.tiles[key].name for key in known.impossible)
        each = tuple(known.total(row) for row in rows)
        share = online / work if work else None
        found.append(TeamBalance(count, online, work, share, each, names))
    return found


def asked_of(plan: Plan) -> list[Asked]:
    """Return the capabilities that tiles ask for, those that fewest have first."""
    has = {player.name: set(player.document.get("has") or ()) for player in plan.whole.players}
    tiles: dict[str, int] = {}
    for tile in plan.load.tiles.values():
        for capability in {word for source in tile.sources for word in source.requires}:
            tiles[capability] = tiles.get(capability, 0) + 1
    found = [
        Asked(
            capability,
            count,
            tuple(
                sum(capability in has.get(name, ()) for name in teams.members(team))
                for team in plan.document["teams"]
            ),
        )
        for capability, count in tiles.items()
    ]
    return sorted(found, key=lambda one: (min(one.having, default=0), one.capability))
