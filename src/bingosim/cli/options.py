"""Options that several commands have, and those that hang together: all that is wrong is said."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.event.snapshot import Snapshot
    from bingosim.exports import Export
    from bingosim.payloads.timelines import Timelines
    from bingosim.precision import Precision

MOST_RUNS = 999_999_999
MOST_THREADS = 256

EventFile = Annotated[Path, typer.Argument(help="The event file (YAML or JSON).", metavar="FILE")]
Runs = Annotated[
    int | None,
    typer.Option(
        help="How many runs, 10,000 by default; with --precision the greatest number.",
        metavar="N",
        min=1,
        max=MOST_RUNS,
    ),
]
Seed = Annotated[str, typer.Option(help="Any text; equal seeds give equal results.", metavar="S")]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads, all cores by default; they change no result.",
        metavar="T",
        min=1,
        max=MOST_THREADS,
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        help="jump, attempt (every attempt, the same law) or reference (slow, checks them).",
        metavar="E",
    ),
]
PrecisionPoints = Annotated[
    float | None,
    typer.Option(
        "--precision",
        help="End once every chance to win is known to so many percentage points (95 %).",
        metavar="POINTS",
    ),
]
MinRuns = Annotated[
    int | None,
    typer.Option(help="Runs before that is looked at, 1,000 by default.", metavar="N"),
]
MaxRuns = Annotated[
    int | None,
    typer.Option(
        help="Runs after which it ends all the same, 1,000,000 by default.",
        metavar="N",
        max=MOST_RUNS,
    ),
]
WhichTimelines = Annotated[
    str | None,
    typer.Option(
        "--timelines",
        help="Of which runs it is kept when tiles were completed: all, sample (every 100th) or "
        "none.",
        metavar="WHICH",
    ),
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", help="Write every run as CSV files into this directory.", metavar="DIR"),
]
Parquet = Annotated[
    Path | None, typer.Option("--parquet", help="The same as Parquet files.", metavar="DIR")
]
JsonLines = Annotated[
    Path | None,
    typer.Option("--json-lines", help="The same as files of JSON Lines.", metavar="DIR"),
]
Json = Annotated[
    str | None,
    typer.Option("--json", help="Write the result as JSON here; - is stdout.", metavar="PATH"),
]
Report = Annotated[
    Path | None,
    typer.Option(
        "--report",
        help="Write the result as a page (HTML, one file) for a browser.",
        metavar="PATH.html",
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", help="Draw it as a picture to post.", metavar="PATH.png"),
]
Markdown = Annotated[
    str | None,
    typer.Option(
        "--markdown",
        help="Write a summary below 2,000 characters to post; - is stdout.",
        metavar="PATH",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes.")]


@dataclass(frozen=True, slots=True)
class Goal:
    """When a simulation ends.

    Attributes:
        runs: The number of runs, or the greatest with a precision.
        precision: How precisely every chance to win is to be known, if that was asked for.
    """

    runs: int
    precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class ExportWanted:
    """Tables that are to be written: into which directories, in which formats, how much."""

    places: tuple[tuple[str, Path], ...]
    timelines: Timelines

    @contextmanager
    def opened(self, snapshot: Snapshot) -> Iterator[list[Export]]:
        """Open them for the time of the block; what is not finished then is taken away.

        Raises:
            InputError: A directory cannot be written.
        """
        with ExitStack() as stack:
            exports = []
            if self.places:
                # Late, since pyarrow takes long to import.
                from bingosim.exports import Export

                exports = [
                    stack.enter_context(Export(directory, kind, snapshot, self.timelines))
                    for kind, directory in self.places
                ]
            yield exports


def places_of(
    csv: Path | None, parquet: Path | None, json_lines: Path | None
) -> tuple[tuple[str, Path], ...]:
    """Return the formats of tables that are wanted, each with its directory."""
    every = (("csv", csv), ("parquet", parquet), ("jsonl", json_lines))
    return tuple((kind, place) for kind, place in every if place is not None)


def check_goal(
    runs: int | None,
    precision: float | None,
    min_runs: int | None,
    max_runs: int | None,
    timelines: str | None,
    *,
    kept: bool = True,
) -> tuple[Goal, Timelines]:
    """Return what options ask for together.

    Args:
        runs: `--runs`.
        precision: `--precision`.
        min_runs: `--min-runs`.
        max_runs: `--max-runs`.
        timelines: `--timelines`.
        kept: Whether there is anything that could keep them.

    Raises:
        InputError: They do not fit together; the message has a line for everything that is wrong.
    """
    wrong: list[str] = []
    goal = _goal(runs, precision, min_runs, max_runs, wrong)
    which = _timelines(timelines, wrong)
    if timelines is not None and not kept:
        wrong.append("with --no-save, --timelines goes with --csv, --json-lines or --parquet only")
    if wrong:
        raise InputError("\n".join(wrong))
    return goal, which


def check_timelines(which: str | None) -> Timelines:
    """Return what `--timelines` asks for.

    Raises:
        InputError: There is no such choice.
    """
    wrong: list[str] = []
    found = _timelines(which, wrong)
    if wrong:
        raise InputError(wrong[0])
    return found


def _goal(
    runs: int | None,
    precision: float | None,
    min_runs: int | None,
    max_runs: int | None,
    wrong: list[str],
) -> Goal:
    from bingosim.precision import DEFAULT_MAX_RUNS, Precision
    from bingosim.simulation import DEFAULT_RUNS

    if precision is None:
        for option, given in (("--min-runs", min_runs), ("--max-runs", max_runs)):
            if given is not None:
                wrong.append(f"{option} goes with --precision only; use --runs")
        return Goal(DEFAULT_RUNS if runs is None else runs)
    if runs is not None and max_runs is not None:
        wrong.append("with --precision, --runs is the same as --max-runs: give one of them")
    most = next((given for given in (max_runs, runs) if given is not None), DEFAULT_MAX_RUNS)
    try:
        asked = Precision.within(precision, min_runs, most)
    except InputError as error:
        wrong.append(str(error))
        return Goal(most)
    return Goal(asked.max_runs, asked)


def _timelines(which: str | None, wrong: list[str]) -> Timelines:
    from bingosim.payloads.timelines import Timelines

    known = [str(one) for one in Timelines]
    if which is None or which in known:
        return Timelines(which or Timelines.ALL)
    wrong.append(
        f"--timelines must be {', '.join(known[:-1])} or {known[-1]}, "
        f"got {which!r}{nearest(which, known)}"
    )
    return Timelines.ALL
