"""`bingosim worker` and `bingosim workers`: executing batches of a broker, and who does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bingosim.storage.workers import SeenWorker


def worker() -> None:
    """Execute batches that were started for workers.

    BINGOSIM_DATABASE_URL names the PostgreSQL database and BINGOSIM_BROKER_URL the RabbitMQ broker.
    Any number of workers on any number of hosts share the work. Ended in order, a worker keeps the
    runs that are finished and hands back the others.

    For example:

        bingosim worker

        BINGOSIM_WORKER_THREADS=4 BINGOSIM_METRICS_PORT=9100 bingosim worker
    """
    from bingosim.settings import read_settings
    from bingosim.worker.process import run_worker

    run_worker(read_settings())


def workers() -> None:
    """Show which workers are alive and what each of them holds.

    For example:

        bingosim workers
    """
    from bingosim.settings import read_settings
    from bingosim.storage.migrate import open_database
    from bingosim.storage.workers import list_workers

    settings = read_settings()
    database = open_database(settings.database_url.get_secret_value(), settings.db_pool_size)
    try:
        found = list_workers(database)
    finally:
        database.close()
    if not found:
        typer.echo("no worker was seen lately")
    for seen in found:
        _print_worker(seen)


def _print_worker(seen: SeenWorker) -> None:
    typer.echo(seen.name)
    if seen.process is None:
        typer.echo("  a process that is no worker, such as bingosim run")
    else:
        state = "alive" if seen.alive else "silent"
        last, up = seen.seen_ms // 1000, seen.up_ms // 1000
        typer.echo(
            f"  {state}, seen {last} s ago, started {up + last} s ago, "
            f"{seen.process.threads} threads, {seen.process.connections} connections at most"
        )
        typer.echo(f"  engines: {', '.join(seen.process.engines)}")
    for claim in seen.claims:
        typer.echo(
            f"  batch {claim.batch}: {claim.runs:,} runs, {claim.played:,} played, "
            f"lease ends in {claim.lease_left_ms // 1000} s"
        )
