"""The guide to workers on many machines: its commands lead from nothing to three workers."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests import postgres, rabbitmq

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "howto" / "distributed.md"
DATABASE, BROKER = "BINGOSIM_DATABASE_URL", "BINGOSIM_BROKER_URL"
NAME = f"guide_{os.getpid()}"
"""What role and databases are called here: a server that was given may have others' `bingosim`."""
RUNS = "300"
PATIENCE_SECONDS = 240


def section(title: str) -> str:
    """Return the text below a heading."""
    parts = re.split(r"^## (.*)\n", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def blocks(title: str) -> list[tuple[str, str]]:
    """Return language and code of the commands below a heading that are to be run, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)


@dataclass
class Hosts:
    """Whoever follows the guide: a shell in a directory, with variables.

    Attributes:
        environment: The shell's variables.
        directory: Where it is.
    """

    environment: dict[str, str]
    directory: Path

    def run(self, code: str) -> str:
        """Run commands as a shell would; return what they print."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", code],  # noqa: S607 - whichever is there
            env=self.environment,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{code}{done.stdout}{done.stderr}"
        return done.stdout

    @contextmanager
    def worker(self, command: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run a worker for the time of a block; yield it once it says that it is there."""
        with log.open("wb") as file:
            process = subprocess.Popen(
                shlex.split(command), env=self.environment, cwd=self.directory, stderr=file
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    """A shell in which `bingosim` is this one, and the examples are there."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    programs = tmp_path / "bin"
    programs.mkdir()
    bingosim = programs / "bingosim"
    bingosim.write_text(f'#!/bin/sh\nexec {sys.executable} -m bingosim "$@"\n')
    bingosim.chmod(0o755)
    path = [str(programs), os.environ["PATH"]]
    if shutil.which("pg_dump") is None:
        path.append(str(postgres._binaries()))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("BINGOSIM")}
    environment = {**ours, "PATH": os.pathsep.join(path), "BINGOSIM_LOG_FORMAT": "json"}
    return Hosts({**environment, "BINGOSIM_WORKER_THREADS": "1"}, tmp_path)


def administrate(pattern: str, code: str) -> None:
    """Do what a database's administrator is asked to do, under a name of our own."""
    with psycopg.connect(pattern.format("postgres"), autocommit=True) as connection:
        for statement in filter(str.strip, code.split(";")):
            connection.execute(re.sub(r"\bbingosim\b", NAME, statement).encode())


@contextmanager
def databases(pattern: str, *names: str) -> Iterator[list[str]]:
    """Yield URLs for the role of the guide; drop it and its databases afterwards."""
    try:
        yield [re.sub(r"//[^@/]*@", f"//{NAME}:PASSWORD@", pattern.format(name)) for name in names]
    finally:
        with psycopg.connect(pattern.format("postgres"), autocommit=True) as connection:
            for name in names:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
            connection.execute(f'DROP ROLE IF EXISTS "{NAME}"'.encode())


def prepare_broker(server: rabbitmq.Server, code: str) -> str:
    """Run the administrator's commands on a private node; return the URL that they lead to."""
    node = server.node
    if node is None:  # on a server that was given, nothing is changed
        return server.url()
    for line in code.splitlines():
        program, *words = shlex.split(line)
        subprocess.run(
            [node.programs / program, *words],
            env={**node._environment()},
            user=node.user,
            cwd=node.home,
            check=True,
            capture_output=True,
        )
    return node.url.replace("guest:guest", "bingosim:PASSWORD") + "bingosim"


@pytest.mark.timeout(600)
def test_from_nothing_to_three_workers_and_back_from_a_backup(hosts: Hosts) -> None:
    sql, admin, exports, tables, worker, batch = blocks("Three workers by hand")
    assert [sql[0], *(language for language, _ in (admin, exports, tables, worker, batch))] == [
        "sql",
        *["sh"] * 5,
    ]
    assert re.findall(r"^export (\w+)=", exports[1], re.MULTILINE) == [DATABASE, BROKER]
    restored = f"{NAME}_restored"
    with ExitStack() as stack:
        pattern = stack.enter_context(postgres.server())
        url, restored_url = stack.enter_context(databases(pattern, NAME, restored))
        server = stack.enter_context(rabbitmq.server())
        administrate(pattern, sql[1])
        broker_url = prepare_broker(server, admin[1])
        hosts.environment |= {DATABASE: url, BROKER: broker_url}

        assert "revision" in hosts.run(tables[1])
        logs = [hosts.directory / f"worker-{number}.log" for number in range(3)]
        processes = [stack.enter_context(hosts.worker(worker[1], log)) for log in logs]
        _wait_for_workers(hosts, processes)

        seen, submitting, watching, showing = batch[1].splitlines()
        assert hosts.run(seen).count("alive") == 3
        assert "--runs 20000" in submitting
        hosts.run(submitting.replace("20000", RUNS))
        hosts.run(watching)
        assert f"{RUNS} of {RUNS} completed" in hosts.run(showing)

        result = shown(hosts)
        assert result == alone(hosts, submitting)

        ((_, dump), (_, restore)) = blocks("Backup")
        hosts.run(dump)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(PATIENCE_SECONDS) for process in processes] == [0, 0, 0]
        assert hosts.run(seen) == "no worker was seen lately\n"
        claimed = [line["runs_claimed"] for log in logs for line in lines(log, "throughput")]
        assert sum(claimed) <= int(RUNS)  # the last window's line is not written

        administrate(pattern, f"CREATE DATABASE {restored} OWNER bingosim")
        hosts.environment[DATABASE] = restored_url
        hosts.run(restore)
        assert shown(hosts) == result


def _wait_for_workers(hosts: Hosts, processes: list[subprocess.Popen[bytes]]) -> None:
    while hosts.run("bingosim workers").count("alive") < len(processes):
        assert [process.poll() for process in processes] == [None] * len(processes)


def shown(hosts: Hosts) -> dict[str, Any]:
    """Return the result of the batch."""
    return result_of(hosts.run("bingosim batch show --quiet --json -"))


def alone(hosts: Hosts, submitting: str) -> dict[str, Any]:
    """Return the result of the same runs in one process, without a database."""
    command = submitting.replace("batch start", "run").replace("20000", RUNS)
    here = command.replace("--distributed", "--no-save --quiet --json -")
    return result_of(hosts.run(here))


def result_of(text: str) -> dict[str, Any]:
    """Return a result without what is said of the batch, and of the time that it took."""
    return {k: v for k, v in json.loads(text).items() if k not in ("batch", "timing")}


def lines(log: Path, event: str) -> list[dict[str, Any]]:
    """Return a worker's log lines of an event."""
    logged = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    return [line for line in logged if line["event"] == event]


def test_the_guide_explains_every_field_of_the_throughput_line() -> None:
    from bingosim.batch.observe import Count
    from bingosim.telemetry.throughput import Throughput

    throughput = Throughput()
    throughput.count(Count.RUNS_COMPLETED, 1)
    line = throughput.take()
    assert line is not None
    table = re.findall(r"^\| (`.*?) \|", section("Watching"), re.MULTILINE)
    assert set(line) == {name for row in table for name in re.findall(r"`(\w+)`", row)}


def test_the_variables_of_the_guide_are_settings() -> None:
    from bingosim.settings import Settings

    named = set(re.findall(r"\bBINGOSIM_[A-Z_]+", GUIDE.read_text("utf-8")))
    assert named <= {f"BINGOSIM_{name.upper()}" for name in Settings.model_fields}


def test_what_the_guide_says_of_logs_is_logged() -> None:
    first = re.findall(r"^\| (`.*?) \|", section("Trouble"), re.MULTILINE)
    said = {text for cell in first for text in re.findall(r"`([a-z ]+)`", cell)}
    elsewhere = {"error", "too many clients"}  # a status; the server's
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    assert len(said) > 5
    assert {text for text in said - elsewhere if f'"{text}' not in sources} == set()


def test_the_metrics_of_the_guide_are_there() -> None:
    from bingosim.storage.database import open_url
    from bingosim.telemetry.metrics import Metrics

    metrics = Metrics()
    database = open_url("postgresql://nobody@localhost/none")  # looked at, not connected to
    metrics.watch(database, lambda: 0)
    there = {sample.name for family in metrics.registry.collect() for sample in family.samples}
    database.close()
    assert set(re.findall(r"\bbingosim_[a-z_]+", GUIDE.read_text("utf-8"))) <= there
