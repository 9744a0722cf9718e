"""What only a fresh process shows: how long an engine takes to be ready, and what memory it takes.

A process is started with a question as JSON, and prints its answer as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple, TypedDict

from bingosim.engines import prepare
from bingosim.errors import ExecutionError
from bingosim.event.file import load_event
from bingosim.event.snapshot import make_snapshot
from bingosim.simulation import simulate


class Start(TypedDict):
    """Seconds until an engine can play: with nothing compiled yet, and with its code at hand."""

    engine: str
    compile_s: float
    load_s: float


class Memory(TypedDict):
    """The most memory of a process that simulated so many runs and kept aggregates only.

    `peak_mb` is in 10^6 bytes, None where the system does not tell.
    """

    runs: int
    peak_mb: float | None
    simulate_s: float


class _Question(NamedTuple):
    """What a process is asked; 0 runs: only to make the engine ready."""

    file: str
    engine: str
    runs: int
    threads: int


def measure_start(file: Path, engine: str) -> Start:
    """Make an engine ready in two processes, one after the other; their code cache begins empty."""
    question = _Question(str(file), engine, 0, 1)
    with TemporaryDirectory() as cache:
        cold, warm = (_ask(question, {"NUMBA_CACHE_DIR": cache})["ready_s"] for _ in range(2))
    return {"engine": engine, "compile_s": cold, "load_s": warm}


def measure_memory(file: Path, engine: str, runs: int, threads: int) -> Memory:
    """Simulate runs in a process of its own and return the most memory it took."""
    answer = _ask(_Question(str(file), engine, runs, threads), {})
    return {"runs": runs, "peak_mb": answer["peak_mb"], "simulate_s": answer["simulate_s"]}


def _ask(question: _Question, environment: dict[str, str]) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, "-m", __name__, json.dumps(question)],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise ExecutionError(f"a process that was to be measured failed ({done.returncode})")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _answer(question: _Question) -> dict[str, Any]:
    snapshot = make_snapshot(load_event(question.file))
    begun = perf_counter()
    prepare(snapshot, "bench", question.engine)
    answer: dict[str, Any] = {"ready_s": perf_counter() - begun}
    if question.runs:
        simulation = simulate(
            snapshot, question.runs, "bench", engine=question.engine, threads=question.threads
        )
        answer["simulate_s"] = simulation.timing["simulate_s"]
    return answer | {"peak_mb": _peak_mb()}


def _peak_mb() -> float | None:
    """Return the most memory this process has held, in 10^6 bytes."""
    # Not getrusage where it can be helped: Linux counts in what the parent held when it forked.
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text("utf-8").splitlines() if "VmHWM" in line)
        return int(peak.split()[1]) * 1024 / 1e6
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(_Question(*json.loads(sys.argv[1])))))
