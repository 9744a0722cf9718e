"""Editing the teams of an event's document: who is in them, in which order.

Functions take a sound document and return a changed one, as those of `board` do. Teams are found by
their place, from 0; players by name, since that is how an event file calls them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.library.board import moved, slot, within

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bingosim.library.plain import Document


def members(team: Document) -> list[str]:
    """Return the names of a team's players, as the library spells them."""
    return [name.strip() for name in team["players"]]


def team_of(event: Document, player: str) -> int | None:
    """Return the first team that a player is in."""
    teams = enumerate(event["teams"])
    return next((number for number, team in teams if player in members(team)), None)


def add_team(event: Document, team: Document, at: int | None = None) -> Document:
    """Add a team before another one, or at the end; its players leave the teams they were in."""
    teams = _without(event, members(team))
    teams.insert(slot(at, teams, "team"), team)
    return {**event, "teams": teams}


def replace_team(event: Document, number: int, team: Document) -> Document:
    """Put another version of a team in its place; its players leave the teams they were in."""
    teams = _without(event, members(team))
    teams[within(number, teams, "team")] = team
    return {**event, "teams": teams}


def move_team(event: Document, number: int, to: int) -> Document:
    """Move a team, so that it is at a new place afterwards."""
    return {**event, "teams": moved(event["teams"], number, to, "team")}


def remove_team(event: Document, number: int) -> Document:
    """Remove a team; its players stay players of the event."""
    teams = list(event["teams"])
    del teams[within(number, teams, "team")]
    return {**event, "teams": teams}


def draft(event: Document, player: str, number: int, at: int | None = None) -> Document:
    """Have a player join a team, and leave the one they were in.

    Args:
        event: The document.
        player: Name; also to move a player within their team.
        number: The team.
        at: Place in the team's order afterwards; at its end if not given.
    """
    teams = _without(event, [player])
    team = teams[within(number, teams, "team")]
    order = list(team["players"])
    order.insert(slot(at, order, "player"), player)
    teams[number] = {**team, "players": order}
    return {**event, "teams": teams}


def release(event: Document, players: Collection[str]) -> Document:
    """Have players leave their teams."""
    return {**event, "teams": _without(event, players)}


def rename(event: Document, old: str, new: str) -> Document:
    """Call a player by a new name."""
    return {**event, "teams": _renamed(event, lambda name: new if name == old else name)}


def _without(event: Document, players: Collection[str]) -> list[Document]:
    return _renamed(event, lambda name: None if name in players else name)


def _renamed(event: Document, name: Callable[[str], str | None]) -> list[Document]:
    return [
        {**team, "players": [new for one in members(team) if (new := name(one)) is not None]}
        for team in event["teams"]
    ]
