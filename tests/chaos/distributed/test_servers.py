"""Servers that are started anew, cannot be reached, or have no connection left, under load."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from bingosim.storage.claims import list_leases
from bingosim.storage.states import BatchStatus
from tests.chaos.distributed.proxies import Proxy
from tests.chaos.distributed.trial import RUNS
from tests.chaos.distributed.workers import wait_for

if TYPE_CHECKING:
    from tests import postgres, rabbitmq
    from tests.chaos.distributed.conftest import Case
    from tests.chaos.distributed.trial import Servers, Trial

LOAD = {"worker_simulation_delay_ms": 25}
"""Milliseconds: the batch takes two workers 1.5 s at least."""
ROLE = "bingosim_crowd"


@pytest.fixture
def broker(servers: Servers) -> rabbitmq.Node:
    """The broker, to be stopped and started."""
    if servers.rabbit.node is None:
        pytest.skip("the broker was given, and is not ours to stop")
    return servers.rabbit.node


@pytest.fixture
def store(servers: Servers) -> postgres.Node:
    """PostgreSQL, to be stopped and started."""
    if servers.postgres.node is None:
        pytest.skip("PostgreSQL was given, and is not ours to stop")
    return servers.postgres.node


def begin_under_load(trial: Trial) -> None:
    """Have two workers be in the midst of the batch."""
    trial.submit()
    for _ in range(2):
        trial.worker(settings=LOAD)
    trial.wait_for_runs(trial.luck.randrange(10, RUNS // 2))


def test_broker_started_anew_under_load(often: Case, broker: rabbitmq.Node) -> None:
    """Also killed, having written down what queues there are: see `Node.kill`."""

    def once(trial: Trial) -> str:
        begin_under_load(trial)
        broker.stop()
        broker.start()
        killed = trial.number % 2 == 1
        if killed:
            broker.kill()
            broker.start()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        return "complete after a kill" if killed else "complete"

    often.repeat(once)


def test_queues_lost_under_load(often: Case, broker: rabbitmq.Node) -> None:
    """With the broker's disk, or deleted: they come back, and what was in them is sent again."""

    def once(trial: Trial) -> str:
        begin_under_load(trial)
        disk = trial.number % 2 == 1
        if disk:
            broker.kill()
            broker.forget()
            broker.start()
        else:
            trial.queues.delete()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        return f"complete; {'lost with the disk' if disk else 'deleted'}"

    often.repeat(once)


def test_database_started_anew_under_load(case: Case, store: postgres.Node) -> None:
    """Also by a crash, which costs it the last commits: it does not wait for the disk here."""

    def once(trial: Trial) -> str:
        begin_under_load(trial)
        crash = trial.number % 2 == 1
        store.stop(signal.SIGQUIT if crash else signal.SIGINT)
        store.start()
        trial.database.close()
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        return "complete after a crash" if crash else "complete"

    case.repeat(once)


def test_worker_cut_off_from_the_database(case: Case, store: postgres.Node) -> None:
    """Nothing comes through and nobody is told; another worker goes on, or nobody does."""

    def once(trial: Trial) -> str:
        alone, reset = trial.luck.random() < 0.3, trial.luck.random() < 0.5
        with closing(Proxy(store.socket)) as proxy:
            trial.submit()
            cut_off = trial.worker(
                settings=LOAD, url=f"postgresql://bingosim@127.0.0.1:{proxy.port}/{trial.name}"
            )
            wait_for("a claim", lambda: list_leases(trial.database))
            proxy.cut()
            if alone:
                wait_for("expired claims", lambda: any_expired(trial))
            else:
                trial.worker()
                trial.wait_for_runs(trial.luck.choice([RUNS // 2, RUNS]))
            proxy.restore(reset=reset)
            assert trial.wait_until_ended() == BatchStatus.COMPLETED
            trial.end_workers()
            assert cut_off.status == 0
        trial.check_complete()
        return f"complete; {'alone, ' if alone else ''}{'reset' if reset else 'late'}"

    case.repeat(once)


def any_expired(trial: Trial) -> bool:
    """Return whether a lease is over."""
    return any(lease.expired for lease in list_leases(trial.database))


def test_worker_cut_off_from_the_broker(often: Case, broker: rabbitmq.Node) -> None:
    """What it executes it commits; what it was handed comes back with its connection's end."""

    def once(trial: Trial) -> str:
        alone, reset = trial.luck.random() < 0.3, trial.luck.random() < 0.5
        with closing(Proxy(broker.port)) as proxy:
            trial.submit()
            prefix = trial.broker_url.partition("?")[2]
            through = f"amqp://guest:guest@127.0.0.1:{proxy.port}/?{prefix}"
            trial.worker(settings=LOAD, broker_url=through)
            wait_for("a claim", lambda: list_leases(trial.database))
            proxy.cut()
            if alone:
                wait_for("no claim", lambda: not list_leases(trial.database))
            else:
                trial.worker()
                trial.wait_for_runs(RUNS // 2)
            proxy.restore(reset=reset)
            assert trial.wait_until_ended() == BatchStatus.COMPLETED
            trial.end_workers()
        trial.check_complete()
        return f"complete; {'alone, ' if alone else ''}{'reset' if reset else 'late'}"

    often.repeat(once)


def test_no_connection_left(often: Case) -> None:
    """Neither in the worker's pool nor, for some time, at the server."""

    def once(trial: Trial) -> str:
        crowd = {"worker_threads": 6, "worker_max_concurrent": 6, "db_pool_size": 1, **LOAD}
        trial.submit(RUNS, 5)
        if trial.number % 2:
            workers = [trial.worker(settings=crowd, pool_seconds=0.001) for _ in range(2)]
        else:
            allow_connections(trial, 3)
            url = trial.url.replace("bingosim@", f"{ROLE}@", 1)
            workers = [trial.worker(settings=crowd, url=url) for _ in range(2)]
        away = ("database is away", "waiting for the database")
        wait_for("a shortage", lambda: any(w.lines(a) for w in workers for a in away))
        if not trial.number % 2:
            trial.wait_for_runs(trial.luck.randrange(RUNS // 2))
            allow_connections(trial, -1)
        assert trial.wait_until_ended() == BatchStatus.COMPLETED
        trial.end_workers()
        trial.check_complete()
        return "complete; pool" if trial.number % 2 else "complete; server"

    often.repeat(once)


def allow_connections(trial: Trial, most: int) -> None:
    """Let a role that is no superuser have so many connections; -1 is no limit."""
    with psycopg.connect(trial.url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if found.fetchone() is None:
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
        for command in (
            f"ALTER DATABASE {trial.name} CONNECTION LIMIT {most}",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}",
        ):
            connection.execute(command.encode())
