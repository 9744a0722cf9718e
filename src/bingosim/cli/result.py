"""A report as tables for a person: who wins and how sure that is, how far, and what decides it."""

from __future__ import annotations

import sys
from math import ceil
from typing import TYPE_CHECKING

from rich.box import Box
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.report import (
        Distribution,
        PrecisionReport,
        Report,
        TeamReport,
        TileReport,
    )

PLAIN_WIDTH = 100
"""Columns of the output where it goes to no terminal."""
LONGEST_NAME = 18
LONGEST_TILE = 26
TEAMS_ABREAST = 4
RIVALS_SHOWN = 3
TILES_SHOWN = 3
PLAYERS_SHOWN = 3
OFTEN = 0.5
"""A tile that is completed less often than this is not late but out of reach."""

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


# -- sentences and tables ----------------------------------------------------------------------


def headline(teams: Sequence[TeamReport]) -> str:
    """Return the sentence that says who wins and how sure that is."""
    ranked = sorted(teams, key=lambda team: -(team["win"]["probability"] or 0))
    best = ranked[0]
    if len(ranked) == 1:
        points = best["points"]
        return (
            f"{short(best['name'])} plays alone and makes {number(points['mean'])} points "
            f"({points['p5']} to {points['p95']} in 9 of 10 runs)."
        )
    rivals = [team for team in ranked[1:] if team["win"]["high"] >= best["win"]["low"]]
    if rivals:
        close = [best, *rivals]
        named = [f"{short(team['name'])} ({_chance(team)})" for team in close[: RIVALS_SHOWN + 1]]
        others = len(close) - len(named)
        last = f"{others} others" if others else named.pop()
        return f"Too close to call from so many runs: {', '.join(named)} and {last}."
    win = best["win"]
    return (
        f"{short(best['name'])} wins {_chance(best)} of the runs (95 % sure: between "
        f"{percent(win['low'])} and {percent(win['high'])}); "
        f"next is {short(ranked[1]['name'])} with {_chance(ranked[1])}."
    )


def how_precise(precision: PrecisionReport, runs: int) -> str:
    """Return the sentences that say how precisely the chances to win are known, and are not."""
    known = f"to within {precision['known']:.3g} percentage points (95 % sure)"
    if precision["reached"]:
        return (
            f"Every chance to win is known {known}, as look {precision['look']} shows; "
            f"{precision['points']:g} were asked for."
        )
    enough = runs * (precision["known"] / precision["points"]) ** 2
    return (
        f"Not as precise as asked: chances to win are known {known}, not {precision['points']:g}.\n"
        f"About {round_up(enough):,} runs would do (--max-runs)."
    )


def round_up(number: float) -> int:
    """Return a number with two digits that count, not below it: 37,214 -> 38,000."""
    whole = ceil(number)
    unit: int = 10 ** max(0, len(str(whole)) - 2)
    return -(-whole // unit) * unit


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
            _mean(team["points"]),
            _spread(team["points"]),
            number(team["tiles_completed"]["mean"]),
            number(team["rows_open"]["mean"]),
        )
    return table


def locked_rows(teams: Sequence[TeamReport]) -> list[int]:
    """Return the rows that are not open from the start for every team."""
    return [
        row["row"]
        for row in teams[0]["rows"]
        if any(
            team["rows"][row["row"]]["probability"] != 1 or team["rows"][row["row"]]["p90_s"]
            for team in teams
        )
    ]


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


def least_sure(team: TeamReport) -> list[TileReport]:
    """Return the tiles that may or may not be completed, the most open question first."""
    open_questions = [tile for tile in team["tiles"] if 0 < (tile["probability"] or 0) < 1]
    open_questions.sort(key=lambda tile: abs((tile["probability"] or 0) - 0.5))
    return open_questions[:TILES_SHOWN]


def latest(team: TeamReport) -> list[TileReport]:
    """Return the tiles that are completed often but late, the latest first."""
    often = [tile for tile in team["tiles"] if (tile["probability"] or 0) >= OFTEN]
    often.sort(key=lambda tile: -(tile["p50_s"] or 0))
    return often[:TILES_SHOWN]


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


# -- words and numbers -------------------------------------------------------------------------


def clean(text: str) -> str:
    """Return text without control characters: a name must not be able to steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def short(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a name cut to what a table holds."""
    text = clean(text)
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."


def percent(chance: float | None) -> str:
    """Write a chance: `62.3 %`; what is not quite impossible or certain does not look so."""
    if chance is None:
        return "-"
    if 0 < chance < 0.001:
        return "<0.1 %"
    if 0.999 < chance < 1:
        return ">99.9 %"
    return f"{100 * chance:.1f} %"


def number(value: float | None) -> str:
    """Write a mean: `142.3`."""
    return "-" if value is None else f"{value:,.1f}"


def duration(seconds: int | None) -> str:
    """Write a time by its two greatest units: `2d 14h`, `5h 20m`, `12m 5s`."""
    if seconds is None:
        return "-"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"


def _chance(team: TeamReport) -> str:
    return percent(team["win"]["probability"])


def _mean(values: Distribution) -> str:
    """Write a mean and how sure it is: `142.3 ± 0.4`."""
    mean, high = values["mean"], values["mean_high"]
    return number(mean) if mean is None or high is None else f"{number(mean)} ± {high - mean:,.1f}"


def _spread(values: Distribution) -> str:
    return f"{values['p5']} - {values['p50']} - {values['p95']}"
