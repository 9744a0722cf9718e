from __future__ import annotations

import asyncio
import logging
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from aio_pika import DeliveryMode

from bingosim.messaging import publisher as module
from bingosim.messaging.broker import open_channel
from bingosim.messaging.publisher import Publisher
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.database import open_url
from bingosim.storage.outbox import Outbox, read_outbox
from bingosim.storage.steering import pause_batch, resume_batch
from bingosim.storage.tables import run_messages
from tests.messaging.publishing import depth, publishing, read, receive, runs, until
from tests.storage.samples import merge, must_claim, new_batch

if TYPE_CHECKING:
    from bingosim.messaging.broker import Broker
    from bingosim.storage.database import Database
    from tests.rabbitmq import Node


def all_published(database: Database) -> bool:
    with database.read() as connection:
        unsettled = sa.select(run_messages.c.id).where(
            run_messages.c.published_at.is_(None) | run_messages.c.publishing_until.is_not(None)
        )
        return connection.execute(unsettled).first() is None


def url_of(database: Database) -> str:
    url = database.engine.url.set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


def test_every_message_arrives_once_and_is_persistent(database: Database, broker: Broker) -> None:
    batch = new_batch(database, runs=1003, message_size=2, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker, window=100) as publisher:
            await until(lambda: all_published(database))
            await until(lambda: publisher.published == 502)
        got = await receive(broker)
        assert runs(got, batch) == list(range(1003))
        assert {one.delivery_mode for one in got} == {DeliveryMode.PERSISTENT}
        assert {one.content_type for one in got} == {"application/json"}
        assert [one.message_id for one in got] == [str(one.message_id) for one in read(got)]

    asyncio.run(publish())
    with database.read() as connection:
        query = sa.select(run_messages.c.id, run_messages.c.run_ids)
        assert len(connection.execute(query).all()) == 502
    assert read_outbox(database) == Outbox(0, 502)


def test_several_publishers_share_the_work(database: Database, broker: Broker) -> None:
    batch = new_batch(database, runs=500, message_size=1, distributed=True)

    async def publish() -> None:
        async with (
            publishing(database, broker, window=10),
            publishing(database, broker, window=10),
        ):
            await until(lambda: all_published(database))
        assert runs(await receive(broker), batch) == list(range(500))

    asyncio.run(publish())


def test_a_publisher_that_is_killed_loses_nothing(database: Database, broker: Broker) -> None:
    batch = new_batch(database, runs=50, message_size=1, distributed=True)
    command = [sys.executable, "-m", "tests.messaging.killed", url_of(database)]
    died = subprocess.run([*command, f"{broker.url}?prefix={broker.prefix}"], check=False)
    assert died.returncode == -signal.SIGKILL
    assert not all_published(database)
    with database.write() as connection:
        connection.execute(
            sa.update(run_messages).values(
                publishing_until=run_messages.c.publishing_until - 3_600_000
            )
        )

    async def publish() -> None:
        async with publishing(database, broker) as publisher:
            await until(lambda: all_published(database))
            assert publisher.republished >= 10
        got = runs(await receive(broker), batch)
        assert set(got) == set(range(50))
        assert 50 < len(got) <= 70  # what it had sent and not noted is there twice

    asyncio.run(publish())


def test_only_so_many_of_a_batch_are_in_the_broker(database: Database, broker: Broker) -> None:
    batch = new_batch(database, runs=40, message_size=2, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker, max_queued=6) as publisher:
            await until(lambda: publisher.published == 6)
            await until(lambda: read_outbox(database) == Outbox(14, 6))
            assert await depth(broker) == 6
            for one in read(await receive(broker, 2)):
                must_claim(database, batch, one.simulation_run_ids.indices.tolist())
            await until(lambda: publisher.published == 8)
            assert read_outbox(database) == Outbox(12, 6)

    asyncio.run(publish())


def test_a_small_batch_does_not_wait_for_a_large_one(database: Database, broker: Broker) -> None:
    large = new_batch(database, runs=400, message_size=1, distributed=True)
    small = new_batch(database, runs=20, message_size=1, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker, window=40):
            await until(lambda: all_published(database))
        first = await receive(broker, 80)
        assert runs(first, small) == list(range(20))
        assert len(runs(first, large)) == 60

    asyncio.run(publish())


def test_paused_and_cancelled_batches_are_not_published(database: Database, broker: Broker) -> None:
    paused = new_batch(database, runs=10, distributed=True)
    pause_batch(database, paused)
    cancelled = new_batch(database, runs=10, distributed=True)
    cancel_batch(database, cancelled, merge)
    here = new_batch(database, runs=10)
    other = new_batch(database, runs=10, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker) as publisher:
            await until(lambda: publisher.published == 2)
            resume_batch(database, paused)
            await until(lambda: publisher.published == 4)
        got = await receive(broker)
        assert runs(got[:2], other) == runs(got[2:], paused) == list(range(10))
        assert runs(got, here) == []

    asyncio.run(publish())


def test_a_new_batch_is_announced(
    database: Database, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_SECONDS", 3600.0)

    async def publish() -> None:
        async with publishing(database, broker) as publisher:
            new_batch(database, runs=5, distributed=True)
            await until(lambda: publisher.published == 1)
            new_batch(database, runs=5, distributed=True)
            await until(lambda: publisher.published == 2)

    asyncio.run(publish())


def test_messages_that_the_broker_lost_are_published_again(
    database: Database, broker: Broker
) -> None:
    batch = new_batch(database, runs=20, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker, grace_seconds=1.0) as publisher:
            await until(lambda: publisher.published == 4)
            must_claim(database, batch, range(5))
            async with open_channel(broker) as channel:
                await (await channel.get_queue(broker.runs.name, ensure=False)).purge()
            await until(lambda: publisher.published >= 7)
        assert set(runs(await receive(broker), batch)) == set(range(5, 20))

    asyncio.run(publish())


def test_messages_that_wait_in_the_queue_are_not_lost(database: Database, broker: Broker) -> None:
    new_batch(database, runs=20, distributed=True)

    async def publish() -> None:
        async with publishing(database, broker, grace_seconds=0.1) as publisher:
            await until(lambda: publisher.depth == 4)
            looked = publisher._looked
            await until(lambda: publisher._looked > looked)
            assert (publisher.published, publisher.republished) == (4, 0)

    asyncio.run(publish())


def test_a_queue_that_was_deleted_comes_back(database: Database, broker: Broker) -> None:
    async def publish() -> None:
        async with publishing(database, broker) as publisher:
            new_batch(database, runs=5, distributed=True)
            await until(lambda: publisher.published == 1)
            async with open_channel(broker) as channel:
                await channel.queue_delete(broker.runs.name)
            batch = new_batch(database, runs=5, distributed=True)
            await until(lambda: publisher.published == 2)
            assert runs(await receive(broker), batch) == list(range(5))

    asyncio.run(publish())


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_broker_may_go_away_and_come_back(
    how: str,
    database: Database,
    broker: Broker,
    rabbitmq_node: Node,
    caplog: pytest.LogCaptureFixture,
) -> None:
    batch = new_batch(database, runs=2000, message_size=1, distributed=True)

    async def publish() -> None:
        if how == "kill":  # see Node.kill
            async with open_channel(broker):
                pass
            await asyncio.to_thread(rabbitmq_node.stop)
            await asyncio.to_thread(rabbitmq_node.start)
        async with publishing(database, broker, window=50, max_queued=5000) as publisher:
            await until(lambda: publisher.published >= 100)
            await asyncio.to_thread(getattr(rabbitmq_node, how))
            await until(lambda: "interrupted" in caplog.text)
            late = await asyncio.to_thread(new_batch, database, 10, distributed=True)
            await asyncio.to_thread(rabbitmq_node.start)
            await until(lambda: all_published(database))
        got = await receive(broker)
        assert set(runs(got, batch)) == set(range(2000))
        assert runs(got, late) == list(range(10))

    with caplog.at_level(logging.INFO, logger="bingosim"):
        asyncio.run(publish())
    said = [record.message for record in caplog.records if record.name.startswith("bingosim")]
    assert [line.split(":")[0] for line in said] == [
        "publishing is interrupted",
        "publishing goes on",
    ]


def test_a_database_may_go_away_and_come_back(database: Database, broker: Broker) -> None:
    batch = new_batch(database, runs=500, message_size=1, distributed=True)
    other = open_url(url_of(database))
    cut = sa.text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def publish() -> None:
        async with publishing(database, broker, window=20) as publisher:
            for wanted in (20, 100, 200):
                await until(lambda wanted=wanted: publisher.published >= wanted)  # type: ignore[misc]
                with other.single() as connection:
                    connection.execute(cut)
            await until(lambda: all_published(other))
        assert set(runs(await receive(broker), batch)) == set(range(500))

    asyncio.run(publish())
    other.close()


def test_without_a_broker_it_waits_and_can_be_stopped(
    database: Database, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = type(broker)("amqp://guest:secret@127.0.0.1:9/")

    async def publish() -> None:
        publisher = Publisher(database, nowhere)
        running = asyncio.create_task(publisher.run())
        await until(lambda: "interrupted" in caplog.text)
        publisher.stop()
        await running

    asyncio.run(publish())
    assert "amqp://guest@127.0.0.1:9/" in caplog.text
    assert "secret" not in caplog.text
