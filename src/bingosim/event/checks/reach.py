"""Which team can do which tile: capabilities, size of the group, length of the sessions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from bingosim.event.quantities import format_duration
from bingosim.event.words import listed

if TYPE_CHECKING:
    from bingosim.event.checks.context import Context
    from bingosim.event.model import Activity, Player, Source, Tile


class _Roster(NamedTuple):
    """A team's name, and its players with their longest time online in seconds."""

    name: str
    players: list[tuple[Player, int]]


def check_who_can_do_what(context: Context) -> None:
    """Every tile can be done: an error where no team can, a warning where one cannot."""
    rosters = _rosters(context)
    if not rosters:
        return
    names = context.draft.names["team"]
    all_teams = len(rosters) == len(context.draft.teams) and names.complete and not names.broken
    for tile, path in context.draft.tiles:
        if any(source.activity not in context.activities for source in tile.sources):
            continue
        reasons = {roster.name: _hindrance(context, tile, roster) for roster in rosters}
        hindered = {name: reason for name, reason in reasons.items() if reason}
        if all_teams and len(hindered) == len(reasons):
            reason = listed(sorted(set(hindered.values())), "and")
            context.findings.error(path, f"no team can ever do {tile.name!r}: {reason}")
            continue
        for name, reason in hindered.items():
            context.findings.warning(path, f"team {name!r} can never do {tile.name!r}: {reason}")


def _rosters(context: Context) -> list[_Roster]:
    """Return the teams whose players are all valid and can be online."""
    players = {player.name: player for player, _ in context.draft.players}
    rosters = []
    for team, _ in context.draft.teams:
        if any(name not in players or name not in context.online for name in team.players):
            continue
        longest = {
            name: max((end - start for start, end in context.online[name]), default=0)
            for name in team.players
        }
        if any(longest.values()):
            rosters.append(_Roster(team.name, [(players[n], longest[n]) for n in longest]))
    return rosters


def _hindrance(context: Context, tile: Tile, roster: _Roster) -> str:
    """Say why a team cannot do a tile by any of its sources; empty where it can."""
    reasons = []
    for source in tile.sources:
        reason = _source_hindrance(source, context.activities[source.activity], roster)
        if not reason:
            return ""
        reasons.append(reason)
    return "; ".join(dict.fromkeys(reasons))


def _source_hindrance(source: Source, activity: Activity, roster: _Roster) -> str:
    needed = 1 if activity.group.solo else activity.group.min
    required = set(source.requires)
    all_of_them = listed(sorted(required))
    able = [(p, longest) for p, longest in roster.players if required.issubset(p.has)]
    if not able:
        owned = {capability for player, _ in roster.players for capability in player.has}
        missing = sorted(required - owned)
        return f"nobody has {listed(missing)}" if missing else f"nobody has all of {all_of_them}"
    if len(able) < needed:
        what = f" with {all_of_them}" if required else ""
        return f"{activity.key} needs {needed} players{what}, and there are {len(able)}"
    fitting = 0
    shortest = None
    for player, longest in able:
        expected = _expected_seconds(source, activity, player)
        fitting += expected <= longest
        if fitting == needed:
            return ""
        shortest = expected if shortest is None else min(shortest, expected)
    attempt = format_duration(-int(-(shortest or 0) // 1))
    if fitting:
        return f"{activity.key} needs {needed} players with sessions of {attempt} or more"
    return f"no session is as long as an attempt at {activity.key} ({attempt})"


def _expected_seconds(source: Source, activity: Activity, player: Player) -> Fraction:
    """Return the expected attempt: wanted size, own speed, own modifiers."""
    band = activity.band(activity.group.want)
    seconds = activity.time.seconds * player.speeds.get(activity.key, player.speed)
    if band is not None:
        seconds *= band.time
    for modifier in source.modifiers:
        if modifier.has in player.has:
            seconds *= modifier.time
    return Fraction(seconds)
