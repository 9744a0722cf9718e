from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import structlog
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bingosim.batch import submit as submitting
from bingosim.batch.observe import Unobserved
from bingosim.batch.play import ALONE
from bingosim.batch.rescue import Rescuer, process_name
from bingosim.cli import app
from bingosim.errors import DatabaseError
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import Worker, claim_batch, extend_lease, list_leases
from bingosim.storage.ids import Ids, new_id
from bingosim.storage.tables import workers
from bingosim.storage.workers import (
    Process,
    announce,
    count_connections,
    count_crew,
    list_workers,
    withdraw,
)
from bingosim.telemetry.observer import Telemetry
from bingosim.worker import keeping
from bingosim.worker.handler import Handler
from bingosim.worker.keeping import Keeper
from bingosim.worker.rounds import Rounds
from tests.batch.test_execute import ARITHMETIC, CODEC, SNAPSHOT
from tests.storage import samples
from tests.worker.test_handler import no_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.storage.database import Database

PROCESS = Process("there:7:1", "there", 7, ("jump 1", "reference 2"), threads=2, connections=11)


@contextmanager
def logged() -> Iterator[list[Any]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        yield lines


def make_keeper(database: Database, process: Process = PROCESS) -> Keeper:
    handler = Handler.make(
        database,
        CODEC,
        Worker(process.name, samples.WORKER.engines),
        pace=ALONE,
        max_attempts=5,
        observer=Unobserved(),
        stopping=threading.Event(),
    )
    rescuer = Rescuer(database, ARITHMETIC)
    return Keeper(handler, rescuer, process, Telemetry(span=no_span), prefetch=1, end=pytest.fail)


# -- who is alive --------------------------------------------------------------------------------


def test_a_worker_is_seen_with_what_it_holds_until_it_withdraws(database: Database) -> None:
    announce(database, PROCESS)
    announce(database, PROCESS)
    batch = samples.new_batch(database)
    held = samples.claim(database, batch, range(5), Worker(PROCESS.name, samples.WORKER.engines))
    assert held is not None
    extend_lease(database, held, played=3)
    (seen,) = list_workers(database)
    assert seen.process == PROCESS
    assert seen.alive
    (claim,) = seen.claims
    assert (claim.batch, claim.runs, claim.played) == (batch, 5, 3)
    assert 50_000 < claim.lease_left_ms <= 60_000
    withdraw(database, PROCESS.name)
    (left,) = list_workers(database)
    assert (left.process, left.name) == (None, PROCESS.name)


def test_connections_of_all_living_workers_are_counted(database: Database, kind: str) -> None:
    announce(database, PROCESS)
    announce(database, Process("elsewhere:8:1", "elsewhere", 8, (), 1, 20))
    wanted, most = count_connections(database)
    assert wanted == 31
    assert (most is None) == (kind == "sqlite")


def test_the_command_shows_workers_and_claims(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url)
    assert "no worker" in CliRunner().invoke(app, ["workers"]).output
    announce(database, PROCESS)
    batch = samples.new_batch(database)
    samples.must_claim(database, batch, range(5))
    output = CliRunner().invoke(app, ["workers"]).output
    assert "there:7:1\n  alive" in output
    assert "jump 1, reference 2" in output
    assert f"batch {batch}: 5 runs, 0 played" in output


def test_a_worker_needs_a_broker_and_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BINGOSIM_BROKER_URL", raising=False)
    missing = CliRunner().invoke(app, ["worker"]).exception
    assert "BINGOSIM_BROKER_URL" in str(missing)
    monkeypatch.setenv("BINGOSIM_BROKER_URL", "amqp://guest:guest@127.0.0.1:1/")
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", "sqlite:///nowhere.db")
    assert "PostgreSQL" in str(CliRunner().invoke(app, ["worker"]).exception)


# -- what it does beside -------------------------------------------------------------------------


def test_a_keeper_takes_claims_from_the_dead_and_tells(database: Database) -> None:
    keeper = make_keeper(database)
    batch = samples.new_batch(database)
    dead = Worker(process_name() + "1", samples.WORKER.engines)
    assert claim_batch(database, Ids.of_runs(batch, range(5)), dead, new_id()) is not None
    with logged() as lines:
        keeper.rescue()
    assert list_leases(database) == []
    assert [line["claims"] for line in lines] == [1]
    expired = keeper.telemetry.metrics.registry.get_sample_value("bingosim_expired_leases_total")
    assert expired == 1


def test_too_many_connections_are_said_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = make_keeper(database)
    monkeypatch.setattr(keeping, "count_connections", lambda _: (200, 97))
    with logged() as lines:
        keeper.announce()
        keeper.announce()
    assert [line["event"] for line in lines] == ["too many connections"]


def test_messages_that_take_long_are_said_once(database: Database) -> None:
    keeper = make_keeper(database)
    keeper.handler.message_seconds = 200.0
    with logged() as lines:
        keeper.report()
        keeper.handler.message_seconds = 300.0
        keeper.report()
        keeper.report()
    assert [line["message_s"] for line in lines] == [300.0]


def test_at_work_it_announces_and_in_the_end_withdraws(database: Database) -> None:
    keeper = make_keeper(database)
    begun = threading.Event()
    with keeper.at_work():
        for _ in range(100):
            if list_workers(database):
                begun.set()
                break
            begun.wait(0.05)
    assert begun.is_set()
    assert list_workers(database) == []


def test_rounds_go_on_after_failures_and_an_outage_is_said_once() -> None:
    went = threading.Event()
    problems: list[Exception] = [DatabaseError("away"), DatabaseError("away"), ValueError("odd")]

    def sometimes() -> None:
        if problems:
            raise problems.pop(0)
        went.set()

    with logged() as lines, Rounds("test", sometimes, 0.001, jitter=0.5):
        assert went.wait(30)
    events = [line["event"] for line in lines]
    assert events[:2] == ["database is away", "unexpected failure"]


def test_threads_are_those_of_workers_that_are_alive(database: Database) -> None:
    assert count_crew(database) == (0, 0)
    announce(database, PROCESS)
    announce(database, replace(PROCESS, name="here:8:1", threads=3))
    assert count_crew(database) == (2, 5)
    with database.write() as connection:
        connection.execute(
            sa.update(workers).where(workers.c.name == PROCESS.name).values(seen_at=0)
        )
    assert count_crew(database) == (1, 3)


def test_auto_shares_a_batch_out_among_the_threads_of_workers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitting, "time_a_run", lambda _play: None)

    def size() -> int:
        batch = submitting.submit(database, SNAPSHOT, 4_000, engine="reference", distributed=True)
        return read_batch(database, batch).message_size

    alone = size()
    announce(database, replace(PROCESS, threads=8))
    assert (alone, size()) == (400, 50)


def test_a_worker_ends_when_the_tables_become_those_of_another_release(database: Database) -> None:
    keeper = make_keeper(database)
    keeper.announce()
    reasons: list[str] = []
    keeper.end = reasons.append
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    keeper.announce()
    (reason,) = reasons
    assert "has the tables of revision 9999, and this release needs" in reason
