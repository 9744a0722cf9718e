"""A forecast of what another one has simulated, played by other strategies if wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bingosim.errors import InputError
from bingosim.event.strategies import STRATEGIES, StrategyParams, find_strategy, normal_params

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.snapshot import Snapshot, SnapshotTeam


def choices_for(team: SnapshotTeam) -> list[str]:
    """Return the strategies that a team may play by: its own first, then those built in."""
    return list(dict.fromkeys([team.strategy, *STRATEGIES]))


def with_strategies(snapshot: Snapshot, chosen: Sequence[str]) -> Snapshot:
    """Return an event in which teams play by other strategies.

    Args:
        snapshot: The event.
        chosen: A strategy's name for each team; who keeps theirs keeps its parameters, who
            changes keeps those that every strategy takes.

    Raises:
        InputError: There are not as many as teams, or a team cannot have one.
    """
    if len(chosen) != len(snapshot.teams):
        raise InputError(f"expected a strategy for each of {len(snapshot.teams)} teams")
    teams = tuple(map(_with_strategy, snapshot.teams, chosen))
    if teams == snapshot.teams:
        return snapshot
    parts = {name: getattr(snapshot, name) for name in type(snapshot).model_fields}
    return type(snapshot)(**{**parts, "teams": teams})  # a copy would keep the hash


def brief(snapshot: Snapshot) -> dict[str, Any]:
    """Return of a stored event what `describe_event` says first of one from a file."""
    board = snapshot.board
    return {
        "name": snapshot.name,
        "duration_s": snapshot.duration,
        "board": {"rows": len(board.rows), "tiles": len(board.tiles)},
        "teams": [team.name for team in snapshot.teams],
    }


def _with_strategy(team: SnapshotTeam, name: str) -> SnapshotTeam:
    if name == team.strategy:
        return team
    if name not in STRATEGIES:
        raise InputError(f"team {team.name!r}: expected one of {', '.join(STRATEGIES)}")
    shared = {key: team.params[key] for key in StrategyParams.model_fields if key in team.params}
    changed = {
        "strategy": name,
        "strategy_sha256": None,
        "params": normal_params(find_strategy(name), shared),
    }
    return team.model_copy(update=changed)
