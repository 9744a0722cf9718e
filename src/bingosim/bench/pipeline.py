"""How fast batches are executed where simulating costs nothing: what is left is the pipeline.

A batch is submitted, executed and ended, with one row for each run, as always. Its results are real
ones, simulated once and handed out again under other indices, so that what is encoded, stored and
folded is as large as of a real event; a second time they are empty, which shows what the store and
the queue take by themselves. Figures are medians over rounds, ratios medians of the rounds' ratios.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from bingosim.batch.submit import choose_message_size
from bingosim.bench.distributed import WARM_UP, Distributed
from bingosim.bench.modes import PAYLOADS, replayed
from bingosim.bench.pipeline_figures import Measured, PipelineBench, Round, Way, figures_of
from bingosim.bench.statements import (
    Statements,
    measure_creating,
    measure_rows,
    measure_statements,
)
from bingosim.engines import engine_version, prepare
from bingosim.errors import ExecutionError
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.timelines import Timelines
from bingosim.storage.creating import create_batch
from bingosim.storage.states import BatchStatus
from bingosim.storage.usage import measure as measure_usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bingosim.bench.modes import Crew, Mode
    from bingosim.bench.pipeline_figures import Size
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults
    from bingosim.storage.database import Database

SIZES: tuple[Size, ...] = (1, 10, 15, 20, 50, 100, 500, 1000, "auto")
HANDS = (1, 2)
"""Threads, or workers with a thread each."""
ALONE = (10, 500)
"""Sizes at which claim and persist are measured by themselves."""
ENGINE, SEED = "jump", "bench"
POOL = 1000
"""Runs that are simulated beforehand."""
MOST_RUNS = 10**6
AUTO_RUNS = 100_000
"""What `auto` believes it is to divide: a batch that is long against the measuring."""
PUBLISHED_SIZE = 100
"""Runs in each of the messages whose publishing is timed."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes:
        seconds: What one batch should take.
        rounds: How many rounds.
        messages: Messages at least in a batch.
        created: Runs of the batch whose creation is timed.
        published: Messages whose publishing is timed.
    """

    seconds: float = 0.8
    rounds: int = 3
    messages: int = 8
    created: int = 1_000_000
    published: int = 5_000


QUICK = Effort(seconds=0.25, rounds=1, messages=4, created=50_000, published=500)
DISTRIBUTED = Effort(seconds=2, messages=40)
"""A batch has to go through the broker before the first of it is executed: some tens of ms."""
DISTRIBUTED_QUICK = Effort(seconds=0.5, rounds=1, messages=20, created=200_000, published=2_000)


def measure_pipeline(
    mode: Mode, file: Path, effort: Effort, say: Callable[[str], None]
) -> PipelineBench:
    """Measure all sizes of messages with one and two threads or workers, with results and without.

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
        bench = _Bench(mode, database, snapshot, pool, effort, {})
        rounds = []
        for turn in range(effort.rounds):
            say(f"the {mode.name} pipeline, round {turn + 1} of {effort.rounds}")
            rounds.append(bench.round())
    return figures_of(mode, snapshot.name, rounds, [*PAYLOADS], HANDS, SIZES)


@dataclass(frozen=True, slots=True)
class _Bench:
    """What every batch is executed with; `runs` are those of each way's batches, once known."""

    mode: Mode
    database: Database
    snapshot: Snapshot
    pool: RunResults
    effort: Effort
    runs: dict[Way, int]

    def round(self) -> Round:
        """Measure everything once."""
        executed: dict[Way, Measured] = {}
        alone: dict[tuple[str, int], Statements] = {}
        for payloads in PAYLOADS:
            for hands in HANDS:
                ways = [Way(payloads, size, hands) for size in SIZES]
                with self.mode.crew(self.database, self.pool, payloads, hands) as crew:
                    self.execute(crew, Way(payloads, 10, hands), WARM_UP)
                    for way in ways:
                        if way not in self.runs:
                            self.runs[way] = self.enough_runs(crew, way)
                        executed[way] = self.execute(crew, way, self.runs[way])
            for size in ALONE:
                alone[payloads, size] = self.statements(payloads, size)
        rows = published = None
        created = measure_creating(self.database, self.snapshot, self.effort.created)
        if isinstance(self.mode, Distributed):
            rows = measure_rows(self.database, self.snapshot, self.effort.created)
            published = self.mode.publish(
                self.database, self.snapshot, self.effort.published, PUBLISHED_SIZE
            )
        return Round(executed, alone, created, rows, published)

    def enough_runs(self, crew: Crew, way: Way) -> int:
        """Return how many runs take about as long as they should."""
        size, wanted = _message_size(way), self.effort
        messages = wanted.messages
        while True:  # what a batch takes once, however long it is, misleads as long as it is short
            seconds = self.execute(crew, way, messages * size).seconds
            if seconds > wanted.seconds / 2 or messages * size > MOST_RUNS:
                return size * max(wanted.messages, int(messages * wanted.seconds / seconds))
            messages = int(messages * min(8.0, 1.2 * wanted.seconds / seconds))

    def execute(self, crew: Crew, way: Way, runs: int) -> Measured:
        """Submit a batch, have it executed to its end, and delete it."""
        bytes_before, (seconds_before, times_before) = self._bytes(), crew.spent()
        begun = perf_counter()
        batch = create_batch(
            self.database,
            self.snapshot,
            seed=SEED,
            engine=ENGINE,
            engine_version=engine_version(ENGINE),
            runs=runs,
            message_size=_message_size(way),
            distributed=self.mode.distributed,
        )
        submitting = 0.0 if self.mode.distributed else perf_counter() - begun
        status, seconds = crew.execute(batch)
        if status is not BatchStatus.COMPLETED:
            raise ExecutionError(f"a batch that was to be measured is {status}")
        seconds_after, times_after = crew.spent()
        taken = self._bytes() - bytes_before
        self.mode.clean_up(self.database, batch)
        return Measured(
            runs,
            submitting + seconds,
            {phase: after - seconds_before[phase] for phase, after in seconds_after.items()},
            {phase: after - times_before[phase] for phase, after in times_after.items()},
            taken,
        )

    def statements(self, payloads: str, size: int) -> Statements:
        """Claim and persist by themselves what is encoded already."""
        codec = PAYLOADS[payloads]
        play = replayed(self.pool)(self.snapshot, SEED, ENGINE)
        results = play(np.arange(size, dtype=np.int64))
        most = int(20_000 * self.effort.seconds) // size
        messages = max(self.effort.messages, min(200, most))
        payload, partial = (
            codec.chunk(results, Timelines.ALL),
            codec.partial(results, self.snapshot),
        )
        return measure_statements(self.database, self.snapshot, size, messages, payload, partial)

    def _bytes(self) -> int:
        return sum(used.bytes for used in measure_usage(self.database))


def _message_size(way: Way) -> int:
    return choose_message_size(AUTO_RUNS, way.hands) if way.size == "auto" else way.size
