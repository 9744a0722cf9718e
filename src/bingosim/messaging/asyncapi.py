"""The AsyncAPI document of the message and its queues, made from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from bingosim.messaging.broker import Broker
from bingosim.messaging.contract import CONTENT_TYPE, VERSION, ExecuteSimulationRunBatch
from bingosim.storage.ids import Ids

if TYPE_CHECKING:
    from faststream.rabbit import RabbitQueue

MESSAGE = ExecuteSimulationRunBatch.__name__
_ASYNCAPI = "3.0.0"
_EXAMPLE_BATCH = UUID("01890a5d-ac96-774b-bcce-b302ffffffff")
_EXAMPLE_MESSAGE = UUID("01890a5d-ac97-7e21-8d4f-5a3c00000000")


def message_schema() -> dict[str, Any]:
    """Return the JSON Schema of a message's body."""
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ExecuteSimulationRunBatch.model_json_schema(mode="serialization"),
    }
    return schema


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document: what is sent, by whom, through which queues."""
    broker = Broker("amqp://localhost")
    payload = message_schema()
    del payload["$schema"]
    return {
        "asyncapi": _ASYNCAPI,
        "info": {
            "title": "BingoSim",
            # The contract's: it changes with the message, not with every release.
            "version": str(VERSION),
            "description": "How batches of simulated runs reach the workers. Delivery is at least "
            "once, in any order; the database decides which runs are still to be executed.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": {
            "runs": _channel(broker.runs, "Messages that are to be executed."),
            "deadLetters": _channel(
                broker.dead_letters, "Messages that no worker could read; they are kept."
            ),
        },
        "operations": {
            "publishRuns": _operation("send", "runs", "Publishers, persistent and confirmed."),
            "executeRuns": _operation("receive", "runs", "Workers, acknowledged once persisted."),
            "inspectDeadLetters": _operation("receive", "deadLetters", "People."),
        },
        "components": {
            "messages": {
                MESSAGE: {
                    "name": MESSAGE,
                    "title": "Execute these runs",
                    "contentType": CONTENT_TYPE,
                    "payload": {"$ref": f"#/components/schemas/{MESSAGE}"},
                    "examples": [{"name": "two runs", "payload": _example()}],
                }
            },
            "schemas": {MESSAGE: payload},
        },
    }


def _channel(queue: RabbitQueue, description: str) -> dict[str, Any]:
    return {
        "address": queue.name,
        "description": description,
        "messages": {MESSAGE: {"$ref": f"#/components/messages/{MESSAGE}"}},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {
                    "name": queue.name,
                    "durable": True,
                    "exclusive": False,
                    "autoDelete": False,
                },
                "bindingVersion": "0.3.0",
            }
        },
        "x-queue-arguments": queue.arguments,
    }


def _operation(action: str, channel: str, summary: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{MESSAGE}"}],
    }


def _example() -> dict[str, Any]:
    message = ExecuteSimulationRunBatch(
        schema_version=VERSION,
        message_id=_EXAMPLE_MESSAGE,
        batch_id=_EXAMPLE_BATCH,
        simulation_run_ids=Ids.of_runs(_EXAMPLE_BATCH, [0, 1]),
    )
    return message.model_dump(mode="json")
