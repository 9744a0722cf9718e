"""The engines: each made ready for one snapshot and seed is a function that plays runs."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from bingosim.errors import InputError, nearest
from bingosim.results import RunResults, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot

DEFAULT_ENGINE = "attempt"

Play = Callable[["NDArray[np.int64]"], RunResults]
"""Run indices in, their results out.

Called from several threads at once; an engine that lets go of the interpreter lock uses them all.
"""


def check_engine(engine: str) -> None:
    """Refuse an engine that is not there.

    Raises:
        InputError: It is unknown.
    """
    if engine not in _ENGINES:
        known = " or ".join(_ENGINES)
        raise InputError(f"there is no engine {engine!r}{nearest(engine, _ENGINES)}: use {known}")


def prepare(snapshot: Snapshot, seed: str, engine: str) -> tuple[Play, str]:
    """Make an engine ready to play; this is where kernels are compiled.

    Returns:
        The engine, and the version that its results may depend on.
    """
    play, engine_version = _ENGINES[engine](snapshot, seed)
    play(np.empty(0, dtype=np.int64))
    return play, engine_version


def _attempt(snapshot: Snapshot, seed: str) -> tuple[Play, str]:
    """Make the compiled engine that plays every attempt."""
    # Late, since numba takes long to import and the reference engine does without it.
    from bingosim.engine.attempt import play_runs  # noqa: PLC0415
    from bingosim.engine.state import new_state  # noqa: PLC0415

    return _compiled(snapshot, seed, play_runs, new_state)


def _jump(snapshot: Snapshot, seed: str) -> tuple[Play, str]:
    """Make the compiled engine that jumps over attempts which drop nothing of use."""
    from bingosim.engine.jump import jump_runs  # noqa: PLC0415 - as above
    from bingosim.engine.state import new_jump_state  # noqa: PLC0415 - as above

    return _compiled(snapshot, seed, jump_runs, new_jump_state)


def _compiled(
    snapshot: Snapshot, seed: str, kernel: Any, make_state: Callable[[Any], Any]
) -> tuple[Play, str]:
    from bingosim.compilation import compile_snapshot  # noqa: PLC0415 - as above
    from bingosim.engine.arrays import NO_TRACE, Columns  # noqa: PLC0415 - as above
    from bingosim.engine.jit import fingerprint  # noqa: PLC0415 - as above
    from bingosim.engine.rng import seed_number  # noqa: PLC0415 - as above

    compiled = compile_snapshot(snapshot)
    number = np.uint64(seed_number(seed))
    shape = Shape.of(snapshot)

    def play(runs: NDArray[np.int64]) -> RunResults:
        results = RunResults.empty(runs, shape)
        columns = Columns(*(getattr(results, name) for name in Columns._fields))
        for index, team in enumerate(compiled.teams):
            first = shape.players_of(index).start
            kernel(team, make_state(team), number, runs, index, first, columns, NO_TRACE)
        return results

    return play, fingerprint()


def _reference(snapshot: Snapshot, seed: str) -> tuple[Play, str]:
    """Make the slow and obvious engine in plain Python."""
    from bingosim import reference  # noqa: PLC0415 - as above

    shape = Shape.of(snapshot)

    def play(runs: NDArray[np.int64]) -> RunResults:
        results = RunResults.empty(runs, shape)
        for position, run in enumerate(runs.tolist()):
            for team, result in enumerate(reference.play(snapshot, seed, run)):
                write_team(results, position, team, result)
        return results

    return play, version("bingosim")


def write_team(results: RunResults, position: int, team: int, result: Any) -> None:
    """Write what the reference engine says of one team's run into the columns.

    Args:
        results: Written to.
        position: Where the run stands in `results`.
        team: Which team.
        result: A `TeamResult`.
    """
    here = (position, team)
    results.points[here] = result.points
    results.tiles_completed[here] = result.tiles_completed
    results.rows_open[here] = result.rows_open
    results.last_point[here] = result.last_point
    results.row_opened[here] = result.row_opened
    results.tile_completed[here] = result.tile_completed
    results.bonus_paid[here] = result.bonus_paid
    units = np.array(result.units, dtype=np.int64).reshape(-1, results.shape.tiles)
    done = results.tile_completed[here] >= 0
    players = results.shape.players_of(team)
    results.units[players] += units
    results.credited[players] += units * done


_ENGINES = {"attempt": _attempt, "jump": _jump, "reference": _reference}
