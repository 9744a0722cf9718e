"""Checks of the teams: who is in them, and how they play."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from bingosim.errors import InputError, nearest
from bingosim.event.strategies import TileOrderParams, find_strategy
from bingosim.event.words import explained

if TYPE_CHECKING:
    from bingosim.event.checks.context import Context
    from bingosim.event.document import Path
    from bingosim.event.model import Team


def check_there_are_teams(context: Context) -> None:
    """An event needs a team."""
    draft = context.draft
    if not draft.teams and draft.names["team"].complete:
        context.findings.error(("teams",), "the event has no teams")


def check_teams_have_players(context: Context) -> None:
    """A team has a player."""
    for team, path in context.draft.teams:
        if not team.players:
            context.findings.error((*path, "players"), "expected at least one, got none")


def check_members_exist(context: Context) -> None:
    """A team's players are players of the event."""
    names = context.draft.names["player"]
    for team, path in context.draft.teams:
        for number, name in enumerate(team.players):
            if names.unknown(name):
                message = f"there is no player {name!r}{nearest(name, names.valid)}"
                context.findings.error((*path, "players", number), message)


def check_members_are_in_one_team(context: Context) -> None:
    """A player is in one team, once."""
    seen: dict[str, tuple[str, Path]] = {}
    for team, path in context.draft.teams:
        for number, name in enumerate(team.players):
            place = (*path, "players", number)
            if name in seen:
                other, first = seen[name]
                where = "this team" if other == team.name else f"team {other!r}"
                line = context.findings.line(first)
                context.findings.error(place, f"{name!r} is in {where} already{line}")
            else:
                seen[name] = (team.name, place)


def check_everyone_has_a_team(context: Context) -> None:
    """Who is in no team does not play."""
    names = context.draft.names["team"]
    if names.broken or not names.complete:
        return  # a broken team may be theirs
    members = {name for team, _ in context.draft.teams for name in team.players}
    for player, path in context.draft.players:
        if player.name not in members:
            context.findings.warning(path, f"{player.name} is in no team and does not play")


def check_strategies(context: Context) -> None:
    """A team's strategy exists, and takes the team's parameters."""
    for team, path in context.draft.teams:
        try:
            strategy = find_strategy(team.strategy)
        except InputError as error:
            context.findings.error((*path, "strategy"), f"team {team.name!r}: {error}")
            continue
        try:
            params = strategy.params.model_validate(team.params)
        except ValidationError as error:
            for place, message in explained(error, strategy.params, team.params):
                prefix = f"team {team.name!r}, strategy {team.strategy}"
                context.findings.error((*path, "params", *place), f"{prefix}: {message}")
            continue
        if isinstance(params, TileOrderParams):
            _check_tile_order(context, team, params, (*path, "params", "tiles"))


def _check_tile_order(context: Context, team: Team, params: TileOrderParams, path: Path) -> None:
    names = context.draft.names["tile"]
    prefix = f"team {team.name!r}, strategy {team.strategy}"
    for number, key in enumerate(params.tiles):
        if key in params.tiles[:number]:
            context.findings.error((*path, number), f"{prefix}: the tile {key!r} is listed twice")
        elif names.unknown(key):
            guess = nearest(key, names.valid)
            context.findings.error((*path, number), f"{prefix}: there is no tile {key!r}{guess}")


TEAM_CHECKS = (
    check_there_are_teams,
    check_teams_have_players,
    check_members_exist,
    check_members_are_in_one_team,
    check_everyone_has_a_team,
    check_strategies,
)
