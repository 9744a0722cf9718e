"""What an event file would simulate, for people and for scripts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from bingosim.event.calendar import instant, player_sessions
from bingosim.event.quantities import format_duration
from bingosim.event.zones import time_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.event.model import Event, Player, Team

_WEEK_S = 7 * 86_400


def describe_event(event: Event) -> dict[str, Any]:
    """Return the facts about an event that a planner checks before a run."""
    header, board = event.header, event.board
    zone = time_zone(header.timezone)
    end = (instant(header.start, zone) + dt.timedelta(seconds=header.duration)).astimezone(zone)
    players = {player.name: player for player in event.players}
    return {
        "name": header.name,
        "start": header.start.isoformat(),
        "end": end.replace(tzinfo=None).isoformat(),
        "timezone": header.timezone,
        "duration_s": header.duration,
        "board": {
            "kind": board.kind,
            "unlock_points": None if board.everything_open else board.unlock_points,
            "rows": len(board.rows),
            "tiles": len(board.tiles),
            "points": sum(tile.points for tile in board.tiles),
            "bonuses": len(board.bonuses),
            "bonus_points": sum(bonus.points for bonus in board.bonuses),
        },
        "activities": sorted({source.activity for t in board.tiles for source in t.sources}),
        "teams": [_describe_team(team, players, event) for team in event.teams],
    }


def _describe_team(team: Team, players: dict[str, Player], event: Event) -> dict[str, Any]:
    return {
        "name": team.name,
        "strategy": team.strategy,
        "params": dict(team.params),
        "players": [_describe_player(players[name], event) for name in team.players],
    }


def _describe_player(player: Player, event: Event) -> dict[str, Any]:
    online = sum(end - start for start, end in player_sessions(player, event.header))
    return {
        "name": player.name,
        "online_s": online,
        "hours_per_week": round(online / 3_600 * _WEEK_S / event.header.duration, 1),
        "attends": float(player.attends) if player.plays else 1.0,
    }


def summary_lines(summary: dict[str, Any]) -> Iterator[str]:
    """Write a description of an event for a person."""
    board = summary["board"]
    start, end = (summary[key].replace("T", " ").removesuffix(":00") for key in ("start", "end"))
    length = format_duration(summary["duration_s"])
    yield f"  event       {summary['name']}"
    yield f"  time        {start} to {end}, {summary['timezone']} ({length})"
    shape = f"{board['tiles']} tiles in {board['rows']} rows, {board['points']} points"
    if board["unlock_points"] is None:
        yield f"  board       {board['kind']}: {shape}, all open from the start"
    else:
        yield f"  board       {board['kind']}: {shape}; {board['unlock_points']} open the next row"
    if board["bonuses"]:
        yield f"  bonuses     {board['bonuses']}, {board['bonus_points']} points"
    yield f"  activities  {len(summary['activities'])}: {', '.join(summary['activities'])}"
    for team in summary["teams"]:
        hours = sum(player["hours_per_week"] for player in team["players"])
        params = ", ".join(f"{key} {_brief(value)}" for key, value in team["params"].items())
        plan = f"{team['strategy']} ({params})" if params else team["strategy"]
        count = len(team["players"])
        yield (
            f"  team {team['name']}: {count} player{'' if count == 1 else 's'}, "
            f"{plan}, {hours:.1f} hours online a week"
        )
        width = max(len(player["name"]) for player in team["players"])
        for player in team["players"]:
            attends = "" if player["attends"] == 1 else f", attends {player['attends']:.0%}"
            hours_text = f"{player['hours_per_week']:6.1f} h a week{attends}"
            yield f"    {player['name']:<{width}}  {hours_text}"


def _brief(value: Any) -> str:
    """Write a strategy's parameter: a list by its length, anything else as it is."""
    return f"listed: {len(value)}" if isinstance(value, (list, tuple)) else str(value)
