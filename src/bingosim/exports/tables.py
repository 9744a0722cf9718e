"""The tables of an export: what a chunk of runs adds to each.

One has a line for each run and team, the other for each tile that a team completed in a run, both
in the order of runs, teams and tiles. Names are written once and numbered (dictionaries).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from bingosim.aggregates import find_winners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot
    from bingosim.payloads.chunk import Chunk

_NAME = pa.dictionary(pa.int32(), pa.string())


def _field(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


SUMMARY = pa.schema(
    [
        _field("run", pa.int64(), "index of the run under its seed"),
        _field("team", _NAME, "name of the team"),
        _field("points", pa.int64(), "points of tiles and bonuses at the end"),
        _field("won", pa.float64(), "1 for a win, 1/k for a win shared among k, 0 for none"),
        _field("tiles_completed", pa.int32(), "tiles completed"),
        _field("rows_open", pa.int32(), "rows open at the end"),
        _field("last_point", pa.int32(), "second the points last rose; null: never", nullable=True),
    ]
)
TIMELINES = pa.schema(
    [
        _field("run", pa.int64(), "index of the run under its seed"),
        _field("team", _NAME, "name of the team"),
        _field("tile", _NAME, "key of a tile that the team completed"),
        _field("completed", pa.int32(), "second of its completion, from the event's start"),
    ]
)


def summary(chunk: Chunk, snapshot: Snapshot) -> pa.RecordBatch:
    """Return a line for each run and team."""
    columns = chunk.columns
    points: NDArray[np.int64] = columns["points"]
    runs, teams = points.shape
    won = find_winners(points, columns["last_point"])
    last = columns["last_point"].reshape(-1)
    return pa.record_batch(
        [
            pa.array(np.repeat(columns["run"], teams)),
            _names(np.tile(np.arange(teams), runs), [team.name for team in snapshot.teams]),
            pa.array(points.reshape(-1)),
            pa.array((won / np.maximum(won.sum(axis=1, keepdims=True), 1)).reshape(-1)),
            pa.array(columns["tiles_completed"].reshape(-1)),
            pa.array(columns["rows_open"].reshape(-1)),
            pa.array(last, mask=last < 0),
        ],
        schema=SUMMARY,
    )


def timelines(chunk: Chunk, snapshot: Snapshot) -> pa.RecordBatch:
    """Return a line for each tile that was completed, of the runs whose timelines were kept."""
    seconds: NDArray[np.int32] = chunk.columns["tile_completed"]
    run, team, tile = np.nonzero(seconds >= 0)
    return pa.record_batch(
        [
            pa.array(chunk.timed[run]),
            _names(team, [team.name for team in snapshot.teams]),
            _names(tile, [tile.key for tile in snapshot.board.tiles]),
            pa.array(seconds[run, team, tile]),
        ],
        schema=TIMELINES,
    )


def _names(numbers: NDArray[np.int64], names: Sequence[str]) -> Any:
    """Return names by their numbers."""
    return pa.DictionaryArray.from_arrays(
        pa.array(numbers.astype(np.int32)), pa.array(names, type=pa.string())
    )
