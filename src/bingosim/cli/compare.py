"""`bingosim compare`: which strategy, or which of two events, is better, and how sure that is."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.files import STDOUT, Files, write_json
from bingosim.cli.progress import INTERRUPTED, interruptible, progress_bar
from bingosim.cli.run import load_snapshot
from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from bingosim.comparison import Effort
    from bingosim.comparison.model import Comparison, Estimated, TeamComparison

LONGEST_VARIANT = 40


def compare(
    file: options.EventFile,
    team: Annotated[
        str | None,
        typer.Option(help="Whose strategies: the file's first team by default.", metavar="T"),
    ] = None,
    strategies: Annotated[
        str | None,
        typer.Option(
            help="Which, with commas between them: all built-in ones by default. What the file has "
            "the team do is compared too.",
            metavar="A,B,C",
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(help="Compare with this event file instead, team by team.", metavar="FILE2"),
    ] = None,
    seed: options.Seed = "bingosim",
    precision: Annotated[
        float,
        typer.Option(
            help="End once differences of chances are known to so many percentage points (95 %).",
            metavar="POINTS",
        ),
    ] = 0.5,
    max_runs: Annotated[
        int,
        typer.Option(
            help="Runs of each team after which it ends all the same.",
            metavar="N",
            max=options.MOST_RUNS,
        ),
    ] = 100_000,
    threads: options.Threads = None,
    engine: options.Engine = "jump",
    json: options.Json = None,
    quiet: options.Quiet = False,
) -> None:
    """Compare a team's strategies, or two events.

    All play under the same luck. It ends by itself once the differences are known well enough;
    neighbours in the ranking that cannot be told apart by then are said to be so. Ctrl-C ends it
    early and shows what there is.

    For example:

        bingosim compare event.yaml

        bingosim compare event.yaml --team Bravo --strategies greedy,look-ahead

        bingosim compare event.yaml --against event-with-ada-in-bravo.yaml

        bingosim compare event.yaml --precision 0.2 --json -
    """
    from bingosim.comparison import Effort

    if against is not None and (team, strategies) != (None, None):
        raise InputError("--against compares whole events: leave --team and --strategies out")
    Files(json).check()
    with interruptible() as interrupt, progress_bar(shown=not quiet) as moved:

        def progress(done: int, wanted: int) -> None:
            interrupt.can_wait = True
            moved(done, wanted)

        effort = Effort(
            seed, precision, max_runs, engine, threads, progress, stop=lambda: interrupt.asked
        )
        if against is None:
            found = _strategies(file, team, strategies, effort, quiet=quiet)
        else:
            found = _events(file, against, effort, quiet=quiet)
    if json is not None:
        write_json(found.to_dict(), json)
    if json is None or (json != STDOUT and not quiet):
        print_comparison(found)
    if not found.complete:
        raise typer.Exit(INTERRUPTED)


def _strategies(
    file: Path, team: str | None, strategies: str | None, effort: Effort, *, quiet: bool
) -> Comparison:
    from bingosim.comparison import compare_strategies

    names = [name.strip() for name in (strategies or "").split(",")]
    if strategies is not None and not all(names):
        raise InputError("--strategies: expected names with commas between them, such as a,b,c")
    snapshot = load_snapshot(file, effort.engine, quiet=quiet)
    return compare_strategies(snapshot, team, [name for name in names if name], effort)


def _events(file: Path, against: Path, effort: Effort, *, quiet: bool) -> Comparison:
    from bingosim.comparison import compare_events

    one, other = (load_snapshot(path, effort.engine, quiet=quiet) for path in (file, against))
    return compare_events(one, other, (str(file), str(against)), effort)


# -- what is printed -----------------------------------------------------------------------------


def print_comparison(comparison: Comparison) -> None:
    """Print a ranking for each team, what is settled, and what the same luck saved."""
    from rich.table import Table

    from bingosim.cli.result import stdout_console

    console = stdout_console()
    for part in _parts(comparison):
        if isinstance(part, Table):
            console.print(part, "")
        else:
            console.print(part, soft_wrap=True)


def _parts(comparison: Comparison) -> Iterator[str | Table]:
    from bingosim.words import clean

    if not comparison.complete:
        yield "Stopped early.\n"
    yield (
        f"{clean(comparison.event)}: {comparison.runs:,} runs of each team, "
        f"seed {clean(comparison.seed)}, the same luck for all\n"
    )
    for team in comparison.teams:
        yield f"{clean(team.team)}: {_verdict(comparison, team)}\n"
        yield _table(comparison, team)
    saved = [s for team in comparison.teams for d in team.differences if (s := d.saved) is not None]
    if saved:
        yield (
            "Two independent simulations would need "
            f"{min(saved):.1f} to {max(saved):.1f} times the runs for differences as precise."
        )


def _verdict(comparison: Comparison, team: TeamComparison) -> str:
    """Return in a sentence what is best, and what cannot be told apart."""
    from bingosim.words import clean, percent

    best = team.ranking[0]
    unsure = [step for step in team.steps if not step.settled]
    name = clean(comparison.variants[best.variant])
    if not unsure:
        return f"{name} is best, with {percent(best.win.value)} to win; the order is settled."
    pairs = "; ".join(
        f"{clean(comparison.variants[step.better])} and {clean(comparison.variants[step.worse])}"
        for step in unsure
    )
    ahead = f"{name} comes out ahead, with {percent(best.win.value)} to win"
    return f"{ahead}; cannot be told apart yet: {pairs}."


def _table(comparison: Comparison, team: TeamComparison) -> Table:
    from bingosim.cli.result import plain_table
    from bingosim.words import short

    table = plain_table(
        "Variant", ">Wins, %", ">Points", ">Behind the best: wins", ">points", "The next"
    )
    best = team.ranking[0].variant
    steps: list[str] = ["settled" if step.settled else "not sure" for step in team.steps]
    for place, entry in enumerate(team.ranking):
        behind = None if entry.variant == best else team.difference(best, entry.variant)
        table.add_row(
            short(comparison.variants[entry.variant], LONGEST_VARIANT),
            _number(entry.win, 100, 1),
            _number(entry.points, 1, 2),
            "" if behind is None else _number(behind.win, 100, 2),
            "" if behind is None else _number(behind.points, 1, 2),
            steps[place] if place < len(steps) else "",
        )
    return table


def _number(found: Estimated, scale: int, decimals: int) -> str:
    return f"{scale * found.value:.{decimals}f} ± {scale * found.margin:.{max(2, decimals)}f}"
