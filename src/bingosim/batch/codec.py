"""What a batch stores of its runs: result chunks, and exact aggregates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.aggregates import Aggregates
from bingosim.batch.execute import Codec
from bingosim.payloads.aggregates import encode_aggregates, merge_aggregates
from bingosim.payloads.chunk import Timelines, encode_chunk

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults


def codec_of(snapshot: Snapshot, timelines: Timelines = Timelines.ALL) -> Codec:
    """Return how the results of a snapshot's runs become bytes, with so many timelines."""

    def partial(results: RunResults) -> bytes:
        aggregates = Aggregates.empty(results.shape, snapshot.duration)
        aggregates.add(results)
        return encode_aggregates(aggregates)

    return Codec(
        chunk=lambda results: encode_chunk(results, timelines),
        partial=partial,
        merge=merge_aggregates,
    )
