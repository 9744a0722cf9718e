"""Checks of the players: their time, and what they say about activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import nearest
from bingosim.event.fields import MOST_PLAYERS

if TYPE_CHECKING:
    from bingosim.event.checks.context import Context
    from bingosim.event.document import Path

_MOST_GUESSES = 50


def check_there_are_players(context: Context) -> None:
    """An event needs a player, and not too many of them."""
    draft = context.draft
    if len(draft.players) > MOST_PLAYERS:
        message = f"expected at most {MOST_PLAYERS:,} players, got {len(draft.players):,}"
        context.findings.error(("players",), message)
    if not draft.players and draft.names["player"].complete:
        context.findings.error(("players",), "the event has no players")


def check_everyone_is_online_sometime(context: Context) -> None:
    """Who is never online during the event is there by mistake."""
    for player, path in context.draft.players:
        if context.online.get(player.name) == () or (player.attends == 0 and player.plays):
            message = f"{player.name} is never online during the event"
            context.findings.warning(path, message)


def check_attendance(context: Context) -> None:
    """`attends` is about sessions: who has none is always online."""
    for player, path in context.draft.players:
        if player.attends != 1 and not player.plays:
            message = "attends changes nothing without plays: who has no sessions is always online"
            context.findings.warning((*path, "attends"), message)


def check_speeds_are_used(context: Context) -> None:
    """A player's own speeds are about activities of the board."""
    used = {source.activity for _, source, _ in context.sources}
    if not context.draft.names["tile"].complete or context.draft.names["tile"].broken:
        return  # a broken tile may be the one that uses it
    unused: dict[str, list[Path]] = {}
    for player, path in context.draft.players:
        for key in player.speeds:
            if key not in used:
                unused.setdefault(key, []).append((*path, "speeds", key))
    for number, (key, places) in enumerate(unused.items()):
        guess = nearest(key, used) if number < _MOST_GUESSES else ""
        others = f"; so in the speeds of {len(places)} players" if len(places) > 1 else ""
        context.findings.warning(places[0], f"no tile uses the activity {key!r}{guess}{others}")


PLAYER_CHECKS = (
    check_there_are_players,
    check_everyone_is_online_sometime,
    check_attendance,
    check_speeds_are_used,
)
