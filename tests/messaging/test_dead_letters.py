from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from aio_pika import Message
from typer.testing import CliRunner

from bingosim.errors import InputError
from bingosim.messaging.broker import open_channel
from bingosim.messaging.contract import ExecuteSimulationRunBatch, encode
from bingosim.messaging.dead_letters import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from bingosim.storage.ids import Ids, new_batch_id
from tests.messaging.publishing import depth, receive, runs

if TYPE_CHECKING:
    from bingosim.messaging.broker import Broker

BATCH = new_batch_id()
MESSAGE = uuid4()
READABLE = encode(
    ExecuteSimulationRunBatch(
        schema_version=1,
        message_id=MESSAGE,
        batch_id=BATCH,
        simulation_run_ids=Ids.of_runs(BATCH, [0, 1]),
    )
)
GARBAGE = b"\xff\x00 no message " + b"x" * 1000


async def reject(broker: Broker, body: bytes, message_id: UUID | None = None) -> None:
    """Send a message that its consumer rejects."""
    async with open_channel(broker) as channel:
        named = None if message_id is None else str(message_id)
        await channel.default_exchange.publish(Message(body, message_id=named), broker.runs.name)
        queue = await channel.get_queue(broker.runs.name, ensure=False)
        await (await queue.get(timeout=5)).reject(requeue=False)


async def rejected(broker: Broker) -> None:
    """Have two dead letters."""
    await reject(broker, GARBAGE, uuid4())
    await reject(broker, READABLE, MESSAGE)
    while len(await list_dead_letters(broker)) < 2:
        await asyncio.sleep(0.05)


def test_a_dead_letter_says_why_when_and_what(broker: Broker) -> None:
    async def look() -> None:
        await rejected(broker)
        garbage, readable = sorted(
            await list_dead_letters(broker), key=lambda one: one.problem is None
        )
        assert (garbage.reason, garbage.times, garbage.size) == ("rejected", 1, len(GARBAGE))
        assert garbage.problem is not None
        assert "no JSON" in garbage.problem
        assert garbage.excerpt.startswith("\\xff\x00 no message xxx")
        assert len(garbage.excerpt) < 250
        assert garbage.died_at is not None
        assert (readable.id, readable.problem) == (str(MESSAGE), None)
        assert len(await list_dead_letters(broker)) == 2  # they stay

    asyncio.run(look())


def test_dead_letters_are_replayed_by_id_or_all(broker: Broker) -> None:
    async def replay() -> None:
        await rejected(broker)
        with pytest.raises(InputError, match="no dead letter nothing"):
            await replay_dead_letters(broker, ["nothing", str(MESSAGE)])
        assert await depth(broker) == 0
        done = await replay_dead_letters(broker, [str(MESSAGE)])
        assert [one.id for one in done] == [str(MESSAGE)]
        assert runs(await receive(broker), BATCH) == [0, 1]
        assert len(await list_dead_letters(broker)) == 1
        assert len(await replay_dead_letters(broker)) == 1
        assert [one.body for one in await receive(broker)] == [GARBAGE]
        assert await replay_dead_letters(broker) == []

    asyncio.run(replay())


def test_a_letter_that_dies_again_says_so(broker: Broker) -> None:
    async def replay() -> None:
        await rejected(broker)
        await discard_dead_letters(broker, [str(MESSAGE)])
        await replay_dead_letters(broker)
        async with open_channel(broker) as channel:
            queue = await channel.get_queue(broker.runs.name, ensure=False)
            await (await queue.get(timeout=5)).reject(requeue=False)
        while not (found := await list_dead_letters(broker)):
            await asyncio.sleep(0.05)
        assert [one.times for one in found] == [2]

    asyncio.run(replay())


def test_the_command_shows_replays_and_discards(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    from bingosim.cli.dead_letters import dead_letters

    app = typer.Typer()
    app.command()(dead_letters)
    monkeypatch.setenv("BINGOSIM_BROKER_URL", f"{broker.url}?prefix={broker.prefix}")

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.output

    assert run() == "there are no dead letters\n"
    asyncio.run(rejected(broker))
    shown = run()
    assert str(MESSAGE) in shown
    assert "it can be read" in shown
    assert "the message is no JSON" in shown
    listed = json.loads(run("--json"))["dead_letters"]
    assert {one["reason"] for one in listed} == {"rejected"}
    assert "sent again" in run(str(MESSAGE), "--replay")
    assert run("--discard").count("thrown away") == 1
    assert run() == "there are no dead letters\n"
    for wrong in (["--replay", "--discard"], ["some-id"]):
        assert isinstance(CliRunner().invoke(app, wrong).exception, InputError)
    monkeypatch.delenv("BINGOSIM_BROKER_URL")
    assert isinstance(CliRunner().invoke(app, []).exception, InputError)
