"""`bingosim run`: simulate an event file and show what comes out.

Heavy parts (numpy, numba) are imported inside functions, so that `bingosim --help` is quick.
"""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli.options import check_options
from bingosim.errors import ExecutionError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bingosim.cli.options import Goal
    from bingosim.event.snapshot import Snapshot
    from bingosim.exports import Export
    from bingosim.results import RunResults
    from bingosim.simulation import Simulation

INTERRUPTED = 130
"""Exit code after Ctrl-C, as of shells: 128 + SIGINT."""
STDOUT = "-"

MOST_RUNS = 999_999_999
MOST_THREADS = 256


def run(
    file: Annotated[Path, typer.Argument(help="The event file (YAML or JSON).", metavar="FILE")],
    runs: Annotated[
        int | None,
        typer.Option(
            help="How many runs, 10,000 by default; with --precision the greatest number.",
            metavar="N",
            min=1,
            max=MOST_RUNS,
        ),
    ] = None,
    seed: Annotated[
        str, typer.Option(help="Any text; equal seeds give equal results.", metavar="S")
    ] = "bingosim",
    threads: Annotated[
        int | None,
        typer.Option(
            help="Threads, all cores by default; they change no result.",
            metavar="T",
            min=1,
            max=MOST_THREADS,
        ),
    ] = None,
    engine: Annotated[
        str,
        typer.Option(
            help="attempt, jump (faster, the same law) or reference (slow, checks them).",
            metavar="E",
        ),
    ] = "jump",
    precision: Annotated[
        float | None,
        typer.Option(
            help="End once every chance to win is known to so many percentage points (95 %).",
            metavar="POINTS",
        ),
    ] = None,
    min_runs: Annotated[
        int | None,
        typer.Option(help="Runs before that is looked at, 1,000 by default.", metavar="N"),
    ] = None,
    max_runs: Annotated[
        int | None,
        typer.Option(
            help="Runs after which it ends all the same, 1,000,000 by default.",
            metavar="N",
            max=MOST_RUNS,
        ),
    ] = None,
    json: Annotated[
        str | None, typer.Option(help="Write the result as JSON here; - is stdout.", metavar="PATH")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(help="Write every run as CSV files into this directory.", metavar="DIR"),
    ] = None,
    parquet: Annotated[
        Path | None, typer.Option(help="The same as Parquet files.", metavar="DIR")
    ] = None,
    json_lines: Annotated[
        Path | None, typer.Option(help="The same as files of JSON Lines.", metavar="DIR")
    ] = None,
    timelines: Annotated[
        str | None,
        typer.Option(
            help="Of which runs these files say when tiles were completed: all, sample (every "
            "100th) or none.",
            metavar="WHICH",
        ),
    ] = None,
    no_save: Annotated[  # noqa: ARG001 - nothing is saved yet, and scripts may ask for that already
        bool, typer.Option("--no-save", help="Do not keep the result (nothing is kept yet).")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No progress and no notes; with --json no tables.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Say what was used and how long it took.")
    ] = False,
) -> None:
    """Simulate an event: who wins, how sure that is, and which tiles decide it.

    Ctrl-C ends it early and shows what is done.

    For example:

        bingosim run examples/winter-bingo.yaml

        bingosim run event.yaml --runs 2000 --seed monday --threads 2

        bingosim run event.yaml --json result.json --quiet

        bingosim run event.yaml --precision 0.5

        bingosim run event.yaml --precision 0.5 --min-runs 5000 --max-runs 50000

        bingosim run event.yaml --csv runs

        bingosim run event.yaml --parquet runs --timelines sample
    """
    # Late, here and below, since numpy and numba would slow down every other command.
    from bingosim.engines import check_engine  # noqa: PLC0415
    from bingosim.event.file import read_event_file  # noqa: PLC0415
    from bingosim.event.snapshot import make_snapshot  # noqa: PLC0415

    check_engine(engine)
    goal, wanted = check_options(
        runs,
        precision,
        min_runs,
        max_runs,
        {"csv": csv, "parquet": parquet, "jsonl": json_lines},
        timelines,
    )
    check_writable(json)
    loaded = read_event_file(file)
    if not quiet:
        for warning in loaded.warnings:
            typer.echo(str(warning), err=True)
        say_if_compiling(engine)
    snapshot = make_snapshot(loaded.event)
    with wanted.opened(snapshot) as exports:
        simulation = simulate_visibly(snapshot, goal, seed, engine, threads, exports, quiet=quiet)
        for export in exports:
            export.finish(
                seed=seed,
                engine=engine,
                engine_version=simulation.engine_version,
                complete=simulation.complete,
            )
    show(simulation, file, goal.runs, json, quiet=quiet)
    if verbose:
        say_what_was_used(simulation, threads)
    if not simulation.complete:
        raise typer.Exit(INTERRUPTED)


def simulate_visibly(
    snapshot: Snapshot,
    goal: Goal,
    seed: str,
    engine: str,
    threads: int | None,
    exports: Sequence[Export],
    *,
    quiet: bool,
) -> Simulation:
    """Simulate with a progress bar, so that Ctrl-C ends it with what is done."""
    from bingosim.simulation import simulate  # noqa: PLC0415

    with interruptible() as interrupt, progress_bar(shown=not quiet) as moved:

        def progress(done: int, wanted: int) -> None:
            interrupt.can_wait = True
            moved(done, wanted)

        def sink(part: RunResults) -> None:
            for export in exports:
                export.add(part)

        return simulate(
            snapshot,
            goal.runs,
            seed,
            engine=engine,
            threads=threads,
            precision=goal.precision,
            min_runs=goal.min_runs,
            sink=sink,
            progress=progress,
            stop=lambda: interrupt.asked,
        )


def show(simulation: Simulation, file: Path, wanted: int, json: str | None, *, quiet: bool) -> None:
    """Write the JSON where it is asked for, and print the tables unless it went to stdout."""
    from bingosim.cli.result import print_report  # noqa: PLC0415
    from bingosim.report import to_json  # noqa: PLC0415

    report = simulation.to_dict()
    if json == STDOUT:
        typer.echo(to_json(report).encode(), nl=False)
    elif json is not None:
        try:
            Path(json).write_text(to_json(report), encoding="utf-8", newline="\n")
        except OSError as error:
            raise ExecutionError(f"cannot write {json}: {error.strerror or error}") from None
    if json is None or (json != STDOUT and not quiet):
        print_report(report, str(file), wanted)


# -- before --------------------------------------------------------------------------------------


def check_writable(json: str | None) -> None:
    """Refuse a file that cannot be written before simulating for it.

    Raises:
        InputError: It cannot be opened for writing.
    """
    if json is None or json == STDOUT:
        return
    path = Path(json)
    if path.exists() and not path.is_file() and not path.is_dir():
        return  # a pipe or a device: to open it is to use it
    there = path.exists()
    try:
        with path.open("ab"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise InputError(f"cannot write {json}: {error.strerror or error}") from None


def say_if_compiling(engine: str) -> None:
    """Say on stderr that the first start takes a while, if this is one."""
    if engine == "reference":
        return
    from bingosim.engine.jit import cache_directory  # noqa: PLC0415

    if not any(cache_directory().rglob("*.nbi")):
        typer.echo("compiling the engine (once, about 15 s) ...", err=True)


def say_what_was_used(simulation: Simulation, threads: int | None) -> None:
    """Say on stderr with what and in which time the result was made."""
    from bingosim.simulation import available_threads  # noqa: PLC0415

    timing = simulation.timing
    speed = simulation.aggregates.runs / max(timing["simulate_s"], 1e-3)
    typer.echo(
        f"engine {simulation.engine} {simulation.engine_version}, "
        f"{threads or available_threads()} threads, snapshot {simulation.snapshot.sha256[:16]}\n"
        f"made ready in {timing['compile_s']:.2f} s, simulated in {timing['simulate_s']:.2f} s "
        f"({speed:,.0f} runs/s)",
        err=True,
    )


# -- meanwhile -----------------------------------------------------------------------------------


class Interrupt:
    """What Ctrl-C does: ask for an end where that is soon heard, else end at once.

    Attributes:
        asked: Whether an end was asked for.
        can_wait: Whether somebody looks at `asked`; not so while kernels are compiled.
    """

    def __init__(self) -> None:
        self.asked = False
        self.can_wait = False

    def __call__(self, *_: object) -> None:
        """Take a signal; the second one ends at once."""
        if self.asked or not self.can_wait:
            raise KeyboardInterrupt
        self.asked = True


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Take Ctrl-C as a request for the time of the block."""
    interrupt = Interrupt()
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress_bar(*, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """Yield what takes (runs done, runs wanted); it draws a bar if stderr is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield lambda _done, _wanted: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("simulating"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} runs"),
        TextColumn("{task.fields[speed]:,.0f} runs/s"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("simulating", total=1, speed=0.0, start=False, visible=False)

    def moved(done: int, wanted: int) -> None:
        if not done:
            bar.start_task(task)
            bar.start()
        now = bar.tasks[task]
        speed = done / now.elapsed if now.elapsed else 0.0
        bar.update(task, completed=done, total=wanted, speed=speed, visible=True)

    try:
        yield moved
    finally:
        bar.stop()
