"""`bingosim run`: simulate an event file and show what comes out.

Heavy parts (numpy, numba) are imported inside functions, so that `bingosim --help` is quick.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.files import Files
from bingosim.cli.local import execute_visibly, how_it_stands, say
from bingosim.cli.progress import INTERRUPTED, interruptible, progress_bar
from bingosim.cli.store import named_database
from bingosim.errors import ExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from uuid import UUID

    from bingosim.cli.options import Goal
    from bingosim.event.snapshot import Snapshot
    from bingosim.exports import Export
    from bingosim.payloads.timelines import Timelines
    from bingosim.report import Timing
    from bingosim.results import RunResults
    from bingosim.settings import Settings
    from bingosim.simulation import Simulation
    from bingosim.storage.database import Database


def run(
    file: options.EventFile,
    runs: options.Runs = None,
    seed: options.Seed = "bingosim",
    threads: options.Threads = None,
    engine: options.Engine = "jump",
    precision: options.PrecisionPoints = None,
    min_runs: options.MinRuns = None,
    max_runs: options.MaxRuns = None,
    json: options.Json = None,
    csv: options.Csv = None,
    parquet: options.Parquet = None,
    json_lines: options.JsonLines = None,
    report: options.Report = None,
    plot: options.Plot = None,
    markdown: options.Markdown = None,
    timelines: options.WhichTimelines = None,
    no_save: Annotated[
        bool, typer.Option("--no-save", help="Keep nothing in the database of batches.")
    ] = False,
    quiet: options.Quiet = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what was used and how long it took.")
    ] = False,
) -> None:
    """Simulate an event: who wins, and how sure that is.

    It is saved as a batch, see `bingosim batch`, unless --no-save is given. Ctrl-C ends it early,
    keeps what is done and shows it.

    For example:

        bingosim run examples/winter-bingo.yaml

        bingosim run event.yaml --runs 2000 --seed monday --threads 2

        bingosim run event.yaml --json result.json --quiet

        bingosim run event.yaml --report out.html --plot out.png --markdown -

        bingosim run event.yaml --precision 0.5

        bingosim run event.yaml --precision 0.5 --min-runs 5000 --max-runs 50000

        bingosim run event.yaml --csv runs

        bingosim run event.yaml --parquet runs --timelines sample
    """
    places = options.places_of(csv, parquet, json_lines)
    goal, which = options.check_goal(
        runs, precision, min_runs, max_runs, timelines, kept=bool(places) or not no_save
    )
    files = Files(json, report, plot, markdown)
    files.check()
    snapshot = load_snapshot(file, engine, quiet=quiet)
    asked = Asked(snapshot, goal, seed, engine, threads, which, quiet)
    with options.ExportWanted(places, which).opened(snapshot) as exports:
        made = simulate_only(asked, exports) if no_save else simulate_as_batch(asked, exports)
        for export in exports:
            export.finish(
                seed=seed,
                engine=engine,
                engine_version=made.simulation.engine_version,
                complete=made.simulation.complete,
            )
    show(made, file, goal.runs, files, quiet=quiet)
    if verbose:
        say_what_was_used(made.simulation, threads)
    if made.interrupted:
        say(made.unfinished or "", quiet=quiet or made.unfinished is None)
        raise typer.Exit(INTERRUPTED)
    if made.unfinished is not None:
        raise ExecutionError(made.unfinished)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be simulated, and how."""

    snapshot: Snapshot
    goal: Goal
    seed: str
    engine: str
    threads: int | None
    timelines: Timelines
    quiet: bool


@dataclass(frozen=True, slots=True)
class Made:
    """What came out.

    Attributes:
        simulation: The result.
        interrupted: Whether Ctrl-C ended it.
        batch: The batch that it was saved as.
        unfinished: How the batch stands, if it is not completed.
    """

    simulation: Simulation
    interrupted: bool
    batch: UUID | None = None
    unfinished: str | None = None


def simulate_only(asked: Asked, exports: Sequence[Export]) -> Made:
    """Simulate with a progress bar, and keep nothing."""
    from bingosim.simulation import simulate

    goal = asked.goal
    with interruptible() as interrupt, progress_bar(shown=not asked.quiet) as moved:

        def progress(done: int, wanted: int) -> None:
            interrupt.can_wait = True
            moved(done, wanted)

        def sink(part: RunResults) -> None:
            for export in exports:
                export.add(part)

        simulation = simulate(
            asked.snapshot,
            goal.runs,
            asked.seed,
            engine=asked.engine,
            threads=asked.threads,
            precision=None if goal.precision is None else goal.precision.points,
            min_runs=None if goal.precision is None else goal.precision.min_runs,
            sink=sink,
            progress=progress,
            stop=lambda: interrupt.asked,
        )
    return Made(simulation, interrupted=not simulation.complete)


def simulate_as_batch(asked: Asked, exports: Sequence[Export]) -> Made:
    """Store a batch, execute it with a progress bar, and read what came out."""
    from bingosim.batch.outcome import read_outcome
    from bingosim.batch.submit import submit
    from bingosim.simulation import available_threads

    begun = perf_counter()
    with saving_database() as (database, settings):
        batch = submit(
            database,
            asked.snapshot,
            asked.goal.runs,
            asked.seed,
            precision=asked.goal.precision,
            engine=asked.engine,
            message_size=settings.distributed_batch_size,
            workers=asked.threads or settings.worker_threads or available_threads(),
            timelines=asked.timelines,
        )
        ready = perf_counter()
        done = execute_visibly(database, batch, settings, asked.threads, quiet=asked.quiet)
        timing: Timing = {
            "compile_s": round(ready - begun, 3),
            "simulate_s": round(done.seconds, 3),
            "total_s": round(perf_counter() - begun, 3),
        }
        simulation = read_outcome(database, batch, timing)
        if exports:
            from bingosim.batch.stored import runs_in_order  # pyarrow takes long to import

            for chunk in runs_in_order(database, batch):
                for export in exports:
                    export.add(chunk)
        unfinished = None if simulation.complete else how_it_stands(database, batch)
        return Made(simulation, done.interrupted, batch, unfinished)


@contextmanager
def saving_database() -> Iterator[tuple[Database, Settings]]:
    """Yield the database of batches; where it cannot be used, say what does without."""
    with ExitStack() as stack:
        try:
            named = stack.enter_context(named_database())
        except ExecutionError as error:
            raise ExecutionError(f"{error}\n--no-save simulates without a database") from error
        yield named


def load_snapshot(file: Path, engine: str, *, quiet: bool) -> Snapshot:
    """Read an event file, say what is odd about it, and resolve everything in it."""
    # Late, here and below, since numpy and numba would slow down every other command.
    from bingosim.engines import check_engine
    from bingosim.event.file import read_event_file
    from bingosim.event.snapshot import make_snapshot

    check_engine(engine)
    loaded = read_event_file(file)
    for warning in loaded.warnings:
        say(str(warning), quiet=quiet)
    if not quiet:
        say_if_compiling(engine)
    return make_snapshot(loaded.event)


def show(made: Made, file: Path, wanted: int, files: Files, *, quiet: bool) -> None:
    """Write the files that are asked for, and print the tables unless one went to stdout."""
    from bingosim.cli.result import print_report

    report = made.simulation.to_dict()
    files.write(made.simulation, report)
    if files.shows_tables(quiet=quiet):
        print_report(report, wanted, hints(file, made.batch))


def hints(file: Path, batch: UUID | None) -> str:
    """Return what may be tried next."""
    from bingosim.words import clean

    saved = "" if batch is None else f"Saved as batch {batch} (`bingosim batch show latest`).\n"
    return (
        f"{saved}Try next: another strategy or other players in the file under the same --seed; "
        "another\n--seed, to see how much is luck; "
        f"`bingosim validate {clean(str(file))}`, for what is simulated;\n"
        "`bingosim catalog search WORD`, for activities of other tiles."
    )


# -- before and after ----------------------------------------------------------------------------


def say_if_compiling(engine: str) -> None:
    """Say on stderr that the first start takes a while, if this is one."""
    if engine == "reference":
        return
    from bingosim.engine.jit import cache_directory

    if not any(cache_directory().rglob("*.nbi")):
        typer.echo("compiling the engine (once, about 15 s) ...", err=True)


def say_what_was_used(simulation: Simulation, threads: int | None) -> None:
    """Say on stderr with what and in which time the result was made."""
    from bingosim.simulation import available_threads

    timing = simulation.timing
    speed = simulation.aggregates.runs / max(timing["simulate_s"], 1e-3)
    line = (
        f"engine {simulation.engine_version}, {threads or available_threads()} threads, "
        f"snapshot {simulation.snapshot.sha256[:16]}\n"
        f"made ready in {timing['compile_s']:.2f} s, simulated in {timing['simulate_s']:.2f} s "
        f"({speed:,.0f} runs/s)"
    )
    typer.echo(line, err=True)
