"""`bingosim bench`: how fast this machine simulates.

Heavy parts are imported inside functions, so that `bingosim --help` is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bingosim.cli.run import STDOUT, check_writable
from bingosim.errors import ExecutionError

if TYPE_CHECKING:
    from bingosim.bench.engine import EngineBench

app = typer.Typer(
    help="Measure how fast this machine simulates.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def bench() -> None:
    """Measure how fast this machine simulates."""


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
    """Measure every engine: runs and attempts a second, ratios, memory, time to start.

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

    check_writable(json)
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


def write_json(measured: EngineBench, target: str) -> None:
    """Write the figures and the machine they are of."""
    from json import dumps

    from bingosim.bench.measure import machine

    text = dumps({**machine(), **measured}, indent=2, ensure_ascii=False) + "\n"
    if target == STDOUT:
        typer.echo(text.encode(), nl=False)
        return
    try:
        Path(target).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ExecutionError(f"cannot write {target}: {error.strerror or error}") from None
