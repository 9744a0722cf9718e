"""The engines: each made ready for one snapshot and seed is a function that plays runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bingosim.errors import InputError, nearest
from bingosim.results import RunResults, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot

DEFAULT_ENGINE = "jump"
LAST_RUN = 2**62
"""The greatest index of a run."""
FIRST_TRACED = 2**17
MOST_TRACED = 2**25
"""Rows of a trace: what is tried first, and what a replay can hold (1.3 GB)."""

Play = Callable[["NDArray[np.int64]"], RunResults]
"""Run indices in, their results out.

Called from several threads at once; an engine that lets go of the interpreter lock uses them all.
"""

Traces = list["NDArray[np.int64]"]
"""Of each team, what happened in a run, in order: int64[k, 5], rows as `engine.state` says."""


class TracedRun(NamedTuple):
    """One run with all that happened in it.

    Attributes:
        engine_version: What the results may depend on beside the snapshot and the seed.
        results: The same bits as in a batch.
        traces: What happened, team by team.
    """

    engine_version: str
    results: RunResults
    traces: Traces


def check_engine(engine: str) -> None:
    """Refuse an engine that is not there.

    Raises:
        InputError: It is unknown.
    """
    if engine not in _ENGINES:
        known = " or ".join(_ENGINES)
        raise InputError(f"there is no engine {engine!r}{nearest(engine, _ENGINES)}: use {known}")


def check_seed(seed: str) -> None:
    """Refuse a seed that has no bytes, or that no database takes as text.

    Raises:
        InputError: It holds half a surrogate pair, or a zero.
    """
    if "\0" in seed or seed != seed.encode(errors="replace").decode():
        raise InputError("the seed is no valid text")


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


def prepare(snapshot: Snapshot, seed: str, engine: str) -> Play:
    """Make an engine ready to play; this is where kernels are compiled."""
    play = _ENGINES[engine](snapshot, seed)
    play(np.empty(0, dtype=np.int64))
    return play


def trace_run(snapshot: Snapshot, seed: str, run: int, engine: str) -> TracedRun:
    """Play one run and note every attempt that counts and every grant.

    Raises:
        InputError: Engine, seed or run index are none, the event cannot be simulated, or more
            happens than `MOST_TRACED`.
    """
    check_engine(engine)
    check_seed(seed)
    if not 0 <= run <= LAST_RUN:
        raise InputError(f"the run's index must be from 0 to 2^62, got {run}")
    traces: Traces = []
    play = _ENGINES[engine](snapshot, seed, traces)
    return TracedRun(engine_version(engine), play(np.array([run], dtype=np.int64)), traces)


def _attempt(snapshot: Snapshot, seed: str, traces: Traces | None = None) -> Play:
    """Make the compiled engine that plays every attempt."""
    # Late, since numba takes long to import and the reference engine does without it.
    from bingosim.engine.attempt import play_runs  # noqa: PLC0415
    from bingosim.engine.state import new_state  # noqa: PLC0415

    return _compiled(snapshot, seed, play_runs, new_state, traces)


def _jump(snapshot: Snapshot, seed: str, traces: Traces | None = None) -> Play:
    """Make the compiled engine that jumps over attempts which drop nothing of use.

    With traces it goes step by step, which changes no result: what is jumped over is not traced.
    """
    from bingosim.engine.jump import jump_runs  # noqa: PLC0415 - as above
    from bingosim.engine.state import new_jump_state  # noqa: PLC0415 - as above

    # Said in either case, so that numba compiles one kernel for both.
    kernel = partial(jump_runs, stepwise=traces is not None)
    return _compiled(snapshot, seed, kernel, new_jump_state, traces)


def _compiled(
    snapshot: Snapshot,
    seed: str,
    kernel: Callable[..., Any],
    make_state: Callable[[Any], Any],
    traces: Traces | None,
) -> Play:
    """Make a compiled engine; `traces` takes what happens to each team in the run that it plays."""
    from bingosim.compilation import compile_snapshot  # noqa: PLC0415 - as above
    from bingosim.compilation.own_strategies import Overheard, said, wrong  # noqa: PLC0415
    from bingosim.compilation.strategy import team_kernel  # noqa: PLC0415 - as above
    from bingosim.engine.arrays import NO_TRACE, Columns  # noqa: PLC0415 - as above
    from bingosim.engine.rng import seed_number  # noqa: PLC0415 - as above
    from bingosim.engine.state import TRACED  # noqa: PLC0415 - as above

    compiled = compile_snapshot(snapshot)
    number = np.uint64(seed_number(seed))
    shape = Shape.of(snapshot)

    def play_team(
        results: RunResults, index: int, team: Any, state: Any, trace: Any = NO_TRACE
    ) -> bool:
        """Fill a team's columns, and its trace; return whether its strategy did not fail."""
        columns = Columns(*(getattr(results, name) for name in Columns._fields))
        first = shape.players_of(index).start
        kernel(team, state, number, results.run, index, first, columns, trace)
        return not state.strategy_failed[0]

    def play(runs: NDArray[np.int64]) -> RunResults:
        results = RunResults.empty(runs, shape)
        for index, team in enumerate(compiled.teams):
            trace = NO_TRACE if traces is None else room_for_trace(runs, index, team)
            if not play_team(results, index, team, make_state(team), trace):
                raise failure(runs, index)
            if traces is not None:
                traces.append(trace)
        return results

    def room_for_trace(runs: NDArray[np.int64], index: int, team: Any) -> NDArray[np.int64]:
        """Return a trace of just the rows that a team's run fills: play it until all have room."""
        rows = FIRST_TRACED
        while rows <= MOST_TRACED:
            state, trace = make_state(team), np.empty((rows, NO_TRACE.shape[1]), dtype=np.int64)
            play_team(RunResults.empty(runs, shape), index, team, state, trace)
            if state.now[TRACED] < rows:  # it stops counting where the trace is full
                return trace[: state.now[TRACED]]
            rows *= 4
        raise InputError(
            f"team {snapshot.teams[index].name!r} makes more attempts in run {runs[0]} than can be "
            f"told one by one ({MOST_TRACED:,})"
        )

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

    return play


def _reference(snapshot: Snapshot, seed: str, traces: Traces | None = None) -> Play:
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
            for team in range(shape.teams):
                lines: list[reference.TraceLine] = []
                result = reference.play_team(snapshot, team, seed, run, lines)
                write_team(results, position, team, result)
                if traces is not None:
                    traces.append(np.array(lines, dtype=np.int64).reshape(-1, 5))
        return results

    return play


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
