"""`bingosim settings`: what the environment decides."""

from __future__ import annotations

from typing import Annotated

import typer


def settings(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """List all settings with their values and where these come from; secrets are not shown.

    A setting is an environment variable, or a line of the file .env in the working directory.

    For example:

        bingosim settings

        BINGOSIM_LEASE_SECONDS=30 bingosim settings
    """
    import json

    from bingosim.settings import list_settings

    found = list_settings()
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], indent=2, ensure_ascii=False))
        return
    for one in found:
        typer.echo(f"# {one.meaning} From: {one.origin}.\n{one.name}={one.value}\n")
