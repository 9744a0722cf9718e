"""Snapshots by hand: short words for what the unit tests need, defaults for the rest."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bingosim.event.model import Activity, Board
from bingosim.event.snapshot import Snapshot, SnapshotPlayer, SnapshotTeam, StartingState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Number = int | str | Fraction


def line(
    chance: Number = 1, gives: Any = "item", *, per: str = "player", rolls: int = 1
) -> dict[str, Any]:
    """A loot line of one outcome."""
    return {"per": per, "rolls": rolls, "drops": [{"chance": chance, "gives": gives}]}


def activity(
    key: str = "boss",
    seconds: Number = 60,
    loot: Sequence[Mapping[str, Any]] | None = None,
    *,
    group: Mapping[str, Any] | None = None,
    bands: Sequence[Mapping[str, Any]] = (),
    spread: Number = 0,
    law: str = "fixed",
) -> Activity:
    """An activity; without more, one `item` a minute for sure."""
    return Activity.model_validate(
        {
            "key": key,
            "time": {"seconds": seconds, "spread": spread, "law": law},
            "loot": loot or [line()],
            "bands": bands,
            **({"group": group} if group else {}),
        }
    )


def source(
    activity: str = "boss",
    accepts: Any = "item",
    *,
    requires: Sequence[str] = (),
    modifiers: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """One way to make progress on a tile."""
    return {
        "activity": activity,
        "accepts": accepts,
        "requires": requires,
        "modifiers": modifiers,
    }


def tile(
    key: str = "tile",
    points: int = 1,
    need: int = 1,
    *sources: Mapping[str, Any],
    each: int | None = None,
) -> dict[str, Any]:
    """A tile; without sources, from the `item` of the activity `boss`."""
    return {
        "key": key,
        "points": points,
        "need": need,
        "each": each,
        "from": sources or (source(),),
    }


def bonus(points: int, *tiles: str) -> dict[str, Any]:
    """Extra points for a set of tiles."""
    return {"name": f"{points} for {' '.join(tiles)}", "tiles": tiles, "points": points}


def grid(*tiles: Mapping[str, Any], bonuses: Sequence[Mapping[str, Any]] = ()) -> Board:
    """A board on which everything is open."""
    return Board.model_validate({"kind": "grid", "rows": [tiles], "bonuses": bonuses})


def rows(
    *rows: Sequence[Mapping[str, Any]],
    unlock_points: int = 5,
    bonuses: Sequence[Mapping[str, Any]] = (),
) -> Board:
    """A board of rows that open one after the other."""
    return Board.model_validate(
        {"kind": "rows", "rows": rows, "unlock_points": unlock_points, "bonuses": bonuses}
    )


def player(
    name: str = "ann",
    *,
    speed: Number = 1,
    speeds: Mapping[str, Number] | None = None,
    has: Sequence[str] = (),
    attends: Number = 1,
    sessions: Sequence[tuple[int, int]] | None = None,
) -> dict[str, Any]:
    """A player; without sessions, online all the time."""
    return {
        "name": name,
        "speed": speed,
        "speeds": speeds or {},
        "has": has,
        "attends": attends,
        "sessions": sessions,
    }


def players(count: int, **same: Any) -> list[dict[str, Any]]:
    """Players named p0, p1, ... who are alike."""
    return [player(f"p{index}", **same) for index in range(count)]


def team(
    *players: Mapping[str, Any], name: str = "reds", strategy: str = "greedy", **params: Any
) -> dict[str, Any]:
    """A team; without players, of one who is always online."""
    return {
        "name": name,
        "strategy": strategy,
        "params": params,
        "players": players or (player(),),
    }


def state(at: int, *teams: Mapping[str, Any]) -> StartingState:
    """A beginning in the middle; each team has `progress` and `completed`."""
    return StartingState.model_validate({"at": at, "teams": teams})


def snapshot(
    board: Board | None = None,
    *activities: Activity,
    teams: Sequence[Mapping[str, Any]] = (),
    duration: int = 3600,
    state: StartingState | None = None,
) -> Snapshot:
    """An event; without more, one tile, one activity, and one team of one player for an hour."""
    always = ((0, duration),)
    made = [
        SnapshotTeam.model_validate(
            {
                **wanted,
                "players": [
                    SnapshotPlayer.model_validate(
                        {**p, "sessions": always if p["sessions"] is None else p["sessions"]}
                    )
                    for p in wanted["players"]
                ],
            }
        )
        for wanted in (teams or (team(),))
    ]
    return Snapshot.model_validate(
        {
            "name": "an event",
            "start": "2026-12-05T12:00",
            "timezone": "UTC",
            "duration": duration,
            "board": board or grid(tile()),
            "activities": activities or (activity(),),
            "teams": made,
            "state": state,
        }
    )
