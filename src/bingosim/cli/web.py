"""`bingosim web`: pages and a REST API."""

from __future__ import annotations

from typing import Annotated

import typer


def web(
    host: Annotated[
        str | None,
        typer.Option(
            help="Address to listen on, 127.0.0.1 by default; others ask for a password.",
            metavar="ADDRESS",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port, 8080 by default; 0 is any.", metavar="N", min=0, max=65_535),
    ] = None,
) -> None:
    """Serve pages and a REST API, in which to forecast and to look.

    While it runs it executes batches that nobody else does, also those of `bingosim batch start
    --detach` and those that a killed process left. Ctrl-C ends it: finished runs are kept, and it
    goes on when it is started again. With a broker in the settings, batches for workers are started
    and published too.

    For example:

        bingosim web

        bingosim web --port 9000

        BINGOSIM_PASSWORD=... bingosim web --host 0.0.0.0
    """
    from bingosim.cli.store import named_database
    from bingosim.web.serving import serve

    with named_database() as (database, settings):
        chosen = {"host": host, "port": port}
        update = {name: value for name, value in chosen.items() if value is not None}
        serve(
            settings.model_copy(update=update),
            database,
            lambda address: typer.echo(f"BingoSim is at {address} (Ctrl-C ends it)"),
        )
