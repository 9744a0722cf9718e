"""The engines side by side, their memory, and the least that playing every attempt can cost."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.bare import bare_arguments, bare_loop
from bingosim.bench.engine import Effort, attempts_per_run, measure_speeds
from bingosim.bench.measure import Figure, at_least, at_most, in_turn, median_ratio, seconds_of
from bingosim.bench.process import measure_memory
from bingosim.compilation import compile_snapshot
from bingosim.engine.arrays import NO_TRACE, Columns, CompiledTeam
from bingosim.engine.attempt import play_runs
from bingosim.engine.state import TRACED, new_state
from bingosim.event.examples import example_file
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.results import RunResults, Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot

EXAMPLE = example_file("winter-bingo")
SEED = np.uint64(20_261_205)
RUNS = 150
ROUNDS = 9
EFFORT = Effort(seconds=2)
LEAST_TO_ATTEMPT = {"winter-bingo": 10, "tiny": 1}
MILLION = 1_000_000
SOME_RUNS = 20_000


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

    def bare(self, index: int) -> tuple[CompiledTeam, NDArray[np.int64]]:
        """Return a team and the trace of its first run."""
        trace = np.zeros((200_000, 5), np.int64)
        _, rows = self.play_team(index, np.arange(1), trace)
        return self.teams[index], trace[:rows]


def engine_figures() -> list[Figure]:
    """Measure the engines against each other, and against what the project asks for."""
    return [*ratio_figures(), *memory_figures(), *bare_figures()]


def ratio_figures() -> list[Figure]:
    """Measure how much faster one engine is than another, and two threads than one."""
    figures = []
    for name, least in LEAST_TO_ATTEMPT.items():
        snapshot = make_snapshot(load_event(example_file(name)))
        attempts = attempts_per_run(snapshot)
        figures.append(Figure(f"{name}: attempts in a run, all teams", attempts, "attempts"))
        speeds = measure_speeds(snapshot, attempts, EFFORT)
        for speed in speeds:
            what = f"{name}: {speed['engine']}, threads {speed['threads']}"
            figures.append(Figure(what, speed["runs_per_s"], "runs/s"))
            figures.append(Figure(what, speed["attempts_per_s"] / 1e6, "M attempts/s"))
        by_way = {(speed["engine"], speed["threads"]): speed for speed in speeds}
        one, two = by_way["jump", 1], by_way["jump", 2]
        to_attempt, to_plain = one["to_attempt"], one["to_reference"] or 0.0
        figures.append(at_least(f"{name}: jump to attempt", to_attempt, "x", least))
        if name == "winter-bingo":
            figures.append(at_least(f"{name}: jump to plain Python", to_plain, "x", 1_000))
            for engine, speed in (("jump", two), ("attempt", by_way["attempt", 2])):
                gain = speed["to_one_thread"]
                figures.append(at_least(f"{name}: {engine}, two threads to one", gain, "x", 1.7))
    return figures


def memory_figures() -> list[Figure]:
    """Measure the memory of a million runs, that it does not grow, and how long they take."""
    tiny, real = example_file("tiny"), example_file("winter-bingo")
    million = measure_memory(tiny, "jump", MILLION, 2)
    some, twice = (measure_memory(real, "jump", runs, 2) for runs in (SOME_RUNS, 2 * SOME_RUNS))
    peaks = [memory["peak_mb"] or 0.0 for memory in (million, some, twice)]
    minutes = twice["simulate_s"] / twice["runs"] * MILLION / 60
    return [
        at_most("tiny: most memory in 1,000,000 runs", peaks[0], "MB", 500),
        at_most(f"winter-bingo: most memory in {2 * SOME_RUNS:,} runs", peaks[2], "MB", 500),
        at_most(f"winter-bingo: the same to {SOME_RUNS:,} runs", peaks[2] / peaks[1], "x", 1.1),
        at_most("winter-bingo: a million runs on two threads", minutes, "min", 10),
    ]


def bare_figures() -> list[Figure]:
    """Measure the time of playing every attempt beside the least that it can take."""
    snapshot = make_snapshot(load_event(EXAMPLE))
    player = _Player(snapshot)
    runs = np.arange(RUNS, dtype=np.int64)
    attempts = player.play(runs)
    by_team = [player.play_team(i, runs, NO_TRACE)[0] for i in range(len(player.teams))]
    arguments = [bare_arguments(*player.bare(i)) for i in range(len(player.teams))]

    def bare() -> None:
        for count, team_arguments in zip(by_team, arguments, strict=True):
            bare_loop(count, *team_arguments)

    bare()
    seconds = in_turn(
        {
            "engine": seconds_of(lambda: player.play(runs)),
            "bare": seconds_of(bare),
            "compile": seconds_of(lambda: compile_snapshot(snapshot)),
        },
        ROUNDS,
    )
    return [
        Figure(
            "bare loop of draws and queue", attempts / median(seconds["bare"]) / 1e6, "M attempts/s"
        ),
        at_most(
            "engine's time to the bare loop's",
            median_ratio(seconds["engine"], seconds["bare"]),
            "x",
            2.5,
        ),
        at_most("snapshot to compiled event", 1000 * median(seconds["compile"]), "ms", 100),
    ]
