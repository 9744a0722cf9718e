"""A report as tables for a person: who wins and how sure that is, how far, and what decides it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich.box import Box
from rich.console import Console
from rich.table import Table

from bingosim.words import (
    clean,
    duration,
    headline,
    how_precise,
    latest,
    least_sure,
    locked_rows,
    mean,
    number,
    percent,
    short,
    spread,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.report import Report, TeamReport

PLAIN_WIDTH = 100
"""Columns of the output where it goes to no terminal."""
LONGEST_TILE = 26
TEAMS_ABREAST = 4
PLAYERS_SHOWN = 3

HEAD_RULE = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
"""Columns kept apart by blanks, the head underlined: reads the same in a terminal and a file."""


def print_report(report: Report, wanted: int, hints: str = "") -> None:
    """Print a report's tables to stdout.

    Args:
        report: What came out.
        wanted: Runs that were asked for.
        hints: What may be tried next; stands at the end.
    """
    console = stdout_console()
    for part in _parts(report, wanted, hints):
        if isinstance(part, Table):
            console.print(part, "")
        else:
            console.print(part, soft_wrap=True)


def _parts(report: Report, wanted: int, hints: str) -> Iterator[str | Table]:
    if not report["complete"]:
        at_most = "at most " if "precision" in report else ""
        yield f"Stopped after {report['runs']:,} of {at_most}{wanted:,} runs.\n"
    if not report["runs"]:
        return
    teams = report["teams"]
    yield f"{clean(report['event'])}: {report['runs']:,} runs, seed {clean(report['seed'])}\n"
    if "precision" in report:
        yield how_precise(report["precision"], report["runs"]) + "\n"
    yield headline(teams) + "\n"
    yield teams_table(teams)
    for start in range(0, len(teams), TEAMS_ABREAST):
        abreast = teams[start : start + TEAMS_ABREAST]
        if locked_rows(abreast):
            yield rows_table(abreast)
    yield tiles_table(teams)
    yield players_table(teams)
    if hints:
        yield hints


def stdout_console() -> Console:
    """Return a console that adds neither colour nor markup where the output is no terminal."""
    terminal = sys.stdout.isatty()
    return Console(
        width=None if terminal else PLAIN_WIDTH, markup=False, emoji=False, highlight=False
    )


# -- tables ------------------------------------------------------------------------------------


def teams_table(teams: Sequence[TeamReport]) -> Table:
    """Return how often each team wins and how far it gets."""
    table = plain_table("Team", "Strategy", ">Wins", ">95 % interval", ">Points", ">5 - 50 - 95 %")
    table.add_column("Tiles", justify="right")
    table.add_column("Rows", justify="right")
    for team in teams:
        win = team["win"]
        table.add_row(
            short(team["name"]),
            short(team["strategy"]),
            percent(win["probability"]),
            f"{percent(win['low'])[:-2]} to {percent(win['high'])}",
            mean(team["points"]),
            spread(team["points"]),
            number(team["tiles_completed"]["mean"]),
            number(team["rows_open"]["mean"]),
        )
    return table


def rows_table(teams: Sequence[TeamReport]) -> Table:
    """Return how often, and typically when, each row opens for each team."""
    table = plain_table("Row opens", *(f">{short(team['name'])}" for team in teams))
    for row in locked_rows(teams):
        cells = []
        for team in teams:
            opened = team["rows"][row]
            when = f"{duration(opened['p50_s']):>7}" if opened["probability"] else " " * 7
            cells.append(f"{percent(opened['probability'])} {when}")
        table.add_row(str(row + 1), *cells)
    return table


def tiles_table(teams: Sequence[TeamReport]) -> Table:
    """Return the tiles that decide it: the least sure and the latest of each team."""
    table = plain_table("Tiles that decide it", "Least sure", ">Done", "Latest", ">Typically")
    for team in teams:
        unsure, late = least_sure(team), latest(team)
        for place in range(max(1, len(unsure), len(late))):
            left = unsure[place] if place < len(unsure) else None
            right = late[place] if place < len(late) else None
            table.add_row(
                short(team["name"]) if place == 0 else "",
                short(left["name"], LONGEST_TILE) if left else "",
                percent(left["probability"]) if left else "",
                short(right["name"], LONGEST_TILE) if right else "",
                duration(right["p50_s"]) if right else "",
            )
    return table


def players_table(teams: Sequence[TeamReport]) -> Table:
    """Return who contributes most to each team."""
    table = plain_table("Top contributors", "Player", ">Points a run", ">Share of the team")
    for team in teams:
        ranked = sorted(team["players"], key=lambda player: -player["share"])
        for place, player in enumerate(ranked[:PLAYERS_SHOWN]):
            table.add_row(
                short(team["name"]) if place == 0 else "",
                short(player["name"], LONGEST_TILE),
                number(player["points_mean"]),
                percent(player["share"]),
            )
    return table


def plain_table(*heads: str) -> Table:
    """Return an empty table; a head that begins with `>` stands above numbers."""
    table = Table(box=HEAD_RULE, show_edge=False, pad_edge=False, padding=(0, 1), header_style="")
    for head in heads:
        table.add_column(head.removeprefix(">"), justify="right" if head[0] == ">" else "left")
    return table
