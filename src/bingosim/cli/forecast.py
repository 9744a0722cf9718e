"""`bingosim forecast`: from the middle of an event, who wins from here."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli import options
from bingosim.cli.files import STDOUT, Files, write_json
from bingosim.cli.local import say
from bingosim.cli.progress import INTERRUPTED, interruptible, progress_bar
from bingosim.cli.run import load_snapshot
from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from bingosim.forecasting.earlier import Earlier, Shelf
    from bingosim.forecasting.model import Change, Forecast, Moved


def forecast(
    file: options.EventFile,
    state: Annotated[
        Path,
        typer.Option(help="How far every team is (YAML or JSON).", metavar="STATE"),
    ],
    since: Annotated[
        Path | None,
        typer.Option(
            help="Show how chances moved since this forecast, as --json wrote it: by default the "
            "last kept one of an earlier moment.",
            metavar="EARLIER.json",
        ),
    ] = None,
    runs: options.Runs = None,
    seed: options.Seed = "bingosim",
    threads: options.Threads = None,
    engine: options.Engine = "jump",
    precision: options.PrecisionPoints = None,
    min_runs: options.MinRuns = None,
    max_runs: options.MaxRuns = None,
    json: options.Json = None,
    no_save: Annotated[
        bool, typer.Option("--no-save", help="Do not keep it for the next forecast.")
    ] = False,
    quiet: options.Quiet = False,
) -> None:
    """Forecast the rest of an event: who wins from here.

    The state file says how far every team is. What cannot have happened on the board by then is
    refused with its place. Forecasts are kept, so that the next one can say what has changed.

    For example:

        bingosim forecast event.yaml --state tuesday.yaml

        bingosim forecast event.yaml --state tuesday.yaml --precision 0.5

        bingosim forecast event.yaml --state tuesday.yaml --json tuesday.json --no-save

        bingosim forecast event.yaml --state friday.yaml --since tuesday.json
    """
    from bingosim.event.state_file import load_state
    from bingosim.forecasting import forecast as forecast_from

    goal, _ = options.check_goal(runs, precision, min_runs, max_runs, None)
    Files(json).check()
    shelf = _shelf()
    snapshot = load_snapshot(file, engine, quiet=quiet)
    loaded = load_state(state, snapshot)
    for warning in loaded.warnings:
        say(str(warning), quiet=quiet)
    earlier = _earlier(since, loaded.state.at) or shelf.latest_before(snapshot, loaded.state.at)
    with interruptible() as interrupt, progress_bar(shown=not quiet) as moved:

        def progress(done: int, wanted: int) -> None:
            interrupt.can_wait = True
            moved(done, wanted)

        found = forecast_from(
            snapshot,
            loaded.state,
            earlier=earlier,
            runs=goal.runs,
            seed=seed,
            engine=engine,
            threads=threads,
            precision=None if goal.precision is None else goal.precision.points,
            min_runs=None if goal.precision is None else goal.precision.min_runs,
            progress=progress,
            stop=lambda: interrupt.asked,
        )
    data = found.to_dict()
    if json is not None:
        write_json(data, json)
    if json is None or (json != STDOUT and not quiet):
        print_forecast(found, goal.runs)
    if not found.simulation.complete:
        raise typer.Exit(INTERRUPTED)
    if not no_save:
        shelf.keep(snapshot, loaded.state.at, data)


def _shelf() -> Shelf:
    from bingosim.forecasting.earlier import Shelf
    from bingosim.settings import read_settings

    return Shelf(read_settings().forecasts)


def _earlier(since: Path | None, second: int) -> Earlier | None:
    """Return the forecast that was named, which must be of an earlier state."""
    from bingosim.forecasting.earlier import read_earlier

    if since is None:
        return None
    earlier = read_earlier(since)
    if earlier.state.at_s >= second:
        raise InputError(f"--since: {since} is from {earlier.state.now}, not before the state")
    return earlier


# -- what is printed -----------------------------------------------------------------------------


def print_forecast(found: Forecast, wanted: int) -> None:
    """Print who wins from here, and how that has moved."""
    from rich.table import Table

    from bingosim.cli.result import stdout_console

    console = stdout_console()
    for part in _parts(found, wanted):
        if isinstance(part, Table):
            console.print(part, "")
        else:
            console.print(part, soft_wrap=True)


def _parts(found: Forecast, wanted: int) -> Iterator[str | Table]:
    from bingosim.cli.result import rows_table, teams_table, tiles_table
    from bingosim.words import clean, duration, headline, how_precise, ranked

    report = found.simulation.to_dict()
    left = found.simulation.snapshot.duration - found.state.at
    if not found.simulation.complete:
        yield f"Stopped early: {report['runs']:,} of {wanted:,} runs.\n"
    yield f"{clean(report['event'])}, {found.now} ({duration(left)} left): {report['runs']:,} runs"
    yield f"\n{headline(report['teams'])}\n"
    if report.get("precision"):
        yield f"{how_precise(report['precision'], report['runs'])}\n"
    teams = [team for _, team in ranked(report["teams"])]
    yield teams_table(teams)
    if found.since is not None:
        yield from _moved(found.since)
    yield rows_table(teams)
    yield tiles_table(teams)


def _moved(since: Moved) -> Iterator[str | Table]:
    from bingosim.cli.result import plain_table
    from bingosim.words import short

    if since.event_changed:
        yield "The event file is not what it was then: not all of this is the teams' doing."
    table = plain_table(f"Since {since.now}", ">Wins, points of 100", ">Points")
    for team in since.teams:
        table.add_row(short(team.name), _change(team.win, 100, 1), _change(team.points, 1, 1))
    yield table


def _change(found: Change, scale: int, decimals: int) -> str:
    value = f"{scale * found.value:+.{decimals}f}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({scale * found.low:+.{decimals}f} to {scale * found.high:+.{decimals}f})"
