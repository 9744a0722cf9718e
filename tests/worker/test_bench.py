"""`bingosim bench pipeline --mode distributed`, on real servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from typer.testing import CliRunner

from bingosim.bench import pipeline
from bingosim.bench.crew import crew_of
from bingosim.bench.distributed import private_servers
from bingosim.cli import app
from bingosim.errors import ExecutionError, InputError
from bingosim.settings import read_settings

if TYPE_CHECKING:
    from tests import postgres
    from tests.worker.processes import Cluster

TINY = Path(__file__).parents[2] / "examples" / "tiny.yaml"


@pytest.fixture
def servers(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    """Servers that the settings name."""
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", cluster.database_url)
    monkeypatch.setenv("BINGOSIM_BROKER_URL", cluster.broker_url)
    return cluster


def private_databases(postgresql: postgres.Server) -> list[str]:
    with psycopg.connect(postgresql.url("postgres")) as connection:
        rows = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'bingosim_private_%'"
        )
        return [name for (name,) in rows]


@pytest.mark.usefixtures("servers")
def test_workers_are_measured_in_a_database_of_their_own(
    postgresql: postgres.Server,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    effort = pipeline.Effort(seconds=0.05, rounds=1, messages=2, created=1000, published=50)
    monkeypatch.setattr(pipeline, "DISTRIBUTED_QUICK", effort)
    monkeypatch.setattr(pipeline, "SIZES", (1, 10, 500, "auto"))
    monkeypatch.setattr(pipeline, "HANDS", (2,))
    monkeypatch.setattr(pipeline, "POOL", 40)
    target = tmp_path / "measured.json"
    words = ["bench", "pipeline", str(TINY), "--mode", "distributed", "--quick", "--json"]
    done = CliRunner().invoke(app, [*words, str(target)])
    assert done.exit_code == 0, done.output
    for part in ("Workers", "messages/s published", "auto to the best", "500 to its statements"):
        assert part in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100
    measured = json.loads(target.read_text("utf-8"))
    assert (measured["mode"], measured["hands"]) == ("distributed", "workers")
    for speed in measured["speeds"]:
        size = 1000 if speed["message_size"] == "auto" else speed["message_size"]
        assert speed["claims"] * size == speed["runs"]
        assert min(speed["runs_per_s"], speed["claim_avg_ms"], speed["persist_ms"]) > 0
        assert speed["bytes_per_run"] > 50
    goals = {(goal["payloads"], goal["name"]): goal["goal"] for goal in measured["goals"]}
    assert goals["empty", "10 to its statements alone"] == 0.5
    assert goals["", "messages published"] == 2500
    assert private_databases(postgresql) == []


def test_a_worker_that_ends_is_told_of(servers: Cluster) -> None:
    with (
        private_servers(read_settings()) as private,
        pytest.raises(ExecutionError, match="a worker ended with 3: gone"),
        crew_of(servers.database, private, 1, ("-c", "print('gone'); exit(3)")),
    ):
        pass


def test_a_role_that_may_make_no_database_is_told_what_to_do(
    servers: Cluster, postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = "bingosim_modest"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {role}".encode())
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'".encode())
    url = servers.database.engine.url.set(username=role, password=role)
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url.render_as_string(hide_password=False))
    try:
        with (
            pytest.raises(ExecutionError, match='ALTER ROLE "bingosim_modest" CREATEDB'),
            private_servers(read_settings()),
        ):
            pass
    finally:
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {role}".encode())
    assert private_databases(postgresql) == []


def test_workers_need_both_servers(servers: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BINGOSIM_BROKER_URL")
    with pytest.raises(InputError, match="needs a broker"), private_servers(read_settings()):
        pass
    monkeypatch.setenv("BINGOSIM_BROKER_URL", servers.broker_url)
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", "sqlite:///some.db")
    with pytest.raises(InputError, match="needs PostgreSQL"), private_servers(read_settings()):
        pass


def test_there_is_no_other_mode() -> None:
    done = CliRunner().invoke(app, ["bench", "pipeline", str(TINY), "--mode", "odd"])
    assert isinstance(done.exception, InputError)
