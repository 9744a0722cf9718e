"""Options of `bingosim run` that hang together, checked together: all that is wrong is said."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bingosim.errors import InputError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bingosim.event.snapshot import Snapshot
    from bingosim.exports import Export


@dataclass(frozen=True, slots=True)
class Goal:
    """When a simulation ends.

    Attributes:
        runs: The number of runs, or the greatest with a precision.
        precision: Percentage points to within which every chance to win is to be known.
        min_runs: Runs before that is looked at; None is the usual number.
    """

    runs: int
    precision: float | None = None
    min_runs: int | None = None


@dataclass(frozen=True, slots=True)
class ExportWanted:
    """Tables that are to be written: into which directories, in which formats, how much."""

    places: tuple[tuple[str, Path], ...]
    timelines: str

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
                from bingosim.exports import Export  # noqa: PLC0415

                exports = [
                    stack.enter_context(Export(directory, kind, snapshot, self.timelines))
                    for kind, directory in self.places
                ]
            yield exports


def check_options(
    runs: int | None,
    precision: float | None,
    min_runs: int | None,
    max_runs: int | None,
    exports: dict[str, Path | None],
    timelines: str | None,
) -> tuple[Goal, ExportWanted]:
    """Return what the options ask for together.

    Args:
        runs: `--runs`.
        precision: `--precision`.
        min_runs: `--min-runs`.
        max_runs: `--max-runs`.
        exports: Kind of an export -> directory, None where it is not wanted.
        timelines: `--timelines`.

    Raises:
        InputError: They do not fit together; the message has a line for everything that is wrong.
    """
    wrong: list[str] = []
    goal = _goal(runs, precision, min_runs, max_runs, wrong)
    places = tuple((kind, place) for kind, place in exports.items() if place is not None)
    _check_exports(places, timelines, wrong)
    if wrong:
        raise InputError("\n".join(wrong))
    return goal, ExportWanted(places, timelines or "all")


def _goal(
    runs: int | None,
    precision: float | None,
    min_runs: int | None,
    max_runs: int | None,
    wrong: list[str],
) -> Goal:
    from bingosim.precision import DEFAULT_MAX_RUNS, Precision  # noqa: PLC0415 - numpy is heavy
    from bingosim.simulation import DEFAULT_RUNS  # noqa: PLC0415 - as above

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
        return Goal(most, precision, min_runs)
    return Goal(asked.max_runs, asked.points, asked.min_runs)


def _check_exports(
    places: tuple[tuple[str, Path], ...], timelines: str | None, wrong: list[str]
) -> None:
    from bingosim.payloads.chunk import Timelines  # noqa: PLC0415 - as above

    if timelines is None:
        return
    known = [str(one) for one in Timelines]
    if timelines not in known:
        wrong.append(
            f"--timelines must be {', '.join(known[:-1])} or {known[-1]}, "
            f"got {timelines!r}{nearest(timelines, known)}"
        )
    if not places:
        wrong.append("--timelines goes with --csv, --json-lines or --parquet only")
