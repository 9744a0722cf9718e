"""How fast batches are executed where simulating costs nothing: what is left is the pipeline.

A batch is submitted, executed and ended, with one row for each run, as always. Its results are real
ones, simulated once and handed out again under other indices, so that what is encoded, stored and
folded is as large as of a real event; a second time they are empty, which shows what the store and
the queue take by themselves. Figures are medians over rounds, ratios medians of the rounds' ratios.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from threading import Lock
from time import perf_counter
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

import numpy as np

from bingosim.batch.observe import Phase, Unobserved
from bingosim.batch.submit import choose_message_size
from bingosim.bench.measure import median_ratio
from bingosim.bench.modes import PAYLOADS, replayed
from bingosim.bench.statements import Statements, measure_creating, measure_statements
from bingosim.engines import engine_version, prepare
from bingosim.errors import ExecutionError
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.chunk import Timelines
from bingosim.storage.creating import create_batch
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import delete_batch
from bingosim.storage.usage import measure as measure_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from bingosim.batch.execute import Prepare
    from bingosim.bench.modes import Mode
    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

Size = Literal["auto"] | int
SIZES: tuple[Size, ...] = (1, 10, 15, 20, 50, 100, 500, 1000, "auto")
THREADS = (1, 2)
ALONE = (10, 500)
"""Sizes at which claim and persist are measured by themselves."""
ENGINE, SEED = "jump", "bench"
POOL = 1000
"""Runs that are simulated beforehand."""
MOST_RUNS = 10**6
AUTO_RUNS = 100_000
"""What `auto` believes it is to divide: a batch that is long against the measuring."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        seconds: What one batch should take.
        rounds: How many rounds.
        messages: Messages at least in a batch.
        created: Runs of the batch whose creation is timed.
    """

    seconds: float = 0.8
    rounds: int = 3
    messages: int = 8
    created: int = 200_000


QUICK = Effort(seconds=0.25, rounds=1, messages=4, created=50_000)


class PipelineSpeed(TypedDict):
    """Batches of one message size on some threads; times in ms are means over messages.

    `to_one` is the ratio of runs/s to that of messages of one run, on the same threads.
    """

    payloads: str
    message_size: Size
    threads: int
    runs: int
    runs_per_s: float
    to_one: float
    claims: int
    claim_avg_ms: float
    encode_ms: float
    persist_ms: float
    bytes_per_run: float


class Alone(TypedDict):
    """What claim and persist do by themselves, on one connection, with results ready made."""

    payloads: str
    message_size: int
    claim_runs_per_s: float
    persist_runs_per_s: float
    runs_per_s: float


class Ratio(TypedDict):
    """Two figures of one run, and what the project asks for."""

    payloads: str
    name: str
    value: float
    goal: float
    met: bool


class PipelineBench(TypedDict):
    """What `bingosim bench pipeline --json` prints, but for what the machine is."""

    mode: str
    event: str
    created_per_s: float
    alone: list[Alone]
    speeds: list[PipelineSpeed]
    ratios: list[Ratio]


class _Way(NamedTuple):
    payloads: str
    size: Size
    threads: int


class _Executed(NamedTuple):
    """One batch: seconds from submitting to its end, times and numbers of its parts, bytes."""

    runs: int
    seconds: float
    spent: dict[Phase, float]
    times: dict[Phase, int]
    bytes: int

    @property
    def runs_per_s(self) -> float:
        return self.runs / self.seconds

    def milliseconds(self, phase: Phase) -> float:
        return 1e3 * self.spent[phase] / max(1, self.times[phase])


# -- measuring -----------------------------------------------------------------------------------


def measure_pipeline(
    mode: Mode, file: Path, effort: Effort, say: Callable[[str], None]
) -> PipelineBench:
    """Measure all sizes of messages on one and two threads, with results and without.

    Args:
        mode: How batches are executed.
        file: The event whose results are stored.
        effort: How much is measured.
        say: Called with what is measured next.
    """
    snapshot = make_snapshot(load_event(file))
    say(f"what {snapshot.name} comes to, {POOL:,} runs")
    pool = prepare(snapshot, SEED, ENGINE)(np.arange(POOL, dtype=np.int64))
    with mode.database() as database:
        bench = _Bench(mode, database, snapshot, replayed(pool))
        ways = [
            _Way(payloads, size, threads)
            for payloads in PAYLOADS
            for threads in THREADS
            for size in SIZES
        ]
        say("how many runs each batch should have")
        runs = {way: bench.enough_runs(way, effort) for way in ways}
        executed: dict[_Way, list[_Executed]] = {way: [] for way in ways}
        alone: dict[tuple[str, int], list[Statements]] = {
            (payloads, size): [] for payloads in PAYLOADS for size in ALONE
        }
        created: list[float] = []
        for turn in range(effort.rounds):
            say(f"the {mode.name} pipeline, round {turn + 1} of {effort.rounds}")
            for way in ways:
                executed[way].append(bench.execute(way, runs[way]))
            for (payloads, size), each in alone.items():
                each.append(bench.statements(payloads, size, effort))
            created.append(measure_creating(database, snapshot, effort.created))
    return {
        "mode": mode.name,
        "event": snapshot.name,
        "created_per_s": median(created),
        "alone": [_alone(*key, each) for key, each in alone.items()],
        "speeds": [_speed(way, executed) for way in ways],
        "ratios": [ratio for payloads in PAYLOADS for ratio in _ratios(payloads, executed, alone)],
    }


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every batch is executed with."""

    mode: Mode
    database: Database
    snapshot: Snapshot
    engines: Prepare

    def enough_runs(self, way: _Way, effort: Effort) -> int:
        """Return how many runs take about as long as they should."""
        size = _message_size(way)
        messages = effort.messages
        while True:  # what a batch takes once, however long it is, misleads as long as it is short
            seconds = self.execute(way, messages * size).seconds
            if seconds > effort.seconds / 2 or messages * size > MOST_RUNS:
                return size * max(effort.messages, int(messages * effort.seconds / seconds))
            messages = int(messages * min(8.0, 1.2 * effort.seconds / seconds))

    def execute(self, way: _Way, runs: int) -> _Executed:
        """Submit a batch, execute it to its end, and delete it."""
        watch = _Stopwatch()
        before = self._bytes()
        begun = perf_counter()
        batch = create_batch(
            self.database,
            self.snapshot,
            seed=SEED,
            engine=ENGINE,
            engine_version=engine_version(ENGINE),
            runs=runs,
            message_size=_message_size(way),
        )
        codec = PAYLOADS[way.payloads]
        status = self.mode.execute(self.database, batch, way.threads, codec, self.engines, watch)
        seconds = perf_counter() - begun
        if status is not BatchStatus.COMPLETED:
            raise ExecutionError(f"a batch that was to be measured is {status}")
        taken = self._bytes() - before
        delete_batch(self.database, batch)
        return _Executed(runs, seconds, dict(watch.spent), dict(watch.times), taken)

    def statements(self, payloads: str, size: int, effort: Effort) -> Statements:
        """Claim and persist by themselves what is encoded already."""
        codec = PAYLOADS[payloads]
        play = self.engines(self.snapshot, SEED, ENGINE)
        results = play(np.arange(size, dtype=np.int64))
        messages = max(effort.messages, min(200, int(20_000 * effort.seconds) // size))
        payload, partial = (
            codec.chunk(results, Timelines.ALL),
            codec.partial(results, self.snapshot),
        )
        return measure_statements(self.database, self.snapshot, size, messages, payload, partial)

    def _bytes(self) -> int:
        return sum(used.bytes for used in measure_usage(self.database))


class _Stopwatch(Unobserved):
    """Adds up what threads spend on each phase."""

    def __init__(self) -> None:
        self.spent = dict.fromkeys(Phase, 0.0)
        self.times = dict.fromkeys(Phase, 0)
        self._lock = Lock()

    @contextmanager
    def phase(self, phase: Phase, batch: UUID) -> Iterator[None]:  # noqa: ARG002
        """Time a phase."""
        begun = perf_counter()
        yield
        with self._lock:
            self.spent[phase] += perf_counter() - begun
            self.times[phase] += 1


def _message_size(way: _Way) -> int:
    return choose_message_size(AUTO_RUNS, way.threads) if way.size == "auto" else way.size


def _speed(way: _Way, executed: dict[_Way, list[_Executed]]) -> PipelineSpeed:
    each = executed[way]
    ones = executed[way._replace(size=1)]

    def speeds(some: list[_Executed]) -> list[float]:
        return [one.runs_per_s for one in some]

    return {
        "payloads": way.payloads,
        "message_size": way.size,
        "threads": way.threads,
        "runs": each[0].runs,
        "runs_per_s": median(speeds(each)),
        "to_one": median_ratio(speeds(each), speeds(ones)),
        "claims": each[0].times[Phase.CLAIM],
        "claim_avg_ms": median(one.milliseconds(Phase.CLAIM) for one in each),
        "encode_ms": median(one.milliseconds(Phase.ENCODE) for one in each),
        "persist_ms": median(one.milliseconds(Phase.PERSIST) for one in each),
        "bytes_per_run": median(one.bytes / one.runs for one in each),
    }


def _alone(payloads: str, size: int, each: list[Statements]) -> Alone:
    return {
        "payloads": payloads,
        "message_size": size,
        "claim_runs_per_s": median(1 / one.claim for one in each),
        "persist_runs_per_s": median(1 / one.persist for one in each),
        "runs_per_s": median(1 / one.together for one in each),
    }


def _ratios(
    payloads: str,
    executed: dict[_Way, list[_Executed]],
    alone: dict[tuple[str, int], list[Statements]],
) -> list[Ratio]:
    """Compare messages of 500 with those of 1 run, and with what their statements do alone."""

    def best(size: int) -> list[float]:
        """Runs/s of the faster number of threads, round by round."""
        each = [[one.runs_per_s for one in executed[_Way(payloads, size, n)]] for n in THREADS]
        return [max(these) for these in zip(*each, strict=True)]

    statements = [1 / one.together for one in alone[payloads, 500]]
    values = {
        "500 to 1 run in a message": (median_ratio(best(500), best(1)), 15.0),
        "500 to its statements alone": (median_ratio(best(500), statements), 0.5),
    }
    return [
        {"payloads": payloads, "name": name, "value": value, "goal": goal, "met": value >= goal}
        for name, (value, goal) in values.items()
    ]
