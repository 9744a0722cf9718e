"""Workers as processes, on a real PostgreSQL and a real RabbitMQ."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import aio_pika
import pytest
import sqlalchemy as sa

from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.messaging.broker import open_channel, read_depth
from bingosim.messaging.contract import VERSION, ExecuteSimulationRunBatch, encode
from bingosim.payloads.aggregates import merge_aggregates
from bingosim.storage.aggregates import read_aggregate
from bingosim.storage.batches import read_batch, read_progress
from bingosim.storage.claims import list_leases
from bingosim.storage.creating import create_batch
from bingosim.storage.ids import Ids, new_id
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, resume_batch
from bingosim.storage.tables import result_chunks
from bingosim.storage.workers import list_workers
from tests.batch.test_execute import SNAPSHOT
from tests.worker.processes import PATIENCE_SECONDS, wait_for

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.storage.database import Database
    from tests.worker.processes import Cluster

RUNS = 200
ENDED = (BatchStatus.COMPLETED, BatchStatus.ERROR, BatchStatus.CANCELLED)


def start(database: Database, *, size: int = 20, distributed: bool = True) -> UUID:
    return submit(
        database,
        SNAPSHOT,
        RUNS,
        "tuesday",
        engine="reference",
        message_size=size,
        distributed=distributed,
    )


def digest(database: Database, batch: UUID) -> tuple[int, str]:
    runs, payload = read_aggregate(database, batch, merge_aggregates)
    return runs, hashlib.sha256(payload or b"").hexdigest()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """What the embedded database keeps of the same batch, executed by one thread."""
    from bingosim.storage.migrate import open_database

    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('local') / 'bingosim.db'}")
    batch = start(database, distributed=False)
    execute_batch(database, batch, threads=1, stop=lambda: False)
    found = digest(database, batch)
    database.close()
    return found


def chunk_runs(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.sum(result_chunks.c.runs))) or 0


def deliver(cluster: Cluster, *bodies: bytes) -> None:
    """Put messages into the queue, whatever they are."""

    async def publish() -> None:
        async with open_channel(cluster.broker) as channel:
            for body in bodies:
                await channel.default_exchange.publish(
                    aio_pika.Message(body), cluster.broker.runs.name
                )

    asyncio.run(publish())


def dead_letters(cluster: Cluster) -> int:
    async def count() -> int:
        async with open_channel(cluster.broker) as channel:
            return (await read_depth(channel, cluster.broker.dead_letters)).messages

    return asyncio.run(count())


def message(batch: UUID, indices: range) -> bytes:
    return encode(
        ExecuteSimulationRunBatch(
            schema_version=VERSION,
            message_id=new_id(),
            batch_id=batch,
            simulation_run_ids=Ids.of_runs(batch, indices),
        )
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_get_what_one_thread_gets(
    cluster: Cluster, expected: tuple[int, str], workers: int
) -> None:
    batch = start(cluster.database)
    with ExitStack() as stack:
        running = [stack.enter_context(cluster.worker(worker_threads=2)) for _ in range(workers)]
        cluster.wait_until(batch, *ENDED)
        wait_for("all workers", lambda: len(list_workers(cluster.database)) == workers)
        assert all(worker.alive for worker in list_workers(cluster.database))
        assert [worker.end() for worker in running] == [0] * workers
    assert read_batch(cluster.database, batch).status is BatchStatus.COMPLETED
    assert digest(cluster.database, batch) == expected
    assert list_workers(cluster.database) == []
    lines = [line for worker in running for line in worker.lines("throughput")]
    assert sum(line["runs"] for line in lines) == RUNS
    assert sum(line["runs_claimed"] for line in lines) == RUNS
    assert sum(line["claim_count"] for line in lines) == RUNS // 20


def test_a_message_delivered_twice_and_one_that_nobody_can_read(
    cluster: Cluster, expected: tuple[int, str]
) -> None:
    batch = start(cluster.database)
    twice = [message(batch, range(at, at + 20)) for at in range(0, RUNS, 20)]
    later = message(batch, range(10)).replace(b'"schema_version":1', b'"schema_version":2')
    deliver(cluster, b"no JSON", *twice[:5], b"\xff\xfe", b"{}", later, *twice, b"[]")
    with cluster.worker(worker_max_concurrent=2) as worker:
        cluster.wait_until(batch, *ENDED)
        wait_for("5 dead letters", lambda: dead_letters(cluster) == 5)
        assert worker.end() == 0
    assert digest(cluster.database, batch) == expected
    assert chunk_runs(cluster.database) == RUNS
    assert len(worker.lines("dead letter")) == 5


def test_a_worker_that_is_told_to_end_hands_back_and_another_goes_on(
    cluster: Cluster, expected: tuple[int, str]
) -> None:
    batch = start(cluster.database, size=RUNS)
    with cluster.worker(worker_simulation_delay_ms=20) as worker:
        wait_for("runs in flight", lambda: read_progress(cluster.database, batch).in_flight > 0)
        begun = time.monotonic()
        assert worker.end() == 0
        assert time.monotonic() - begun < 20  # on a busy machine
    kept, _ = digest(cluster.database, batch)
    assert 0 < kept < RUNS
    assert list_leases(cluster.database) == []
    with cluster.worker():
        cluster.wait_until(batch, *ENDED)
    assert digest(cluster.database, batch) == expected
    assert chunk_runs(cluster.database) == RUNS


def test_a_second_signal_ends_at_once(cluster: Cluster) -> None:
    with cluster.worker() as worker:
        worker.process.send_signal(signal.SIGSTOP)
        worker.process.send_signal(signal.SIGTERM)
        worker.process.send_signal(signal.SIGCONT)
        worker.wait_for_line("ending")
        assert worker.end(signal.SIGINT) in (0, -signal.SIGINT)  # it may have been quick


def test_a_killed_worker_loses_nothing(cluster: Cluster, expected: tuple[int, str]) -> None:
    batch = start(cluster.database, size=100)
    with cluster.worker(worker_simulation_delay_ms=20) as worker:
        wait_for("runs in flight", lambda: read_progress(cluster.database, batch).in_flight > 0)
        worker.end(signal.SIGKILL)
    assert len(list_leases(cluster.database)) == 1
    with cluster.worker():
        cluster.wait_until(batch, *ENDED)
    assert digest(cluster.database, batch) == expected
    assert chunk_runs(cluster.database) == RUNS


def test_a_pause_is_heard_inside_a_message_and_resumed(
    cluster: Cluster, expected: tuple[int, str]
) -> None:
    batch = start(cluster.database, size=RUNS)
    with cluster.worker(worker_simulation_delay_ms=10):
        wait_for("runs in flight", lambda: read_progress(cluster.database, batch).in_flight > 0)
        pause_batch(cluster.database, batch)
        wait_for("no claim", lambda: not list_leases(cluster.database), seconds=30)
        kept, _ = digest(cluster.database, batch)
        assert 0 < kept < RUNS
        resume_batch(cluster.database, batch)
        cluster.wait_until(batch, *ENDED)
    assert digest(cluster.database, batch) == expected


def test_a_batch_of_another_engine_is_left_alone_and_others_go_on(cluster: Cluster) -> None:
    foreign = create_batch(
        cluster.database,
        SNAPSHOT,
        seed="tuesday",
        engine="attempt",
        engine_version="attempt 0123456789abcdef",
        runs=10,
        message_size=10,
        distributed=True,
    )
    batch = start(cluster.database)
    with cluster.worker() as worker:
        cluster.wait_until(batch, *ENDED)
        worker.wait_for_line("left to others")
        assert worker.end() == 0
    assert read_batch(cluster.database, foreign).status is BatchStatus.RUNNING
    assert read_progress(cluster.database, foreign).completed == 0
    assert dead_letters(cluster) == 0


@pytest.mark.parametrize("killed", [False, True])
def test_broker_and_database_may_go_away_and_come_back(
    cluster: Cluster, expected: tuple[int, str], *, killed: bool
) -> None:
    node = cluster.server.node
    if node is None:
        pytest.skip("the server was given, and is not ours to stop")
    batch = start(cluster.database)
    with cluster.worker(worker_simulation_delay_ms=60) as worker:
        cluster.wait_for_runs(batch, 40)
        if killed:
            # RabbitMQ 3.10 writes down that a quorum queue is there some 5 s after it was made.
            time.sleep(6)
            node.kill()
        else:
            node.stop()
        node.start()
        so_far = read_progress(cluster.database, batch).completed
        cluster.wait_for_runs(batch, min(so_far + 40, RUNS))
        end_connections(cluster)
        cluster.wait_until(batch, *ENDED)
        assert worker.end() == 0
    assert digest(cluster.database, batch) == expected
    assert chunk_runs(cluster.database) == RUNS


def end_connections(cluster: Cluster) -> None:
    """Have the database end all connections, as when it is started anew."""
    with cluster.database.single() as connection:
        connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def test_metrics_are_served_and_the_start_says_what_is_used(cluster: Cluster) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    batch = start(cluster.database)
    with cluster.worker(metrics_port=port, db_pool_size=60) as worker:
        cluster.wait_until(batch, *ENDED)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        said = worker.wait_for_line("worker started")
        assert worker.wait_for_line("too many connections")["wanted"] == 121
        assert worker.end() == 0
    assert f"bingosim_runs_completed_total {RUNS:.1f}" in text
    assert f"bingosim_claims_total {RUNS / 20}" in text
    assert said["threads"] == 1
    assert "guest:guest" not in str(worker.lines())


def test_a_worker_ends_with_an_error_when_the_tables_are_changed(cluster: Cluster) -> None:
    with cluster.worker() as worker:
        wait_for("a worker", lambda: list_workers(cluster.database))
        with cluster.database.write() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        assert worker.process.wait(PATIENCE_SECONDS) == 1
    assert "revision 9999" in worker.lines("ending")[0]["reason"]
    assert worker.lines("ended")
    assert list_workers(cluster.database) == []


def test_a_worker_that_is_ended_while_it_waits_for_the_database_says_so(cluster: Cluster) -> None:
    nowhere = replace(cluster, database_url="postgresql://127.0.0.1:1/bingosim")
    with nowhere.worker(until="waiting for the database") as worker:
        assert worker.end() == 0
    assert len(worker.lines("waiting for the database")) == 1
    assert worker.lines("ended")
