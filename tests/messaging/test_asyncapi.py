from __future__ import annotations

import json
from pathlib import Path

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from typer.testing import CliRunner

from bingosim.cli import app
from bingosim.errors import InputError
from bingosim.messaging.asyncapi import asyncapi, message_schema
from bingosim.messaging.broker import read_broker_url
from bingosim.messaging.contract import parse

COMMITTED = Path(__file__).parents[2] / "docs" / "asyncapi.json"


def test_the_committed_document_is_the_codes() -> None:
    printed = CliRunner().invoke(app, ["schema", "asyncapi"]).output
    assert COMMITTED.read_text("utf-8") == printed, "bingosim schema asyncapi > docs/asyncapi.json"


def test_the_document_is_one_of_asyncapi_and_its_example_a_message() -> None:
    document = asyncapi()
    ApplicationSchema.model_validate(document)
    message = document["components"]["messages"]["ExecuteSimulationRunBatch"]
    example = message["examples"][0]["payload"]
    assert len(parse(json.dumps(example).encode()).simulation_run_ids) == 2


def test_the_command_prints_the_schema_of_the_message() -> None:
    printed = json.loads(CliRunner().invoke(app, ["schema", "message"]).output)
    assert printed == message_schema()
    assert set(printed["required"]) == {
        "schema_version",
        "message_id",
        "batch_id",
        "simulation_run_ids",
    }


def test_a_brokers_url_may_say_a_prefix() -> None:
    broker = read_broker_url("amqp://me:secret@host:5673/games?prefix=one.&heartbeat=10")
    assert broker.url == "amqp://me:secret@host:5673/games?heartbeat=10"
    assert broker.runs.name == "one.bingosim.runs"
    assert str(broker) == "amqp://me@host:5673/games?heartbeat=10"
    assert read_broker_url("amqps://host/").runs.name == "bingosim.runs"


@pytest.mark.parametrize("wrong", ["", "localhost", "http://host", "amqp://", "amqp://host:x/"])
def test_other_urls_are_refused(wrong: str) -> None:
    with pytest.raises(InputError, match="expected amqp://"):
        read_broker_url(wrong)
