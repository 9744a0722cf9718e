"""A control: the engine that jumps, made wrong on purpose where a naive one goes wrong.

A unit that is called upon while an attempt is under way must end that attempt first. The wrong one
drops it, and lets its members choose at once: each time a team-mate completes a tile, what they had
begun is lost. It is built from the sources as they are, in a process and a cache of its own.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import bingosim
from bingosim.results import COLUMNS, RunResults, Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.event.snapshot import Snapshot

FUNCTION = "interrupt"
"""Of `bingosim.engine`: makes a unit come up; returns whether it may be released this second."""

_PLAY = """
import sys
from pathlib import Path
import numpy as np
from bingosim.engines import prepare
from bingosim.event.snapshot import Snapshot
from bingosim.results import COLUMNS

directory, seed, blocks, runs = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:])
for path in directory.glob("*.snapshot.json"):
    play = prepare(Snapshot.from_json(path.read_text("utf-8")), seed, "jump")
    played = [play(np.arange(block * runs, (block + 1) * runs)) for block in range(blocks)]
    columns = {c.name: np.stack([getattr(block, c.name) for block in played]) for c in COLUMNS}
    np.savez(path.with_name(f"{path.name.split('.')[0]}.npz"), **columns)
"""


def play_wrongly(
    events: Mapping[str, Snapshot], seed: str, blocks: int, runs: int, directory: Path
) -> dict[str, list[RunResults]]:
    """Play blocks of so many runs of events by the wrong engine.

    Args:
        events: What to play, by names that can be file names.
        seed: Of the runs.
        blocks: How many blocks of runs.
        runs: How many runs a block has.
        directory: An empty one, for the engine's sources, its code, and what it plays.
    """
    shutil.copytree(Path(bingosim.__file__).parent, directory / "bingosim")
    make_wrong(directory / "bingosim" / "engine")
    for name, event in events.items():
        (directory / f"{name}.snapshot.json").write_text(event.to_json(), "utf-8")
    subprocess.run(
        [sys.executable, "-c", _PLAY, str(directory), seed, str(blocks), str(runs)],
        env={
            **os.environ,
            "PYTHONPATH": str(directory),
            "NUMBA_CACHE_DIR": str(directory / "cache"),
        },
        check=True,
        timeout=250,
    )
    return {name: _read(directory / f"{name}.npz", event) for name, event in events.items()}


def _read(path: Path, event: Snapshot) -> list[RunResults]:
    """Read the blocks of an event; every column has them as its first dimension."""
    with np.load(path) as file:
        columns: dict[str, Any] = {column.name: file[column.name] for column in COLUMNS}
    return [
        RunResults(Shape.of(event), **{name: array[block] for name, array in columns.items()})
        for block in range(len(columns["run"]))
    ]


def make_wrong(engine: Path) -> None:
    """Make `FUNCTION` say that the unit may be released, whether or not its attempt ends now.

    Raises:
        LookupError: The engine has no such function, or more than one: the control needs a new one.
    """
    found = [
        (path, node)
        for path in engine.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name == FUNCTION
    ]
    if len(found) != 1:
        raise LookupError(f"expected one function {FUNCTION} in the engine, got {len(found)}")
    path, node = found[0]
    returns = [inner for inner in ast.walk(node) if isinstance(inner, ast.Return)]
    if not returns or "start" not in ast.unparse(returns[-1]):
        raise LookupError(f"{FUNCTION} does not say whether its unit started before this second")
    for inner in returns:
        inner.value = ast.parse("state.start[lead] < second", mode="eval").body
    lines = path.read_text("utf-8").splitlines()
    lines[node.lineno - 1 : node.end_lineno] = ast.unparse(
        ast.FunctionDef(**{**vars(node), "decorator_list": []})
    ).splitlines()
    path.write_text("\n".join(lines) + "\n", "utf-8")
