"""A database and a broker for worker processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bingosim.messaging.broker import read_broker_url
from bingosim.storage.database import open_url
from tests import postgres, rabbitmq
from tests.worker.processes import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[rabbitmq.Server]:
    """A RabbitMQ server."""
    with rabbitmq.server() as server:
        yield server


@pytest.fixture
def cluster(
    postgresql: postgres.Server, rabbitmq_server: rabbitmq.Server, tmp_path: Path
) -> Iterator[Cluster]:
    """A database and queues of its own."""
    url = postgresql.url(postgresql.create(postgresql.template))
    database = open_url(url)
    broker_url = rabbitmq_server.url()
    yield Cluster(database, url, read_broker_url(broker_url), broker_url, rabbitmq_server, tmp_path)
    database.close()
