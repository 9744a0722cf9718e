"""A report as a few lines of Markdown, short enough for one message on Discord."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bingosim import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bingosim.report import Report, TeamReport

MOST_CHARACTERS = 1_999
"""Discord takes 2,000; what lies outside Unicode's first plane, such as emoji, may count twice."""
TEAMS_SHOWN = 10
TEAMS_TOLD = 4
"""Teams whose tiles and players are named."""
LONGEST_NAME = 40
_MARKUP = re.compile(r"[\\`*_\[\]<>|~&]|:(?=//)")
"""What may begin markup or a link in the middle of a line; no name stands at the start of one."""


def to_markdown(report: Report) -> str:
    """Return a report as Markdown below 2,000 characters, however many teams there are."""
    text = f"**{_name(report['event'])}**, {_runs(report)}: {_headline(report)}\n"
    end = f"\nSeed {_name(report['seed'])}, event {report['snapshot_sha256'][:12]}, "
    end += f"{report['engine_version']}, BingoSim {report['bingosim']}\n"
    left = MOST_CHARACTERS - _length(text + end)
    for part in _parts(report):
        if _length(part) <= left:
            text += part
            left -= _length(part)
    return text + end


def _headline(report: Report) -> str:
    return _escaped(words.headline(report["teams"])) if report["runs"] else "nothing is known yet."


def _runs(report: Report) -> str:
    part = "" if report["complete"] else ", a part of those that were asked for"
    return words.count(report["runs"], "run") + part


def _parts(report: Report) -> Iterator[str]:
    """Yield what to say, the most important first; what does not fit is left out."""
    if not report["runs"]:
        return
    teams = [team for _, team in words.ranked(report["teams"])]
    yield _wins(teams)
    for team in teams[:TEAMS_TOLD]:
        yield from _told(team)


def _wins(teams: Sequence[TeamReport]) -> str:
    """Return a numbered list of the teams that win most."""
    lines = []
    for place, team in enumerate(teams[:TEAMS_SHOWN], 1):
        win, points = team["win"], team["points"]
        lines.append(
            f"{place}. **{_name(team['name'], words.LONGEST_NAME)}** "
            f"{words.percent(win['probability'])} ({words.percent(win['low'])} to "
            f"{words.percent(win['high'])}), {words.number(points['mean'])} points "
            f"({points['p5']} to {points['p95']})"
        )
    others = teams[TEAMS_SHOWN:]
    if others:
        chance = sum(team["win"]["probability"] or 0 for team in others)
        lines.append(f"and {words.count(len(others), 'other')}, together {words.percent(chance)}")
    return "\n" + "\n".join(lines) + "\n"


def _told(team: TeamReport) -> Iterator[str]:
    """Yield a team's tiles that decide it, and who contributes most."""
    tiles = [
        f"{_name(tile['name'])} ({words.percent(tile['probability'])})"
        for tile in words.least_sure(team)
    ]
    name = _name(team["name"], words.LONGEST_NAME)
    if tiles:
        yield f"\n**{name}**, least sure: {', '.join(tiles)}\n"
    best = max(team["players"], key=lambda player: player["share"])
    if best["share"]:
        share = words.percent(best["share"])
        yield f"{'' if tiles else chr(10)}Most points for {name}: {_name(best['name'])} ({share})\n"


def _name(text: str, longest: int = LONGEST_NAME) -> str:
    return _escaped(words.short(text, longest))


def _escaped(text: str) -> str:
    """Write text so that nothing in it is markup, a link or a mention of somebody."""
    return _MARKUP.sub(r"\\\g<0>", text).replace("@", "@\N{ZERO WIDTH SPACE}")


def _length(text: str) -> int:
    """Return how many characters a text has, those outside the first plane twice."""
    return len(text.encode("utf-16-le")) // 2
