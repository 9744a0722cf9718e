"""A replay as tables for a person: what happened to each team, when, and who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.cli.result import plain_table, stdout_console
from bingosim.errors import UnknownKeyError
from bingosim.replay.model import Attempts, BonusPaid, Grant, TileCompleted
from bingosim.replay.telling import Words, headline
from bingosim.words import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from bingosim.replay.model import Entry, Replay, TeamReplay


def print_timeline(
    replay: Replay, *, team: str | None = None, grants: bool = False, attempts: bool = False
) -> None:
    """Print what happened, team by team: tiles that fell, rows that opened, bonuses paid.

    Args:
        replay: The run.
        team: The team to be told of; all without it.
        grants: Whether to show every grant.
        attempts: Whether to show who did what from when to when.

    Raises:
        UnknownKeyError: The event has no such team.
    """
    teams = [told for told in replay.teams if team in (None, told.name)]
    if not teams:
        raise UnknownKeyError("team", str(team), (told.name for told in replay.teams))
    hidden = (*([] if grants else [Grant]), *([] if attempts else [Attempts]))
    words = Words(replay.snapshot)
    console = stdout_console()
    console.print(headline(replay), soft_wrap=True)
    for told in teams:
        entries = [entry for entry in told.timeline if not isinstance(entry, hidden)]
        console.print(f"\n{words.result(told)}\n", soft_wrap=True)
        console.print(_table(words, told, entries))
        for note in words.notes(told):
            console.print(f"\n{note}", soft_wrap=True)


def _table(words: Words, team: TeamReplay, entries: Sequence[Entry]) -> Table:
    """Return a line for each entry; where there are details, milestones stand out."""
    table = plain_table("When", ">After", ">Points", ">Total", "What")
    done = {tile.tile: tile for tile in team.tiles}
    details = any(isinstance(entry, Attempts | Grant) for entry in entries)
    for entry in entries:
        detail = isinstance(entry, Attempts | Grant)
        points, total = "", ""
        if isinstance(entry, TileCompleted | BonusPaid):
            points, total = f"+{entry.points:,}", f"{entry.total:,}"
        table.add_row(
            words.when(entry.second),
            duration(entry.second),
            points,
            total,
            ("  " if detail else "") + words.what(entry, done),
            style="bold" if details and not detail else None,
        )
    return table
