"""Simulating: an event, a seed and run indices in; exact aggregates out, on all cores.

The runs are cut into chunks, threads play them, and what they bring is folded as it comes. A run
depends on nothing but snapshot, seed and index, and the fold takes any order: the result is the
same bits whatever the number of threads, the chunks, and the order in which they end.
"""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from bingosim.aggregates import Aggregates, most_runs
from bingosim.engines import (
    DEFAULT_ENGINE,
    LAST_RUN,
    check_engine,
    check_seed,
    engine_version,
    prepare,
)
from bingosim.errors import InputError
from bingosim.event.file import as_snapshot
from bingosim.precision import Precision
from bingosim.report import make_report
from bingosim.results import RunResults, Shape, concatenate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bingosim.engines import Play
    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report, Timing

DEFAULT_RUNS = 10_000
DEFAULT_SEED = "bingosim"
MOST_THREADS = 256

CHUNK_SECONDS = 0.2
"""What a chunk should take: short enough for a smooth bar and a prompt stop."""
LARGEST_CHUNK = 20_000
"""Runs; what so few take even of a tiny event is long against the cost of a chunk."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What was simulated and what came out.

    Attributes:
        snapshot: The event with everything resolved.
        seed: The text of the seed.
        engine: Name of the engine.
        engine_version: What its results may depend on beside the snapshot and the seed.
        complete: Whether all runs asked for were made; if not, the first `aggregates.runs` were.
        aggregates: Exact counts and sums over the runs.
        timing: Seconds it took.
        kept: The columns of every run in order, where `keep=True` asked for them.
        precision: How precise it was to be, where that was asked for.
    """

    snapshot: Snapshot
    seed: str
    engine: str
    engine_version: str
    complete: bool
    aggregates: Aggregates
    timing: Timing
    kept: RunResults | None = None
    precision: Precision | None = None

    @property
    def results(self) -> RunResults:
        """The columns of every run as numpy arrays.

        Raises:
            InputError: They were not kept.
        """
        if self.kept is None:
            raise InputError("the single runs were not kept: simulate(..., keep=True) keeps them")
        return self.kept

    @property
    def win_probabilities(self) -> dict[str, float]:
        """Team name -> chance to win; a shared win counts in equal parts, so they add up to 1."""
        scores = self.aggregates.win_scores
        return {
            team.name: float(score / self.aggregates.runs) if self.aggregates.runs else 0.0
            for team, score in zip(self.snapshot.teams, scores, strict=True)
        }

    def to_dict(self) -> Report:
        """Return the object that `bingosim run --json` prints."""
        return make_report(
            self.aggregates,
            self.snapshot,
            seed=self.seed,
            engine=self.engine,
            engine_version=self.engine_version,
            complete=self.complete,
            timing=self.timing,
            precision=self.precision,
        )

    # What follows imports late: whoever wants numbers alone pays for no template and no picture.

    def to_html(self) -> str:
        """Return what came out as a page: one file that asks for nothing, for every browser."""
        from bingosim.reporting.page import to_html  # noqa: PLC0415

        return to_html(self.to_dict(), self.snapshot)

    def to_markdown(self) -> str:
        """Return a summary below 2,000 characters, to post on Discord."""
        from bingosim.reporting.summary import to_markdown  # noqa: PLC0415

        return to_markdown(self.to_dict())

    def to_png(self) -> bytes:
        """Return a picture to post: chances to win, and the board of the leading teams."""
        from bingosim.reporting.picture import to_png  # noqa: PLC0415

        return to_png(self.to_dict(), self.snapshot)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: who wins, and how sure that is."""
        from bingosim.reporting.page import to_fragment  # noqa: PLC0415

        return to_fragment(self.to_dict())


def simulate(
    event: Event | Snapshot,
    runs: int = DEFAULT_RUNS,
    seed: str = DEFAULT_SEED,
    *,
    engine: str = DEFAULT_ENGINE,
    threads: int | None = None,
    chunk: int | None = None,
    first: int = 0,
    keep: bool = False,
    precision: float | None = None,
    min_runs: int | None = None,
    sink: Callable[[RunResults], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Simulation:
    """Simulate an event and count what happens.

    Args:
        event: An event, or a snapshot of one.
        runs: How many runs; with `precision`, the greatest number of them.
        seed: Any text; equal seeds give equal results.
        engine: `attempt` (compiled), `jump` (faster by the same law, other luck) or `reference`
            (plain Python, slow, to check the others).
        threads: How many threads play; None is all cores. It changes no result.
        chunk: Runs that a thread plays at a time; None is what takes about 0.2 s.
        first: Index of the first run.
        keep: Whether to keep the columns of every run, not only the aggregates.
        precision: End once every team's chance to win is known to within so many percentage points
            at 95 %; `precision.py` says when that is looked at.
        min_runs: Runs before the first look, 1,000 by default (all, if there are fewer).
        sink: Handed the results of all runs, part by part, in the order of the runs.
        progress: Called with runs done and runs wanted, at the start and after every chunk; with
            `precision`, wanted are the runs up to the next look.
        stop: Asked between chunks; once it says yes the simulation ends with what is done.

    Raises:
        InputError: An argument is out of its range, or the event cannot be simulated.
    """
    snapshot = as_snapshot(event)
    threads = available_threads() if threads is None else threads
    _check(snapshot, runs, seed, engine, threads, chunk, first)
    goal = _goal(precision, min_runs, runs)
    report_progress = progress or _ignore
    begun = perf_counter()
    play = prepare(snapshot, seed, engine)
    ready = perf_counter()

    aggregates = Aggregates.empty(Shape.of(snapshot), snapshot.duration)
    kept: list[RunResults] = []
    pace = Pace(chunk)
    wanted = _next_end(goal, aggregates, runs)
    while wanted is not None:
        report_progress(aggregates.runs, wanted)
        ahead = range(first + aggregates.runs, first + wanted)
        for part in play_in_order(play, ahead, threads, pace, stop or _go_on):
            aggregates.add(part)
            if keep:
                kept.append(part)
            if sink is not None:
                sink(part)
            report_progress(aggregates.runs, wanted)
        if aggregates.runs < wanted:
            break
        wanted = _next_end(goal, aggregates, runs)
    ended = perf_counter()

    columns = concatenate(kept or [RunResults.empty([], aggregates.shape)]) if keep else None
    return Simulation(
        snapshot=snapshot,
        seed=seed,
        engine=engine,
        engine_version=engine_version(engine),
        complete=wanted is None,
        aggregates=aggregates,
        timing={
            "compile_s": round(ready - begun, 3),
            "simulate_s": round(ended - ready, 3),
            "total_s": round(ended - begun, 3),
        },
        kept=columns,
        precision=goal,
    )


def available_threads() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return min(MOST_THREADS, len(os.sched_getaffinity(0)))
    return min(MOST_THREADS, os.cpu_count() or 1)


def _check(
    snapshot: Snapshot,
    runs: int,
    seed: str,
    engine: str,
    threads: int,
    chunk: int | None,
    first: int,
) -> None:
    check_engine(engine)
    check_runs(snapshot, runs)
    check_seed(seed)
    if not 1 <= threads <= MOST_THREADS:
        raise InputError(f"threads must be from 1 to {MOST_THREADS}, got {threads}")
    if chunk is not None and chunk < 1:
        raise InputError(f"a chunk must hold at least 1 run, got {chunk}")
    if not 0 <= first <= LAST_RUN:
        raise InputError(f"the first run's index must be from 0 to 2^62, got {first}")


def check_runs(snapshot: Snapshot, runs: int) -> None:
    """Refuse a number of runs that does not fit an event's aggregates.

    Raises:
        InputError: There are too many, or none.
    """
    most = most_runs(snapshot)
    if not 1 <= runs <= most:
        raise InputError(f"runs must be from 1 to {most:,}, got {runs}")


def _goal(precision: float | None, min_runs: int | None, runs: int) -> Precision | None:
    """Return the precision asked for."""
    if precision is not None:
        return Precision.within(precision, min_runs, runs)
    if min_runs is not None:
        raise InputError("min_runs goes with a precision only")
    return None


def _next_end(goal: Precision | None, done: Aggregates, runs: int) -> int | None:
    """Return how many runs there should be next; None if those there are will do."""
    if goal is not None:
        return goal.next_look(done)
    return runs if done.runs < runs else None


class Pace:
    """How many runs the next chunk should hold.

    Args:
        fixed: So many; None learns from how long chunks take.
    """

    def __init__(self, fixed: int | None = None) -> None:
        self._fixed = fixed
        self._size = 1

    def next_size(self) -> int:
        """Return how many."""
        return self._fixed or self._size

    def learn(self, runs: int, seconds: float) -> None:
        """Take in how long a chunk took; grow by steps, since the first runs may be unlike."""
        wanted = int(CHUNK_SECONDS * runs / max(seconds, 1e-9))
        self._size = max(1, min(wanted, 4 * runs, LARGEST_CHUNK))


def play_in_order(
    play: Play, runs: range, threads: int, pace: Pace, stop: Callable[[], bool]
) -> Iterator[RunResults]:
    """Play runs on threads and yield their results, part by part, in the order of the runs.

    Args:
        play: An engine made ready.
        runs: Indices of the runs, one after the other.
        threads: How many play.
        pace: How large the chunks are; it learns.
        stop: Asked between chunks; once it says yes, what has begun is finished and the rest given
            up. What was yielded are the first of the runs, without a gap.
    """
    return _in_order(runs, _played(play, runs, threads, pace, stop))


def _played(
    play: Play, runs: range, threads: int, pace: Pace, stop: Callable[[], bool]
) -> Iterator[RunResults]:
    """Yield the results of all runs, chunk by chunk, in the order in which the chunks end.

    When `stop` says so, chunks that have begun are finished and the others given up, the last
    first: what was yielded in the end are the first of the runs without a gap.
    """

    def timed(chunk: range) -> tuple[RunResults, float]:
        begun = perf_counter()
        results = play(np.arange(chunk.start, chunk.stop, dtype=np.int64))
        return results, perf_counter() - begun

    waiting: list[Future[tuple[RunResults, float]]] = []
    position = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="bingosim") as pool:
        try:
            while waiting or position < len(runs):
                stopping = stop()
                if stopping:
                    position = len(runs)
                    waiting = [future for future in reversed(waiting) if not future.cancel()][::-1]
                while position < len(runs) and len(waiting) <= threads:
                    chunk = runs[position : position + pace.next_size()]
                    waiting.append(pool.submit(timed, chunk))
                    position += len(chunk)
                done, _ = wait(waiting, timeout=CHUNK_SECONDS, return_when=FIRST_COMPLETED)
                waiting = [future for future in waiting if future not in done]
                for future in done:
                    results, seconds = future.result()
                    pace.learn(len(results), seconds)
                    yield results
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_order(runs: range, parts: Iterable[RunResults]) -> Iterator[RunResults]:
    """Yield parts that come in any order in that of their runs, of which none may be missing."""
    waiting: dict[int, RunResults] = {}
    position = runs.start
    for part in parts:
        waiting[int(part.run[0])] = part
        while (following := waiting.pop(position, None)) is not None:
            position += len(following)
            yield following


def _ignore(_done: int, _wanted: int) -> None:
    """Report no progress."""


def _go_on() -> bool:
    """Never stop."""
    return False
