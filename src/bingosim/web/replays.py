"""Runs played again, the latest kept: each takes a moment."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING
from uuid import UUID

from bingosim.engines import engine_version
from bingosim.errors import OtherEngineError
from bingosim.replay import replay

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot
    from bingosim.replay.model import Replay
    from bingosim.storage.batches import Batch

KEPT = 8
_kept: OrderedDict[tuple[UUID, int], Replay] = OrderedDict()
_playing = Lock()
"""One at a time: they take the interpreter from whoever serves pages."""


def replay_of(batch: Batch, snapshot: Snapshot, index: int) -> Replay:
    """Return a run of a batch, played again.

    Raises:
        OtherEngineError: This release would play another run.
        InputError: More happens in it than can be told.
    """
    here = engine_version(batch.engine)
    if batch.engine_version != here:
        raise OtherEngineError(batch.id, batch.engine_version, [here])
    with _playing:
        key = (batch.id, index)
        if key not in _kept:
            _kept[key] = replay(snapshot, batch.seed, index, batch.engine)
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        _kept.move_to_end(key)
        return _kept[key]
