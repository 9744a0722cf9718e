"""`bingosim bench`: how fast this machine simulates, and executes batches.

Heavy parts are imported inside functions, so that `bingosim --help` is quick.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli.files import STDOUT, Files, write_to
from bingosim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.bench.engine import EngineBench
    from bingosim.bench.modes import Mode
    from bingosim.bench.pipeline_figures import PipelineBench

app = typer.Typer(
    help="Measure how fast this machine is.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def bench() -> None:
    """Measure how fast this machine is."""


@app.command()
def engine(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Event files; three examples by default, from tiny to real size.", metavar="[FILE]"
        ),
    ] = None,
    json: Annotated[
        str | None,
        typer.Option(help="Write the figures as JSON here; - is stdout.", metavar="PATH"),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Measure less, and plain Python only where it takes seconds."),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No notes; with --json no tables.")
    ] = False,
) -> None:
    """Measure every engine: speed, ratios, memory, time to start.

    Engines are measured in turn; figures are medians. Leave the machine alone meanwhile: some
    minutes, of which plain Python takes one.

    For example:

        bingosim bench engine

        bingosim bench engine event.yaml --quick --json -
    """
    from bingosim.bench.engine import QUICK, Effort, measure_engines
    from bingosim.bench.measure import described_machine
    from bingosim.cli.speed import print_speeds
    from bingosim.event.examples import NAMES, example_file

    Files(json).check()
    measured = measure_engines(
        paths or [example_file(name) for name in NAMES],
        QUICK if quick else Effort(),
        lambda what: None if quiet else typer.echo(f"measuring {what} ...", err=True),
    )
    if json is not None:
        write_json(measured, json)
    if json is None or (json != STDOUT and not quiet):
        typer.echo(described_machine())
        print_speeds(measured)


@app.command()
def pipeline(
    path: Annotated[
        Path | None,
        typer.Argument(help="Event whose results are stored; winter-bingo.", metavar="[FILE]"),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="local: threads and a temporary file. distributed: workers and the servers of "
            "BINGOSIM_DATABASE_URL and BINGOSIM_BROKER_URL, with a database and queues of its own.",
            metavar="MODE",
        ),
    ] = "local",
    json: Annotated[
        str | None,
        typer.Option(help="Write the figures as JSON here; - is stdout.", metavar="PATH"),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Measure less, and less exactly.")] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="No notes; with --json no tables.")
    ] = False,
) -> None:
    """Measure how fast batches are executed beside simulating.

    With messages of 1 to 1,000 runs and of `auto`, on one and two threads or workers, in a
    database of its own: with results like those of the event, and with empty ones. Some minutes.

    For example:

        bingosim bench pipeline

        bingosim bench pipeline --mode distributed

        bingosim bench pipeline event.yaml --quick --json -
    """
    from bingosim.bench.measure import described_machine
    from bingosim.bench.pipeline import (
        DISTRIBUTED,
        DISTRIBUTED_QUICK,
        QUICK,
        Effort,
        measure_pipeline,
    )
    from bingosim.cli.speed import print_pipeline
    from bingosim.event.examples import example_file

    Files(json).check()
    with _mode(mode) as chosen:
        some, much = (DISTRIBUTED_QUICK, DISTRIBUTED) if chosen.distributed else (QUICK, Effort())
        effort = some if quick else much
        measured = measure_pipeline(
            chosen,
            path or example_file("winter-bingo"),
            effort,
            lambda what: None if quiet else typer.echo(f"measuring {what} ...", err=True),
        )
    if json is not None:
        write_json(measured, json)
    if json is None or (json != STDOUT and not quiet):
        typer.echo(described_machine())
        print_pipeline(measured)


@contextmanager
def _mode(name: str) -> Iterator[Mode]:
    """Yield the mode of that name; for workers there are servers' places of their own meanwhile."""
    if name == "local":
        from bingosim.bench.modes import Local

        yield Local()
    elif name == "distributed":
        from bingosim.bench.distributed import Distributed, private_servers
        from bingosim.settings import read_settings

        with private_servers(read_settings()) as servers:
            yield Distributed(servers)
    else:
        raise InputError(f"there is no mode {name!r}: expected local or distributed")


def write_json(measured: EngineBench | PipelineBench, target: str) -> None:
    """Write the figures and the machine they are of."""
    from json import dumps

    from bingosim.bench.measure import machine

    text = dumps({**machine(), **measured}, indent=2, ensure_ascii=False) + "\n"
    write_to(target, text.encode())
