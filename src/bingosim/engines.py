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

DEFAULT_ENGINE = "jump"

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


def engine_version(engine: str) -> str:
    """Return the name and version of an engine, which its results may depend on.

    Raises:
        InputError: It is unknown.
    """
    check_engine(engine)
    if engine == "reference":
        return f"{engine} {version('bingosim')}"
    from bingosim.engine.jit import fingerprint  # noqa: PLC0415 - numba, as below

    return f"{engine} {fingerprint()}"


def engine_versions() -> tuple[str, ...]:
    """Return the names and versions of all engines that this process has."""
    return tuple(engine_version(engine) for engine in _ENGINES)


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
    from bingosim.compilation.own_strategies import Overheard, said, wrong  # noqa: PLC0415
    from bingosim.compilation.strategy import team_kernel  # noqa: PLC0415 - as above
    from bingosim.engine.arrays import NO_TRACE, Columns  # noqa: PLC0415 - as above
    from bingosim.engine.jit import fingerprint  # noqa: PLC0415 - as above
    from bingosim.engine.rng import seed_number  # noqa: PLC0415 - as above

    compiled = compile_snapshot(snapshot)
    number = np.uint64(seed_number(seed))
    shape = Shape.of(snapshot)

    def play_team(results: RunResults, index: int, team: Any, state: Any) -> bool:
        """Fill a team's columns; return whether its strategy did not fail."""
        columns = Columns(*(getattr(results, name) for name in Columns._fields))
        first = shape.players_of(index).start
        kernel(team, state, number, results.run, index, first, columns, NO_TRACE)
        return not state.strategy_failed[0]

    def play(runs: NDArray[np.int64]) -> RunResults:
        results = RunResults.empty(runs, shape)
        for index, team in enumerate(compiled.teams):
            if not play_team(results, index, team, make_state(team)):
                raise failure(runs, index)
        return results

    def failure(runs: NDArray[np.int64], index: int) -> InputError:
        """Play the runs again, one by one, and say in which a team's strategy failed, and how."""
        team = snapshot.teams[index]
        for run in runs.tolist():
            state = make_state(compiled.teams[index])
            overheard = Overheard(compiled.teams[index], state, team_kernel(team))
            play_team(RunResults.empty([run], shape), index, overheard.compiled, state)
            if overheard.raised is not None:
                return wrong(team, f"in run {run} it raised {said(overheard.raised)}")
        raise AssertionError("a strategy failed, and did not when it was asked again")

    return play, fingerprint()


def _reference(snapshot: Snapshot, seed: str) -> tuple[Play, str]:
    """Make the slow and obvious engine in plain Python."""
    from bingosim import reference  # noqa: PLC0415 - as above

    for team in snapshot.teams:
        if team.strategy_sha256 is not None:
            raise InputError(
                f"team {team.name!r}: the reference engine plays built-in strategies only, not "
                f"{team.strategy!r}: use --engine attempt"
            )
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
