"""Estimates as tables: the work in every tile, and the time that the teams have for it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table

from bingosim.cli.result import plain_table, stdout_console
from bingosim.errors import UnknownKeyError
from bingosim.words import clean, hours, percent, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.estimates.model import Estimates, PlayerEstimate, TeamEstimate, TileEstimate

TEAMS_ABREAST = 3
BEST_SHOWN = 2
NOTHING = "-"
GAP = 3
"""Blanks between the columns of a table."""
ENOUGH_FOR_NAMES = 45
"""Least width of tiles and sources side by side."""
LONGEST_PLAYER = 14


def of_team(estimates: Estimates, name: str) -> Estimates:
    """Return the estimates of the team of this name only; of all teams without a name.

    Raises:
        UnknownKeyError: The event has no such team.
    """
    chosen = tuple(team for team in estimates.teams if name in ("", team.name))
    if not chosen:
        raise UnknownKeyError("team", name, (team.name for team in estimates.teams))
    return replace(estimates, teams=chosen)


def print_estimates(estimates: Estimates, *, with_players: bool) -> None:
    """Print the work of the teams side by side, or team by team with the best players."""
    console = stdout_console()
    tables = _by_team if with_players else _abreast
    for part in (*tables(estimates.teams, console.width), teams_table(estimates.teams)):
        if isinstance(part, Table):
            console.print(part, "")
        else:
            console.print(part, soft_wrap=True)
    console.print(_notes(estimates.teams), soft_wrap=True)


def _abreast(teams: Sequence[TeamEstimate], width: int) -> Iterator[str | Table]:
    yield "Expected hours of work in each tile: the team's mean player (its best player)\n"
    for start in range(0, len(teams), TEAMS_ABREAST):
        yield tiles_table(teams[start : start + TEAMS_ABREAST], width)


def _by_team(teams: Sequence[TeamEstimate], width: int) -> Iterator[str | Table]:
    for team in teams:
        name = clean(team.name)
        yield f"Expected hours of work in each tile for {name}: the mean, and who is fastest\n"
        yield players_table(team, width)


# -- tables --------------------------------------------------------------------------------------


def tiles_table(teams: Sequence[TeamEstimate], width: int) -> Table:
    """Return the hours of each tile and row, teams side by side; where the best player works."""
    blank = _mean_and_best("", "")
    rows: list[list[str] | None] = []
    for row, tiles in groupby(zip(*(team.tiles for team in teams), strict=True), key=_row):
        for abreast in tiles:
            able = [tile.able[0] for tile in abreast if tile.able]
            best = min(able, key=lambda player: player.hours, default=None)
            cells = (_mean_and_best(_hours(tile), _fastest(tile)) for tile in abreast)
            rows.append([clean(abreast[0].name), *cells, _where(best)])
        sums = (_mean_and_best(hours(team.hours(row)), "") for team in teams)
        rows += [[f"= row {row + 1}", *sums, ""], None]
    heads = ["Tile", *(f"{short(team.name, len(blank)):>{len(blank)}}" for team in teams), "Source"]
    return _fitted(heads, rows, width)


def players_table(team: TeamEstimate, width: int) -> Table:
    """Return the hours of each tile for one team, how many can do it, and who does it fastest."""
    rows: list[list[str] | None] = []
    for row, tiles in groupby(team.tiles, key=lambda tile: tile.row):
        for tile in tiles:
            able = tile.able
            best = ", ".join(
                f"{short(p.player, LONGEST_PLAYER)} {hours(p.hours)}" for p in able[:BEST_SHOWN]
            )
            where = _where(able[0] if able else None)
            rows.append([clean(tile.name), _hours(tile), str(len(able)), best, where])
        rows += [[f"= row {row + 1}", hours(team.hours(row)), "", "", ""], None]
    heads = ["Tile", ">Mean", ">Able", "Best players", "Source"]
    return _fitted(heads, rows, width)


def teams_table(teams: Sequence[TeamEstimate]) -> Table:
    """Return the work of the whole board beside the hours that each team is online."""
    table = plain_table("Team", ">Whole board", ">Online", ">Online / board")
    for team in teams:
        board, online = team.hours(), sum(team.online_hours)
        share = percent(online / board) if board else NOTHING
        table.add_row(short(team.name), f"{hours(board)} h", f"{hours(online)} h", share)
    return table


def _fitted(heads: Sequence[str], rows: Sequence[list[str] | None], width: int) -> Table:
    """Return a table whose first and last column, tiles and sources, are cut to fit a line.

    Where there is too little room for both, there are no sources. None among the rows is a blank
    line.
    """
    full = [cells for cells in rows if cells]
    widths = [max(map(len, column)) for column in zip(heads, *full, strict=True)]
    room = width - sum(widths[1:-1]) - GAP * (len(widths) - 1)
    last = len(widths) if room >= ENOUGH_FOR_NAMES else -1
    if last == -1:
        widths[0] = min(widths[0], max(room + GAP, len("...")))
    else:
        widths[-1] = min(widths[-1], max(room - widths[0], room // 2))
        widths[0] = min(widths[0], room - widths[-1])
    table = plain_table(*heads[:last])
    for cells in rows[:-1]:
        cut = zip(cells or [""] * len(heads), widths, strict=True)
        fitted = [cell if len(cell) <= most else short(cell, most) for cell, most in cut]
        table.add_row(*fitted[:last])
    return table


def _notes(teams: Sequence[TeamEstimate]) -> str:
    tiles = [tile for team in teams for tile in team.tiles]
    notes = [
        "Hours at work: waiting for groups, and ends of sessions too short for an attempt, are",
        "not in them.",
    ]
    if any(s.group_size > 1 for tile in tiles for p in tile.players for s in p.sources):
        notes.append("x3: by groups of three, whose hours are counted together.")
    if not all(tile.exact for tile in tiles):
        notes.append(
            ">: at least so many (need / rate); the exact hours would take long to compute."
        )
    if not all(tile.able for tile in tiles):
        notes.append("-: nobody of the team can complete it alone; it is in no sum.")
    return "\n".join(notes)


# -- cells ---------------------------------------------------------------------------------------


def _row(abreast: tuple[TileEstimate, ...]) -> int:
    return abreast[0].row


def _mean_and_best(mean: str, best: str) -> str:
    return f"{mean:>6} " + (f"({best:>5})" if best else " " * 7)


def _hours(tile: TileEstimate) -> str:
    return ("" if tile.exact else ">") + hours(tile.hours)


def _fastest(tile: TileEstimate) -> str:
    return hours(tile.able[0].hours) if tile.able else ""


def _where(player: PlayerEstimate | None) -> str:
    """Write where a player works first, in which group, and at how many sources more."""
    if player is None or not player.sources:
        return ""
    first, *more = player.sources
    size = f" x{first.group_size}" if first.group_size > 1 else ""
    return f"{first.activity}{size}" + (f" +{len(more)}" if more else "")
