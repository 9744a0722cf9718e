"""A process from which workers are forked: `python -m tests.chaos.distributed.nursery FD`.

To start Python and import all that a worker needs takes seconds, a fork milliseconds. It has one
thread and no connection, so a fork of it becomes a worker like any other.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import socket
import sys
import threading
import traceback
from typing import Any

import sqlalchemy as sa

from bingosim.batch import rescue
from bingosim.engines import engine_versions, prepare
from bingosim.errors import BingoSimError
from bingosim.settings import read_settings
from bingosim.worker.process import run_worker
from tests.chaos.distributed.events import ENGINE, SEED, SNAPSHOT
from tests.chaos.distributed.points import Points, put

LONGEST = 1 << 16
"""Bytes of what is said at once."""
DEFECT = 70
"""How a worker ends that something else than an error of BingoSim's has ended."""


def serve(control: socket.socket) -> None:
    """Make workers and wait for their ends, as told, until nobody tells any more."""
    engine_versions()
    prepare(SNAPSHOT, SEED, ENGINE)
    if threading.active_count() != 1:
        raise AssertionError("a process with threads cannot be forked")
    say(control, {"ready": True})
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, LONGEST, 2)
        if not data:
            return
        told = json.loads(data)
        if "reap" in told:
            _, status = os.waitpid(told["reap"], 0)
            say(control, {"status": os.waitstatus_to_exitcode(status)})
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            _be_worker(socket.socket(fileno=descriptors[0]), descriptors[1], told)
        for descriptor in descriptors:
            os.close(descriptor)
        say(control, {"pid": pid})


def _be_worker(line: socket.socket, log: int, told: dict[str, Any]) -> None:
    """Be a worker to its end; never return into the nursery."""
    code = DEFECT
    try:
        for stream in (1, 2):
            os.dup2(log, stream)
        _make_ready(line, told)
        code = _run()
    except BaseException:  # noqa: BLE001 - whatever it is stands in the log, which the test shows
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _make_ready(line: socket.socket, told: dict[str, Any]) -> None:
    def hold(name: str) -> None:
        say(line, {"held": name})
        if not line.recv(LONGEST):
            os._exit(DEFECT)  # who held it is gone

    random.seed()
    os.environ.update(told["environment"])
    for name, value in told["figures"].items():
        module, _, variable = name.rpartition(".")
        put(importlib.import_module(f"bingosim.{module}"), variable, value)
    if told["host"]:
        put(rescue, "_host", lambda: told["host"])
    if told["pool_seconds"] is not None:
        _wait_shortly(told["pool_seconds"])
    points = Points(hold, **told["point"])
    points.watch()
    points.watch_runs(told["runs"])


def _run() -> int:
    try:
        run_worker(read_settings())
    except BingoSimError as error:
        print(json.dumps({"event": "error", "reason": str(error)}), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _wait_shortly(seconds: float) -> None:
    """Have threads wait for a connection of the pool only so long."""
    create = sa.create_engine
    put(sa, "create_engine", lambda *a, **k: create(*a, **k, pool_timeout=seconds))


def say(line: socket.socket, what: dict[str, Any]) -> None:
    """Tell the other end."""
    line.sendall(json.dumps(what).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
