"""A strategy tried out before it plays: asked as a run would ask it, on standings of its own team.

It must give every open tile a value and a cost, the same ones each time it is asked, raise nothing,
and change nothing but what it is to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.compilation.own_strategies import said, wrong
from bingosim.engine.arrays import NEVER, CompiledTeam
from bingosim.engine.strategies import GRANT, Standing
from bingosim.engine.strategies.standing import estimated_work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot

WALKS = 3
"""How often a team is led from its beginning to its last tile."""
STOPS = 12
"""At how many standings of each walk the strategy is asked, the first and the last among them."""

_WRITTEN = ("value", "cost")
_READ = tuple(name for name in Standing.numba_type.fields if name not in _WRITTEN)
_ARRAYS = tuple(name for name in CompiledTeam.numba_type.fields if name not in ("salt", "strategy"))


def try_strategy(snapshot: Snapshot, index: int, compiled: CompiledTeam, kernel: Any) -> None:
    """Ask a team's strategy for rankings, and look at what it answers.

    Raises:
        InputError: The answer is no ranking; the message says what was asked.
    """
    team = snapshot.teams[index]
    untouched = _copies(compiled, _ARRAYS)
    for standing, is_open in trial_standings(compiled):
        for player in range(GRANT, len(team.players)):
            asked = "a grant" if player == GRANT else f"the player {team.players[player].name!r}"
            before = _copies(standing, _READ)
            answers = []
            for unlike in (0, 1):  # what it does not write differs, then
                standing.value.fill(np.nan)
                standing.cost.fill(unlike)
                try:
                    kernel(compiled, standing, player)
                except Exception as error:  # noqa: BLE001 - whatever a user's function raises
                    raise wrong(team, f"asked for {asked}, it raised {said(error)}") from None
                answers.append([getattr(standing, name)[is_open] for name in _WRITTEN])
            if changed := [*_changed(standing, before), *_changed(compiled, untouched)]:
                raise wrong(
                    team, f"it writes to `{changed[0]}`: expected it to write value and cost only"
                )
            (value, _), _ = answers
            if np.isnan(value).any():
                tile = np.flatnonzero(is_open)[np.isnan(value)][0]
                key = snapshot.board.tiles[tile].key
                raise wrong(
                    team, f"asked for {asked}, it gives the open tile {key!r} no value (NaN)"
                )
            if not all(np.array_equal(one, two) for one, two in zip(*answers, strict=True)):
                raise wrong(
                    team,
                    f"asked twice for {asked}, it gives two answers: expected it to write value "
                    "and cost of every open tile, and to draw nothing at random",
                )


def _copies(bundle: Any, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    return {name: np.array(getattr(bundle, name)) for name in names}


def _changed(bundle: Any, before: dict[str, NDArray[Any]]) -> list[str]:
    return [
        name
        for name, old in before.items()
        if old.tobytes() != np.array(getattr(bundle, name)).tobytes()
    ]


def trial_standings(team: CompiledTeam) -> Iterator[tuple[Standing, NDArray[np.bool_]]]:
    """Yield standings as runs have them, each with the tiles that are open; always the same ones.

    Of each walk's tiles one after the other is completed, in any order in which rows open: the
    beginning, rows locked and open, one tile left and none are among them.
    """
    for walk in range(WALKS):
        random = np.random.default_rng(walk)
        tiles = team.tile_points.size
        completed = team.first_completed.astype(np.int64)
        steps = int(tiles - np.count_nonzero(completed != NEVER))
        stops = {*np.linspace(0, steps, STOPS - 1).astype(int).tolist(), steps - 1}
        for step in range(steps + 1):
            now = team.start + (team.duration - team.start) * step // (steps + 1)
            opened = _rows_opened(team, completed, now)
            is_open = (completed == NEVER) & (opened[team.tile_row] != NEVER)
            if step in stops:
                yield _standing(team, completed, opened, is_open, random), is_open
            if not is_open.any():
                break
            completed[random.choice(np.flatnonzero(is_open))] = now


def _rows_opened(team: CompiledTeam, completed: NDArray[np.int64], now: int) -> NDArray[np.int64]:
    opened = team.first_row_opened.astype(np.int64)
    for row in range(1, opened.size):
        before = slice(team.row_tile_start[row - 1], team.row_tile_start[row])
        worth = team.tile_points[before][completed[before] != NEVER].sum()
        if opened[row] == NEVER and opened[row - 1] != NEVER and worth >= team.unlock_points:
            opened[row] = now
    return opened


def _standing(
    team: CompiledTeam,
    completed: NDArray[np.int64],
    opened: NDArray[np.int64],
    is_open: NDArray[np.bool_],
    random: np.random.Generator,
) -> Standing:
    tiles = completed.size
    remaining = np.where(completed == NEVER, random.integers(1, team.tile_need + 1), 0)
    paid = np.full(team.bonus_points.size, NEVER)
    for bonus in range(paid.size):
        first, last = team.bonus_tile_start[bonus], team.bonus_tile_start[bonus + 1]
        if (completed[team.bonus_tile[first:last]] != NEVER).all():
            paid[bonus] = completed[team.bonus_tile[first:last]].max()
    pairs = zip(remaining, team.work_factor, strict=True)
    open_tile = np.zeros(tiles, np.int64)
    open_tile[: is_open.sum()] = np.flatnonzero(is_open)
    return Standing(
        open_tile=open_tile,
        opens=np.array([is_open.sum()]),
        completed=completed.copy(),
        remaining=remaining,
        work=np.array([estimated_work(units, factor) for units, factor in pairs], np.int64),
        row_opened=opened,
        bonus_paid=paid,
        value=np.zeros(tiles, np.float64),
        cost=np.zeros(tiles, np.int64),
    )
