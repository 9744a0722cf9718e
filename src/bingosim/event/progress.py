"""What a team has done on a board, and whether it can have: tiles, units, rows and times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bingosim.errors import nearest
from bingosim.event.quantities import shown
from bingosim.event.snapshot import TeamState

if TYPE_CHECKING:
    from bingosim.event.document import Path
    from bingosim.event.findings import Findings
    from bingosim.event.model import Board, Tile
    from bingosim.event.moments import Moments

_ALL_KEYS = ""
"""Under this key a tile without `each` holds its progress."""


class ProgressReader:
    """Reads what teams have done, and reports what contradicts the board.

    Args:
        board: The event's.
        moments: Its calendar.
        now: The state's second; None where that is broken.
        findings: Takes what is wrong.
    """

    def __init__(self, board: Board, moments: Moments, now: int | None, findings: Findings) -> None:
        self._board, self._moments, self._now = board, moments, now
        self._findings = findings
        self._tiles = {tile.key: tile for tile in board.tiles}
        self._row_of = {tile.key: r for r, row in enumerate(board.rows) for tile in row}

    def read(self, completed: Any, progress: Any, path: Path) -> TeamState:
        """Return what a team has done, as far as it is right.

        Args:
            completed: Tile -> when, as in the file; anything that is no mapping holds none.
            progress: Tile -> units, as in the file.
            path: Of the team in the document.
        """
        done: dict[str, int | None] = {}
        units: dict[str, dict[str, int]] = {}
        whole = True
        for key, value in _entries(completed):
            place = (*path, "completed", key)
            second = self._completed(key, value, place)
            whole &= second is not _BROKEN
            if second is not _BROKEN:
                done[key] = second
        for key, value in _entries(progress):
            place = (*path, "progress", key)
            if isinstance(completed, Mapping) and key in completed:
                message = "is completed too: expected a tile in one of the two"
                self._findings.error(place, message)
                continue
            if self._is_known(key, place):
                units[key] = self._units(self._tiles[key], value, place)
        if whole:  # else a row may seem locked that is not
            self._check_rows(done, units, path)
        return TeamState(progress={k: u for k, u in units.items() if u}, completed=done)

    def _is_known(self, key: str, place: Path) -> bool:
        if key in self._tiles:
            return True
        guess = nearest(key, self._tiles)
        self._findings.error(place, f"the board has no tile {shown(key)}{guess}")
        return False

    def _completed(self, key: str, value: Any, place: Path) -> Any:
        """Return when a tile was completed: None if nobody knows, `_BROKEN` if that is wrong."""
        known = self._is_known(key, place)
        if value is None:
            return None if known else _BROKEN
        try:
            second = self._moments.read(value)
        except ValueError as error:
            self._findings.error(place, str(error))
            return _BROKEN
        if self._now is not None and second > self._now:
            now = self._moments.told(self._now)
            self._findings.error(place, f"in the future: now is {now}, got {shown(value)}")
            return _BROKEN
        return second if known else _BROKEN

    # -- units -----------------------------------------------------------------------------------

    def _units(self, tile: Tile, value: Any, place: Path) -> dict[str, int]:
        """Return a tile's units by drop key, or of all keys together."""
        if tile.each is None:
            found = {_ALL_KEYS: self._number(value, place)}
        elif isinstance(value, Mapping):
            found = {
                key: self._of_drop(tile, str(key), n, (*place, key)) for key, n in value.items()
            }
        else:
            keys = ", ".join(_drops_of(tile)[:3])
            message = (
                f"expected units by drop ({keys}), since at most {tile.each:,} of each count, "
                f"got {shown(value)}"
            )
            self._findings.error(place, message)
            return {}
        total = sum(found.values())
        if total >= tile.need:
            self._findings.error(
                place,
                f"expected fewer units than the {tile.need:,} that the tile needs, got {total:,}: "
                "what is done belongs under `completed`",
            )
        return {key: units for key, units in found.items() if units}

    def _of_drop(self, tile: Tile, key: str, value: Any, place: Path) -> int:
        drops = _drops_of(tile)
        if key not in drops:
            message = f"the tile {tile.key!r} accepts no {shown(key)}{nearest(key, drops)}"
            self._findings.error(place, message)
            return 0
        units = self._number(value, place)
        if units > (tile.each or tile.need):
            self._findings.error(place, f"at most {tile.each:,} of each count, got {units:,}")
            return 0
        return units

    def _number(self, value: Any, place: Path) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._findings.error(place, f"expected a whole number of at least 0, got {shown(value)}")
        return 0

    # -- rows ------------------------------------------------------------------------------------

    def _check_rows(
        self, done: Mapping[str, int | None], units: Mapping[str, Mapping[str, int]], path: Path
    ) -> None:
        """Report what was done in rows that are locked, or were at that time."""
        opened = self._first_opened(done)
        for kind, keys in (("completed", done), ("progress", units)):
            for key in keys:
                row = self._row_of[key]
                when = done.get(key)
                if opened[row] is None:
                    message = self._why_locked(row, opened, done)
                elif when is not None and when < opened[row]:
                    first = self._moments.told(opened[row])
                    message = (
                        f"completed at {self._moments.told(when)}, but row {row + 1} was locked "
                        f"until {first} at the earliest"
                    )
                else:
                    continue
                self._findings.error((*path, kind, key), message)

    def _first_opened(self, done: Mapping[str, int | None]) -> list[Any]:
        """Return the second in which each row opened at the earliest; None where it is locked.

        A tile of which nobody knows when it was done may have been done as soon as its row opened.
        """
        rows = self._board.rows
        if self._board.everything_open:
            return [0] * len(rows)
        opened: list[Any] = [0] + [None] * (len(rows) - 1)
        for number, row in enumerate(rows[:-1]):
            times = sorted(
                (opened[number] if (when := done[tile.key]) is None else when, tile.points)
                for tile in row
                if tile.key in done
            )
            points = 0
            for second, worth in times:
                points += worth
                if points >= self._board.unlock_points:
                    opened[number + 1] = max(second, opened[number])
                    break
            else:
                break
        return opened

    def _why_locked(self, row: int, opened: list[Any], done: Mapping[str, int | None]) -> str:
        last = max(number for number, second in enumerate(opened) if second is not None)
        points = sum(tile.points for tile in self._board.rows[last] if tile.key in done)
        return (
            f"row {row + 1} is locked: what is done of row {last + 1} is worth {points} points, "
            f"and it takes {self._board.unlock_points} to open the next"
        )


_BROKEN: Any = object()


def _entries(data: Any) -> list[tuple[str, Any]]:
    return list(data.items()) if isinstance(data, Mapping) else []


def _drops_of(tile: Tile) -> list[str]:
    return sorted({key for source in tile.sources for key in source.accepts})
