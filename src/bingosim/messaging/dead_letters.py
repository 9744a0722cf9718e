"""Dead letters: messages that no worker could read, to be looked at, sent again or thrown away."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aio_pika import DeliveryMode, Message

from bingosim.errors import InputError, UnreadableMessageError
from bingosim.messaging.broker import open_channel, read_depth
from bingosim.messaging.contract import parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

    from bingosim.messaging.broker import Broker

EXCERPT = 200
"""Bytes of a body that are shown."""
_DEATHS = "x-death"
"""The header in which RabbitMQ notes where a message was and why it is there no more."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that ended in the queue of dead letters.

    Attributes:
        id: The message's id; where it has none, `sha256:` and the first digits of its body's hash.
        reason: Why the broker moved it here: `rejected`, or another of RabbitMQ's reasons.
        died_at: When; None if the broker does not say.
        times: How often it died, having been sent again.
        problem: Why it cannot be read; None if it can be.
        size: Bytes of its body.
        excerpt: How the body begins.
    """

    id: str
    reason: str
    died_at: datetime | None
    times: int
    problem: str | None
    size: int
    excerpt: str


async def list_dead_letters(broker: Broker) -> list[DeadLetter]:
    """Return all dead letters; they stay where they are.

    Raises:
        ExecutionError: The broker cannot be used.
    """
    async with _delivered(broker) as (_, letters):
        return [_describe(letter) for letter in letters]


async def replay_dead_letters(
    broker: Broker, ids: Collection[str] | None = None
) -> list[DeadLetter]:
    """Send dead letters to the workers again. Return which.

    Each is taken off only when the broker has it in the other queue: at worst it is in both, and
    runs that were executed are skipped.

    Args:
        broker: Where.
        ids: Which, as `list_dead_letters` names them; None is all.

    Raises:
        InputError: There is no such letter; then nothing is sent.
        ExecutionError: The broker cannot be used.
    """
    async with _delivered(broker) as (channel, letters):
        wanted = _choose(letters, ids)
        for letter in wanted:
            await channel.default_exchange.publish(_anew(letter), broker.runs.name)
            await letter.ack()
        return [_describe(letter) for letter in wanted]


async def discard_dead_letters(
    broker: Broker, ids: Collection[str] | None = None
) -> list[DeadLetter]:
    """Throw dead letters away. Return which.

    Nothing but the letter is lost: runs wait in the database, and go out again in new messages.

    Args:
        broker: Where.
        ids: Which, as `list_dead_letters` names them; None is all.

    Raises:
        InputError: There is no such letter; then nothing is thrown away.
        ExecutionError: The broker cannot be used.
    """
    async with _delivered(broker) as (_, letters):
        wanted = _choose(letters, ids)
        for letter in wanted:
            await letter.ack()
        return [_describe(letter) for letter in wanted]


@asynccontextmanager
async def _delivered(
    broker: Broker,
) -> AsyncIterator[tuple[AbstractChannel, list[AbstractIncomingMessage]]]:
    """Yield the letters that are there now; those that are not acknowledged stay."""
    async with open_channel(broker) as channel:
        queue = await channel.get_queue(broker.dead_letters.name, ensure=False)
        there = await read_depth(channel, broker.dead_letters)
        letters = []
        for _ in range(there.messages):
            letter = await queue.get(fail=False)
            if letter is None:  # another process looks at them
                break
            letters.append(letter)
        yield channel, letters


def _choose(
    letters: list[AbstractIncomingMessage], ids: Collection[str] | None
) -> list[AbstractIncomingMessage]:
    if ids is None:
        return letters
    missing = sorted(set(ids) - {_id(letter) for letter in letters})
    if missing:
        raise InputError(f"there is no dead letter {', '.join(missing)}")
    return [letter for letter in letters if _id(letter) in ids]


def _anew(letter: AbstractIncomingMessage) -> Message:
    """Return a letter as it was; the broker goes on counting its deaths by its headers."""
    return Message(
        letter.body,
        headers=letter.headers,
        content_type=letter.content_type,
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=letter.message_id,
        type=letter.type,
    )


def _describe(letter: AbstractIncomingMessage) -> DeadLetter:
    deaths: Any = letter.headers.get(_DEATHS) or [{}]
    last = deaths[0]  # RabbitMQ puts the newest first
    problem = None
    try:
        parse(letter.body)
    except UnreadableMessageError as error:
        problem = str(error)
    died_at = last.get("time")
    return DeadLetter(
        id=_id(letter),
        reason=str(last.get("reason", "unknown")),
        died_at=died_at.astimezone(UTC) if isinstance(died_at, datetime) else None,
        times=sum(int(death.get("count", 1)) for death in deaths),
        problem=problem,
        size=len(letter.body),
        excerpt=letter.body[:EXCERPT].decode(errors="backslashreplace"),
    )


def _id(letter: AbstractIncomingMessage) -> str:
    return letter.message_id or f"sha256:{hashlib.sha256(letter.body).hexdigest()[:12]}"
