"""A report as a picture to post: chances to win, and the board of the leading teams.

It is 1,200 pixels wide with letters no smaller than 20, which a phone shows legibly.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from bingosim import words
from bingosim.reporting.palette import LIGHT, mixed, team_colour
from bingosim.reporting.picture_board import draw_board
from bingosim.reporting.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report, TeamReport

WIDTH = 1200
MARGIN = 48
INNER = WIDTH - 2 * MARGIN
TEAMS_SHOWN = 8
ROW = 82
BAR = (430, 470)
"""Where bars begin, and how long they are."""
LEAST_INTERVAL = 5
"""Pixels: an interval after many runs is narrower than one."""

_drawing = Lock()
"""The library shares caches of fonts and layouts between threads."""


def to_png(report: Report, snapshot: Snapshot) -> bytes:
    """Return a report as a picture in PNG.

    Equal reports give equal bytes with one version of the library and one set of fonts. Its
    metadata say in words what it shows.

    Args:
        report: What came out.
        snapshot: The event that it came out of.
    """
    with _drawing:
        return _draw(report, snapshot)


def _draw(report: Report, snapshot: Snapshot) -> bytes:
    sheet = Sheet(WIDTH, LIGHT["paper"])
    said = words.headline(report["teams"]) if report["runs"] else "Nothing is known yet."
    y = _paragraph(sheet, MARGIN, report["event"], 46, 2, bold=True)
    y = _paragraph(sheet, y + 4, said, 30, 4)
    if report["runs"]:
        ranked = list(words.ranked(report["teams"]))
        y = _chances(sheet, y + 22, ranked)
        y = draw_board(sheet, MARGIN, y + 34, INNER, snapshot.board, ranked)
    made = (
        f"{words.count(report['runs'], 'run')}{'' if report['complete'] else ' so far'}, "
        f"seed {report['seed']}, event {report['snapshot_sha256'][:12]}, "
        f"BingoSim {report['bingosim']}"
    )
    sheet.text(MARGIN, y + 44, made, 20, LIGHT["quiet"], within=INNER)
    about = {
        "Title": words.clean(report["event"]),
        "Description": said,
        "Software": f"BingoSim {report['bingosim']}",
    }
    return sheet.png(round(y + 44 + MARGIN - 12), about)


def _paragraph(
    sheet: Sheet, y: float, text: str, size: float, most: int, *, bold: bool = False
) -> float:
    """Write lines from `y` on; return where they end."""
    for line in sheet.wrapped(text, size, INNER, most, bold=bold):
        sheet.text(MARGIN, y + size, line, size, LIGHT["ink"], bold=bold)
        y += 1.32 * size
    return y


def _chances(sheet: Sheet, y: float, ranked: Sequence[tuple[int, TeamReport]]) -> float:
    """Draw a bar for each of the teams that win most; return where they end."""
    for number, team in ranked[:TEAMS_SHOWN]:
        _chance(sheet, y, number, team)
        y += ROW
    others = [team for _, team in ranked[TEAMS_SHOWN:]]
    if others:
        together = words.percent(sum(team["win"]["probability"] or 0 for team in others))
        line = f"and {words.count(len(others), 'other')}, together {together}"
        sheet.text(MARGIN + 34, y + 26, line, 24, LIGHT["quiet"])
        y += 40
    return y


def _chance(sheet: Sheet, y: float, number: int, team: TeamReport) -> None:
    """Draw who the team is, how often it wins, and how sure that is."""
    win, colour = team["win"], team_colour(number)
    begin, length = BAR
    sheet.box(MARGIN, y + 8, 22, 22, colour, radius=5)
    name = MARGIN + 34
    sheet.text(name, y + 29, team["name"], 28, LIGHT["ink"], bold=True, within=begin - name - 20)
    points = f"{words.number(team['points']['mean'])} points"
    sheet.text(name, y + 60, points, 22, LIGHT["quiet"])
    sheet.box(begin, y + 4, length, 34, LIGHT["line"], radius=6)
    chance = win["probability"] or 0
    if chance * length > 1:
        sheet.box(begin, y + 4, chance * length, 34, mixed(colour, 0.5), radius=6)
    span = max((win["high"] - win["low"]) * length, LEAST_INTERVAL)
    middle = (win["high"] + win["low"]) / 2 * length
    left = min(max(middle - span / 2, 0), length - span)
    sheet.box(begin + left, y + 12, span, 18, colour)
    right = WIDTH - MARGIN
    sheet.text(
        right, y + 34, words.percent(win["probability"]), 38, LIGHT["ink"], bold=True, align="right"
    )
    sure = f"95 % sure: {words.percent(win['low'])} to {words.percent(win['high'])}"
    sheet.text(right, y + 64, sure, 22, LIGHT["quiet"], align="right")
