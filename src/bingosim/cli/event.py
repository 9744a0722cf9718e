"""`bingosim validate`, `init` and `schema`: event files before anything is simulated.

Commands import what they need when they run, so that `bingosim --help` stays quick.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bingosim.errors import EventFileError, ExecutionError, InputError, UnknownKeyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bingosim.errors import Finding
    from bingosim.event.model import Event

STDOUT = "-"


def validate(
    paths: Annotated[list[str], typer.Argument(help="Event files (YAML or JSON).", metavar="FILE")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    estimates: Annotated[
        bool,
        typer.Option(
            "--estimates",
            help="Add the expected hours of work in every tile (EH), computed, not simulated.",
        ),
    ] = False,
    team: Annotated[
        str,
        typer.Option(
            help="Estimates of one team, with its best players at every tile.", metavar="NAME"
        ),
    ] = "",
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Print errors and warnings only, and what else is asked for."
        ),
    ] = False,
) -> None:
    """Check event files, and show what would be simulated.

    Every error of every file is shown, with its line. The exit code is 2 if there is any.

    For example:

        bingosim validate event.yaml

        bingosim validate examples/*.yaml --quiet

        bingosim validate event.yaml --estimates --team Alpha
    """
    from bingosim.event.file import read_event_file
    from bingosim.event.summary import describe_event, summary_lines

    results: list[dict[str, Any]] = []
    for path in paths:
        event: Event | None
        findings: Sequence[Finding]
        try:
            event, findings = read_event_file(path)
        except EventFileError as error:
            event, findings = None, error.findings
        summary = None if event is None else describe_event(event)
        results.append(_result(path, summary, findings))
        if not as_json:
            for finding in findings:
                typer.echo(str(finding), err=True)
            if summary is not None and not quiet:
                typer.echo("\n".join((f"{path} can be simulated.", *summary_lines(summary), "")))
        if event is not None and (estimates or team):
            results[-1]["estimates"] = _estimates(event, team, shown=not as_json)
    if as_json:
        typer.echo(json.dumps({"files": results}, indent=2, ensure_ascii=False).encode())
    broken = [result["file"] for result in results if not result["ok"]]
    if broken:
        raise InputError(f"cannot be simulated: {', '.join(broken)}")


def _estimates(event: Event, team: str, *, shown: bool) -> dict[str, Any]:
    """Return an event's estimates as plain objects, having shown them as tables if wanted."""
    from bingosim.cli.estimates import of_team, print_estimates
    from bingosim.estimates import estimate

    found = of_team(estimate(event), team)
    if shown:
        print_estimates(found, with_players=bool(team))
    return found.to_dict()


def _result(
    path: str, summary: dict[str, Any] | None, findings: Sequence[Finding]
) -> dict[str, Any]:
    listed = [
        {"severity": f.severity, "line": f.line or None, "path": f.path, "message": f.message}
        for f in findings
    ]
    return {"file": path, "ok": summary is not None, "findings": listed, "event": summary}


def init(
    path: Annotated[
        str, typer.Argument(help="Where to write it; - is stdout.", metavar="PATH")
    ] = "event.yaml",
) -> None:
    """Write a commented example event file to start from.

    A file that is there already is left alone.

    For example:

        bingosim init

        bingosim init winter.yaml
    """
    content = files("bingosim.cli").joinpath("starter.yaml").read_text("utf-8")
    if path == STDOUT:
        typer.echo(content, nl=False)
        return
    try:
        with Path(path).open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    except FileExistsError:
        raise InputError(f"{path} is there already: choose another name") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ExecutionError(f"cannot write {path}: {reason}") from None
    typer.echo(f"Wrote {path}. Next: bingosim validate {path}, then bingosim run {path}")


def schema(
    name: Annotated[
        str, typer.Argument(help="Of what: event, state, message, asyncapi.", metavar="NAME")
    ] = "event",
) -> None:
    """Print a JSON Schema, for editors that complete and check.

    `message` is what workers are sent, `asyncapi` the AsyncAPI document of it and its queues.

    For example:

        bingosim schema event > event.schema.json

        bingosim schema message

    and as the first line of the event file:

        # yaml-language-server: $schema=event.schema.json
    """
    from bingosim.event.schema import event_schema, state_schema

    def of_message() -> dict[str, Any]:
        from bingosim.messaging.asyncapi import message_schema

        return message_schema()

    def of_queues() -> dict[str, Any]:
        from bingosim.messaging.asyncapi import asyncapi

        return asyncapi()

    makers = {
        "event": event_schema,
        "state": state_schema,
        "message": of_message,
        "asyncapi": of_queues,
    }
    if name not in makers:
        raise UnknownKeyError("schema", name, makers)
    typer.echo(json.dumps(makers[name](), indent=2, ensure_ascii=False))
