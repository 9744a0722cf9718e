"""What a batch stores of its runs: result chunks, and exact aggregates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.batch.execute import Codec
from bingosim.payloads.aggregates import (
    decode_aggregates,
    encode_results,
    merge_aggregates,
    shape_of,
)
from bingosim.payloads.chunk import encode_chunk
from bingosim.storage.aggregates import Arithmetic

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot
    from bingosim.precision import Precision
    from bingosim.results import RunResults


def _partial(results: RunResults, snapshot: Snapshot) -> bytes:
    return encode_results(results, snapshot.duration)


def _next_look(precision: Precision, blob: bytes) -> int | None:
    return precision.next_look(decode_aggregates(blob, *shape_of(blob)))


ARITHMETIC = Arithmetic(merge=merge_aggregates, next_look=_next_look)
CODEC = Codec(chunk=encode_chunk, partial=_partial, arithmetic=ARITHMETIC)
