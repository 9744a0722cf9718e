"""Golden runs: committed events, and what their runs came to, bit for bit.

`<name>.snapshot.json` is an event in canonical JSON; `<name>.<engine>.json` holds the columns of
its first runs and a digest of some hundred. Whoever changes a rule of the simulation on purpose
records the runs anew, and looks at what the difference says:

    pytest tests/golden --update-golden
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bingosim.event.snapshot import Snapshot
from bingosim.results import COLUMNS
from bingosim.simulation import simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

ENGINES = ("attempt", "jump")
EVENTS = ("rows", "grid", "middle")
SEED = "golden"
SHOWN_RUNS = 20
DIGESTED_RUNS = 500

HERE = Path(__file__).parent


@cache
def golden_snapshot(name: str) -> Snapshot:
    return Snapshot.from_json((HERE / f"{name}.snapshot.json").read_text("utf-8"))


def record(name: str, engine: str) -> dict[str, Any]:
    """Play an event and return what is recorded of it."""

    def columns(runs: int) -> dict[str, NDArray[Any]]:
        snapshot = golden_snapshot(name)
        results = simulate(snapshot, runs, SEED, engine=engine, threads=1, keep=True).results
        return {column.name: getattr(results, column.name) for column in COLUMNS}

    return {
        "snapshot": golden_snapshot(name).sha256,
        "seed": SEED,
        "columns": {column: array.tolist() for column, array in columns(SHOWN_RUNS).items()},
        "runs_of_digest": DIGESTED_RUNS,
        "digest": digest(columns(DIGESTED_RUNS)),
    }


def digest(columns: dict[str, NDArray[Any]]) -> str:
    """Return the SHA-256 of columns: name, dtype, shape and little-endian numbers of each."""
    sha = hashlib.sha256()
    for name, array in columns.items():
        sha.update(f"{name} {array.dtype.name} {array.shape}\n".encode())
        sha.update(array.astype(array.dtype.newbyteorder("<")).tobytes())
    return sha.hexdigest()


def text_of(recorded: dict[str, Any]) -> str:
    """Write a record as JSON with a line for each column."""
    columns = ",\n".join(
        f"  {json.dumps(name)}: {json.dumps(values, separators=(',', ':'))}"
        for name, values in recorded["columns"].items()
    )
    rest = json.dumps({**recorded, "columns": None}, indent=1)
    return rest.replace("null", f"{{\n{columns}\n }}") + "\n"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", EVENTS)
def test_runs_are_as_recorded(name: str, engine: str, pytestconfig: pytest.Config) -> None:
    path = HERE / f"{name}.{engine}.json"
    played = record(name, engine)
    if pytestconfig.getoption("--update-golden"):
        path.write_text(text_of(played), "utf-8")
    recorded = json.loads(path.read_text("utf-8"))
    for column in recorded["columns"]:
        assert played["columns"][column] == recorded["columns"][column], column
    assert played == recorded


WITHOUT_FMA = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2"}
"""The C library then takes other paths, whose last bits may differ."""
ANY_PROCESSOR = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
"""Kernels are then compiled anew, for the least of their kind: no FMA, no wide vectors."""


@pytest.mark.parametrize(
    "environment",
    [WITHOUT_FMA, WITHOUT_FMA | ANY_PROCESSOR],
    ids=["library", "library-and-kernels"],
)
def test_runs_are_as_recorded_on_a_lesser_processor(
    environment: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "import json, numba; from tests.golden.test_golden import *; "
        "print(json.dumps({'compiled for': numba.config.CPU_NAME}"
        " | {f'{n}.{e}': record(n, e) for n in EVENTS for e in ENGINES}))"
    )
    own_cache = {"NUMBA_CACHE_DIR": str(tmp_path)} if "NUMBA_CPU_NAME" in environment else {}
    output = subprocess.run(
        [sys.executable, "-c", program],
        cwd=HERE.parents[1],
        env={**os.environ, **environment, **own_cache},
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    played = json.loads(output)
    assert played.pop("compiled for") == environment.get("NUMBA_CPU_NAME")
    assert len(played) == len(EVENTS) * len(ENGINES)
    for name, runs in played.items():
        assert runs == json.loads((HERE / f"{name}.json").read_text("utf-8")), name


# What is recorded


@pytest.mark.parametrize("name", EVENTS)
def test_golden_events_are_canonical(name: str) -> None:
    text = (HERE / f"{name}.snapshot.json").read_text("utf-8")
    assert golden_snapshot(name).to_json() == text.removesuffix("\n")


def test_golden_events_use_every_feature() -> None:
    events = [golden_snapshot(name) for name in EVENTS]
    activities = [activity for event in events for activity in event.activities]
    tiles = [tile for event in events for tile in event.board.tiles]
    sources = [source for tile in tiles for source in tile.sources]
    teams = [team for event in events for team in event.teams]
    players = [player for team in teams for player in team.players]
    lines = [line for activity in activities for line in activity.loot]
    drops = [drop for line in lines for drop in line.drops]
    quantities = [quantity for drop in drops for quantity in drop.gives.values()]
    states = [event.state for event in events if event.state]

    assert {event.board.kind for event in events} == {"rows", "grid"}
    assert all(event.board.bonuses for event in events)
    assert {activity.time.law for activity in activities} == {"fixed", "uniform", "normal"}
    assert any(activity.time.seconds.denominator > 1 for activity in activities)
    assert {activity.group.max > 1 for activity in activities} == {True, False}
    assert {activity.group.solo for activity in activities} == {True, False}
    assert any(len(activity.bands) > 1 for activity in activities)
    assert {line.per for line in lines} == {"player", "group"}
    assert any(line.rolls > 1 for line in lines)
    assert any(len(line.drops) > 1 for line in lines)
    assert any(len(drop.gives) > 1 for drop in drops)
    assert any(quantity.low < quantity.high for quantity in quantities)
    assert any(tile.each for tile in tiles)
    assert any(len(tile.sources) > 1 for tile in tiles)
    assert any(source.requires for source in sources)
    assert any(len(source.modifiers) > 1 for source in sources)
    assert any(units > 1 for source in sources for units in source.accepts.values())
    assert {team.strategy for team in teams} == {
        *("greedy", "balanced", "row-unlocking", "combo-unlocking", "lines", "tile-order"),
    }
    assert any(team.params.get("max_players") for team in teams)
    assert any(player.speeds for player in players)
    assert any(0 < player.attends < 1 for player in players)
    assert any(len(player.sessions) > 1 for player in players)
    assert any(team.progress for state in states for team in state.teams)
    assert any(None in team.completed.values() for state in states for team in state.teams)


@pytest.mark.parametrize("name", EVENTS)
def test_golden_runs_are_not_all_alike(name: str) -> None:
    """A tile that is sometimes completed and sometimes not tells more than one that always is."""
    recorded = json.loads((HERE / f"{name}.{ENGINES[0]}.json").read_text("utf-8"))["columns"]
    share = np.mean(np.array(recorded["tile_completed"]) >= 0, axis=0)  # by team and tile
    assert np.any((share > 0) & (share < 1), axis=1).all()
    assert len(np.unique(recorded["points"])) > 5
    assert np.any(np.array(recorded["bonus_paid"]) >= 0)
    assert np.any(np.array(recorded["units"]) > 0, axis=1).all()
