"""The words and numbers in which command line and pages tell a report to people."""

from __future__ import annotations

from datetime import UTC, datetime
from math import ceil, isfinite
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.batch.differences import ComparedTeam, Difference
    from bingosim.report import Distribution, PrecisionReport, TeamReport, TileReport

LONGEST_NAME = 18
RIVALS_SHOWN = 3
TILES_SHOWN = 3
OFTEN = 0.5
"""A tile that is completed less often than this is not late but out of reach."""


# -- sentences -----------------------------------------------------------------------------------


def headline(teams: Sequence[TeamReport]) -> str:
    """Return the sentence that says who wins and how sure that is."""
    best, *others = (team for _, team in ranked(teams))
    if not others:
        points = best["points"]
        return (
            f"{short(best['name'])} plays alone and makes {number(points['mean'])} points "
            f"({points['p5']} to {points['p95']} in 9 of 10 runs)."
        )
    rivals = [team for team in others if team["win"]["high"] >= best["win"]["low"]]
    if rivals:
        close = [best, *rivals]
        shown = close[: RIVALS_SHOWN + 1]
        named = [f"{short(team['name'])} ({_win_chance(team)})" for team in shown]
        unnamed = len(close) - len(named)
        last = count(unnamed, "other") if unnamed else named.pop()
        return f"Too close to call from so many runs: {', '.join(named)} and {last}."
    win = best["win"]
    return (
        f"{short(best['name'])} wins {_win_chance(best)} of the runs (95 % sure: between "
        f"{percent(win['low'])} and {percent(win['high'])}); "
        f"next is {short(others[0]['name'])} with {_win_chance(others[0])}."
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


def difference(teams: Sequence[ComparedTeam]) -> str:
    """Return the sentence that says what differs most between two batches, and how sure that is."""
    known = [team for team in teams if team["difference"]["win"]["low"] is not None]
    if not known:
        return ""
    sure = [team for team in known if differs(team["difference"]["win"])]
    if not sure:
        return "No team's chance to win differs so much that it could not be luck of the draw."
    # Of two teams, what the one wins the other loses: the winner is named.
    by_team = [(apart(team["difference"]["win"], 100), team["name"]) for team in sure]
    (mean, low, high), name = max(by_team, key=lambda one: (abs(one[0][0]), one[0][0]))
    more = "more" if mean > 0 else "less"
    ends = sorted((abs(low), abs(high)))
    digits = _digits(high - low)
    return (
        f"{short(name)} wins {more} often in B: by {abs(mean):.{digits}f} percentage "
        f"points (95 % sure: {ends[0]:.{digits}f} to {ends[1]:.{digits}f})."
    )


def differs(of: Difference) -> bool:
    """Return whether the interval of a difference leaves no room for 0."""
    low, high = of["low"], of["high"]
    return low is not None and high is not None and (low > 0 or high < 0)


def apart(of: Difference, scale: float = 1.0) -> tuple[float, float, float]:
    """Return a known difference, and its interval's ends, in some unit."""
    return tuple(scale * (of[key] or 0.0) for key in ("mean", "low", "high"))  # type: ignore[return-value]


def signed(value: float, width: float) -> str:
    """Write a difference with as many digits as its interval is narrow: `+3.1`, `-0.42`."""
    text = f"{value:+,.{_digits(width)}f}"
    if text.strip("+-0.,"):
        return text
    return text[1:] if width else "0"


def _digits(width: float) -> int:
    return 1 if width >= 1 else 2 if width >= 0.1 else 3


def round_up(number: float) -> int:
    """Return a number with two digits that count, not below it: 37,214 -> 38,000."""
    whole = ceil(number)
    unit: int = 10 ** max(0, len(str(whole)) - 2)
    return -(-whole // unit) * unit


# -- what decides it -----------------------------------------------------------------------------


def ranked(teams: Sequence[TeamReport]) -> Iterator[tuple[int, TeamReport]]:
    """Yield the teams with their numbers, the likeliest winner first."""
    order = sorted(range(len(teams)), key=lambda i: (-(teams[i]["win"]["probability"] or 0), i))
    return ((number, teams[number]) for number in order)


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


# -- numbers and names ---------------------------------------------------------------------------


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


def count(number: int, noun: str) -> str:
    """Write how many there are: `1 row`, `21 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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


def _win_chance(team: TeamReport) -> str:
    return percent(team["win"]["probability"])


def mean(values: Distribution) -> str:
    """Write a mean and how sure it is: `142.3 ± 0.4`."""
    mean, high = values["mean"], values["mean_high"]
    return number(mean) if mean is None or high is None else f"{number(mean)} ± {high - mean:,.1f}"


def spread(values: Distribution) -> str:
    """Write the middle of a distribution and what 9 of 10 runs lie between."""
    return f"{values['p5']} - {values['p50']} - {values['p95']}"


def hours(number: float) -> str:
    """Write hours: `0.42`, `12.3`, `1,430`; `-` where they have no end."""
    if not isfinite(number):
        return "-"
    return f"{number:,.{2 if number < 1 else 1 if number < 100 else 0}f}"


def moment(milliseconds: int) -> str:
    """Return a moment by the local clock."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
