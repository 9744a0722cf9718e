"""How fast each engine plays an event: what `simulate` takes, measured in turn.

A round plays the event with every engine and number of threads, one after the other; figures are
medians over the rounds, ratios medians of the rounds' ratios. How many runs a round plays is found
beforehand, so that each takes about `Effort.seconds`. The engine in plain Python is measured once:
one run of an event of real size takes it about a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from bingosim.bench.measure import in_turn, median_ratio
from bingosim.bench.process import Memory, Start, measure_memory, measure_start
from bingosim.compilation import compile_snapshot
from bingosim.engine.arrays import NO_TRACE, Columns
from bingosim.engine.attempt import play_runs
from bingosim.engine.state import new_state
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.results import RunResults, Shape
from bingosim.simulation import available_threads, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bingosim.event.snapshot import Snapshot

COMPILED = ("jump", "attempt")
PLAIN = "reference"
SEED = "bench"
MOST_RUNS = 10**8
_A_MINUTE = 150_000
"""Attempts that take the engine in plain Python so long."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        seconds: What one engine should take in a round.
        rounds: How many rounds.
        plain_attempts: The engine in plain Python is measured on events of no more attempts a run.
        memory_seconds: What the smaller simulation should take of the two whose memory is measured.
    """

    seconds: float = 1.0
    rounds: int = 5
    plain_attempts: float = 1e9
    memory_seconds: float = 4.0


QUICK = Effort(seconds=0.1, rounds=3, plain_attempts=20_000, memory_seconds=0.5)


class Speed(TypedDict):
    """An engine on some threads; `to_...` are ratios of speeds: 2 is twice as fast as that.

    `attempts_per_s` are the attempts of the runs played, whether or not each was looked at.
    """

    engine: str
    threads: int
    runs_per_s: float
    attempts_per_s: float
    to_attempt: float
    to_reference: float | None
    to_one_thread: float


class EventBench(TypedDict):
    """What was measured on one event."""

    event: str
    attempts_per_run: float
    speeds: list[Speed]
    memory: list[Memory]


class EngineBench(TypedDict):
    """What `bingosim bench engine --json` prints, but for what the machine is."""

    events: list[EventBench]
    starts: list[Start]


def measure_engines(
    events: Sequence[Path], effort: Effort, say: Callable[[str], None]
) -> EngineBench:
    """Measure all engines on event files.

    Args:
        events: The files; how engines start is measured with the first.
        effort: How much is measured.
        say: Called with what is measured next.
    """
    measured = [measure_event(file, effort, say) for file in events]
    starts: list[Start] = []
    for engine in COMPILED:
        say(f"how the engine {engine} starts")
        starts.append(measure_start(events[0], engine))
    return {"events": measured, "starts": starts}


def measure_event(file: Path, effort: Effort, say: Callable[[str], None]) -> EventBench:
    """Measure all engines on one event."""
    snapshot = make_snapshot(load_event(file))
    attempts = attempts_per_run(snapshot)
    say(f"speeds on {snapshot.name}")
    speeds = measure_speeds(snapshot, attempts, effort)
    say(f"memory on {snapshot.name}")
    fastest = max(speed["runs_per_s"] for speed in speeds if speed["engine"] == COMPILED[0])
    runs = max(100, int(fastest * effort.memory_seconds))
    memory = [
        measure_memory(file, COMPILED[0], many, available_threads()) for many in (runs, 2 * runs)
    ]
    return {
        "event": snapshot.name,
        "attempts_per_run": attempts,
        "speeds": speeds,
        "memory": memory,
    }


def attempts_per_run(snapshot: Snapshot, runs: int = 20) -> float:
    """Return how many attempts count in a run of all teams, on average over some runs."""
    shape = Shape.of(snapshot)
    results = RunResults.empty(range(runs), shape)
    columns = Columns(*(getattr(results, name) for name in Columns._fields))
    attempts = 0
    for index, team in enumerate(compile_snapshot(snapshot).teams):
        first = shape.players_of(index).start
        arguments = (np.uint64(1), results.run, index, first, columns, NO_TRACE)
        attempts += int(play_runs(team, new_state(team), *arguments))
    return attempts / runs


def measure_speeds(snapshot: Snapshot, attempts: float, effort: Effort) -> list[Speed]:
    """Measure the compiled engines on one thread and on two, then plain Python once on one."""
    ways = {(engine, threads): 0 for engine in COMPILED for threads in (1, 2)}
    for way in ways:
        ways[way] = enough_runs(snapshot, *way, effort.seconds)
    speeds = in_turn(
        {way: partial(runs_per_s, snapshot, *way, runs) for way, runs in ways.items()},
        effort.rounds,
    )
    plain = None
    if attempts <= effort.plain_attempts:
        runs = enough_runs(snapshot, PLAIN, 1, effort.seconds) if attempts < _A_MINUTE / 60 else 1
        plain = runs_per_s(snapshot, PLAIN, 1, runs)
        speeds[PLAIN, 1] = [plain] * effort.rounds
    return [
        {
            "engine": engine,
            "threads": threads,
            "runs_per_s": median(each),
            "attempts_per_s": median(each) * attempts,
            "to_attempt": median_ratio(each, speeds["attempt", 1]),
            "to_reference": median(each) / plain if plain else None,
            "to_one_thread": median_ratio(each, speeds[engine, 1]),
        }
        for (engine, threads), each in speeds.items()
    ]


def runs_per_s(snapshot: Snapshot, engine: str, threads: int, runs: int) -> float:
    """Simulate so many runs, aggregates only; return how many that were in a second."""
    simulation = simulate(snapshot, runs, SEED, engine=engine, threads=threads)
    return runs / max(simulation.timing["simulate_s"], 1e-3)


def enough_runs(snapshot: Snapshot, engine: str, threads: int, seconds: float) -> int:
    """Return how many runs take about so many seconds; at least 1."""
    runs = threads
    while True:
        speed = runs_per_s(snapshot, engine, threads, runs)
        if runs >= speed * seconds / 4 or runs >= MOST_RUNS:
            return max(1, min(int(speed * seconds), MOST_RUNS))
        runs = min(MOST_RUNS, 8 * runs)
