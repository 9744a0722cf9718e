"""A process that is ready for work and makes children of itself: `python -m tests.chaos.server FD`.

To start Python and make the engine ready takes seconds, a fork milliseconds. It has one thread and
no open database, so a fork of it is a process like any other.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from typing import Any

import alembic.command
import alembic.config
import alembic.script  # noqa: F401 - here, not in every child anew

from bingosim import simulate
from bingosim.errors import BingoSimError
from tests.chaos.events import SEED, SNAPSHOT
from tests.chaos.jobs import JOBS, LIMITS
from tests.chaos.moments import Moments

LONGEST = 1 << 16
"""Bytes of what is said at once."""
WAITS = {
    "stopped": os.WSTOPPED | os.WNOWAIT,
    "dead": os.WEXITED | os.WNOWAIT,  # its entry stays
    "ended": os.WEXITED,
}


def serve(control: socket.socket) -> None:
    """Make children and wait for their ends, as told, until nobody tells any more."""
    simulate(SNAPSHOT, 10, SEED, threads=1)
    _say(control, {"ready": True})
    while True:
        data, descriptors, _, _ = socket.recv_fds(control, LONGEST, 1)
        if not data:
            return
        told = json.loads(data)
        if "wait" in told:
            found = os.waitid(os.P_PID, told["pid"], WAITS[told["wait"]])
            if found is None:
                raise AssertionError("a wait that blocks came back with nothing")
            code, status = found.si_code, found.si_status
            _say(control, {"status": status if code == os.CLD_EXITED else -status})
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            _be_child(socket.socket(fileno=descriptors[0]), told)
        os.close(descriptors[0])
        _say(control, {"pid": pid})


def _be_child(line: socket.socket, told: dict[str, Any]) -> None:
    """Do a job, tell what came of it, and end without a word to what the server had set up."""
    try:
        _say(line, _outcome(line, told))
    finally:
        os._exit(0)


def _outcome(line: socket.socket, told: dict[str, Any]) -> dict[str, Any]:
    def hold(name: str) -> None:
        _say(line, {"held": name})
        if not line.recv(LONGEST):
            os._exit(1)  # who held it is gone

    moments = Moments(hold, **told["moment"])
    try:
        moments.watch()
        if told["user"] is not None:
            os.setgroups([])
            os.setgid(told["user"])
            os.setuid(told["user"])
        for name, value in told["limits"].items():
            LIMITS[name](value)
        _say(line, {"begun": True})
        said = JOBS[told["job"]](**told["arguments"])
    except BingoSimError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except BaseException:  # noqa: BLE001 - the test that waits for it shows it
        return {"defect": traceback.format_exc()[-LONGEST // 2 :]}
    return {"done": said, "passed": moments.passed}


def _say(line: socket.socket, what: dict[str, Any]) -> None:
    line.sendall(json.dumps(what).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
