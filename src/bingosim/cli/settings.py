"""`bingosim settings`: what the environment decides."""

from __future__ import annotations

from typing import Annotated

import typer


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List all settings, their values, and where these come from.

    A setting is an environment variable, or a line of the file .env in the working directory.
    Passwords are not shown.

    For example:

        bingosim settings

        bingosim settings --json
    """
    import json

    from bingosim.settings import list_settings

    found = list_settings()
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"# {one.meaning} From: {one.origin}.\n{one.name}={one.value}\n")
