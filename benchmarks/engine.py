"""Both compiled engines and the bare loop, side by side on the event of real size."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.bare import bare_arguments, bare_loop
from benchmarks.measure import Figure, at_least, at_most, in_turn, median_ratio
from bingosim.compilation import compile_snapshot
from bingosim.engine.arrays import NO_TRACE, Columns, CompiledTeam
from bingosim.engine.attempt import play_runs
from bingosim.engine.jump import jump_runs
from bingosim.engine.state import TRACED, new_jump_state, new_state
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.results import RunResults, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot

EXAMPLE = Path(__file__).parents[1] / "examples" / "winter-bingo.yaml"
SEED = np.uint64(20_261_205)
RUNS = 150
ROUNDS = 9


class _Player:
    """Plays chunks of runs of a compiled event, as the engine's callers do."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._shape = Shape.of(snapshot)
        self.teams = compile_snapshot(snapshot).teams

    def play(self, runs: NDArray[np.int64]) -> int:
        """Play some runs; return how many attempts counted."""
        return sum(self.play_team(index, runs, NO_TRACE)[0] for index in range(len(self.teams)))

    def play_team(
        self, index: int, runs: NDArray[np.int64], trace: NDArray[np.int64]
    ) -> tuple[int, int]:
        """Play one team's part; return attempts counted and rows of the trace written."""
        results = RunResults.empty(runs, self._shape)
        columns = Columns(*(getattr(results, name) for name in Columns._fields))
        team, first = self.teams[index], self._shape.players_of(index).start
        state = new_state(team)
        attempts = play_runs(team, state, SEED, runs, index, first, columns, trace)
        return int(attempts), int(state.now[TRACED])

    def jump(self, runs: NDArray[np.int64]) -> None:
        """Play some runs with the engine that jumps."""
        results = RunResults.empty(runs, self._shape)
        columns = Columns(*(getattr(results, name) for name in Columns._fields))
        for index, team in enumerate(self.teams):
            first = self._shape.players_of(index).start
            jump_runs(team, new_jump_state(team), SEED, runs, index, first, columns, NO_TRACE)

    def bare(self, index: int) -> tuple[CompiledTeam, NDArray[np.int64]]:
        """Return a team and the trace of its first run."""
        trace = np.zeros((200_000, 5), np.int64)
        _, rows = self.play_team(index, np.arange(1), trace)
        return self.teams[index], trace[:rows]


def engine_figures() -> list[Figure]:
    """Measure attempts per second, the ratio to the bare loop, and the gain of a second thread."""
    snapshot = make_snapshot(load_event(EXAMPLE))
    player = _Player(snapshot)
    runs = np.arange(RUNS, dtype=np.int64)
    attempts = player.play(runs)
    by_team = [player.play_team(i, runs, NO_TRACE)[0] for i in range(len(player.teams))]
    arguments = [bare_arguments(*player.bare(i)) for i in range(len(player.teams))]

    def bare() -> None:
        for count, team_arguments in zip(by_team, arguments, strict=True):
            bare_loop(count, *team_arguments)

    halves = (runs[: RUNS // 2], runs[RUNS // 2 :])
    with ThreadPoolExecutor(2) as threads:
        bare()
        player.jump(runs)
        seconds = in_turn(
            {
                "engine": lambda: player.play(runs),
                "bare": bare,
                "jump": lambda: player.jump(runs),
                "two threads": lambda: list(threads.map(player.play, halves)),
                "compile": lambda: compile_snapshot(snapshot),
            },
            ROUNDS,
        )
    engine_s, bare_s = median(seconds["engine"]), median(seconds["bare"])
    return [
        Figure("attempts in a run, all teams", attempts / RUNS, "attempts"),
        Figure("engine attempt, one thread", RUNS / engine_s, "runs/s"),
        Figure("engine attempt, one thread", attempts / engine_s / 1e6, "M attempts/s"),
        Figure("bare loop of draws and queue", attempts / bare_s / 1e6, "M attempts/s"),
        at_most(
            "engine's time to the bare loop's",
            median_ratio(seconds["engine"], seconds["bare"]),
            "x",
            2.5,
        ),
        Figure("engine jump, one thread", RUNS / median(seconds["jump"]), "runs/s"),
        Figure(
            "engine jump to engine attempt", median_ratio(seconds["engine"], seconds["jump"]), "x"
        ),
        at_least(
            "two threads to one",
            median_ratio(seconds["engine"], seconds["two threads"]),
            "x",
            1.7,
        ),
        at_most("snapshot to compiled event", 1000 * median(seconds["compile"]), "ms", 100),
    ]
