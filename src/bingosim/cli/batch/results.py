"""`bingosim batch export` and `rerun`: all runs in files, one run as a story."""

from __future__ import annotations

from typing import Annotated

import typer

from bingosim.cli import options
from bingosim.cli.batch import arguments
from bingosim.cli.batch.arguments import named_batch, split_run
from bingosim.cli.files import Files
from bingosim.cli.local import say
from bingosim.errors import InputError, OtherEngineError


def export(
    batch: arguments.Batch,
    csv: options.Csv = None,
    parquet: options.Parquet = None,
    json_lines: options.JsonLines = None,
    json: options.Json = None,
    report: options.Report = None,
    plot: options.Plot = None,
    markdown: options.Markdown = None,
    timelines: options.WhichTimelines = None,
    quiet: options.Quiet = False,
) -> None:
    """Write a batch's runs as tables, its result as a report.

    For example:

        bingosim batch export latest --parquet runs

        bingosim batch export latest --csv runs --timelines none --json result.json

        bingosim batch export latest --report out.html --plot out.png --markdown out.md
    """
    from bingosim.batch.outcome import read_outcome
    from bingosim.batch.stored import export_batch

    places = options.places_of(csv, parquet, json_lines)
    which = options.check_timelines(timelines)
    files = Files(json, report, plot, markdown)
    if not places and not files.places:
        raise InputError(
            "say what to write: --csv, --parquet, --json-lines, --json, --report, --plot or "
            "--markdown"
        )
    files.check()
    with named_batch(batch) as named:
        for kind, place in places:
            runs = export_batch(named.database, named.batch, place, kind, which)
            say(f"{runs:,} runs are in {place}", quiet=quiet)
        if files.places:
            simulation = read_outcome(named.database, named.batch)
            files.write(simulation, simulation.to_dict())


def rerun(
    run: arguments.Run,
    team: Annotated[str | None, typer.Option(help="Tell of one team only.", metavar="NAME")] = None,
    grants: Annotated[bool, typer.Option("--grants", help="Tell every grant.")] = False,
    attempts: Annotated[
        bool, typer.Option("--attempts", help="Tell who did what from when to when.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Replay one run from its seed, and tell what happened when.

    For example:

        bingosim batch rerun latest:17

        bingosim batch rerun latest:0 --team Alpha --grants
    """
    import json

    from bingosim.cli.timeline import print_timeline
    from bingosim.engines import engine_version
    from bingosim.replay import replay
    from bingosim.storage.batches import read_batch, read_snapshot

    batch, index = split_run(run)
    with named_batch(batch) as named:
        found = read_batch(named.database, named.batch)
        if index >= found.runs:
            raise InputError(f"batch {found.id} has runs 0 to {found.runs - 1:,}, and no {index:,}")
        here = engine_version(found.engine)
        if found.engine_version != here:
            raise OtherEngineError(found.id, found.engine_version, [here])
        snapshot = read_snapshot(named.database, found.snapshot_sha256)
    told = replay(snapshot, found.seed, index, found.engine)
    if as_json:
        typer.echo(json.dumps(told.to_dict(), indent=2, ensure_ascii=False))
    else:
        print_timeline(told, team=team, grants=grants, attempts=attempts)
