"""When things happened, without the bins in which nothing did: nearly all of them, of few runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bingosim.engine.jit import kernel
from bingosim.histograms import bin_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.histograms import Times


class Sparse(NamedTuple):
    """What is not 0 of an array of whole numbers.

    Attributes:
        places: int64[m], where in the flat array, ascending.
        values: int64[m], what is there.
    """

    places: NDArray[np.int64]
    values: NDArray[np.int64]

    @classmethod
    def of(cls, array: NDArray[np.int64]) -> Sparse:
        """Return what is not 0 of an array."""
        flat = array.reshape(-1)
        places = np.flatnonzero(flat != 0)  # numpy finds what is true five times faster
        return cls(places, flat[places])


class SparseTimes(NamedTuple):
    """`Times` of the things that did happen; how often, their bins say.

    Attributes:
        bins: Of all things one after the other.
        seconds: int64[things that happened], in the order of their bins.
        earliest: Likewise.
        latest: Likewise.
    """

    bins: Sparse
    seconds: NDArray[np.int64]
    earliest: NDArray[np.int64]
    latest: NDArray[np.int64]

    @classmethod
    def of(cls, times: Times) -> SparseTimes:
        """Return times without what is empty."""
        happened = times.count > 0
        each = (times.seconds[happened], times.earliest[happened], times.latest[happened])
        return cls(Sparse.of(times.bins), *each)

    @classmethod
    def counted(cls, moments: NDArray[np.int32], duration: int) -> SparseTimes:
        """Count moments as `Times.add` does, in a time that grows with their number only.

        Args:
            moments: int32[runs, T, K], seconds; what is below 0 did not happen.
            duration: Seconds of the event.

        Raises:
            ValueError: A moment lies after the end of the event.
        """
        width = bin_width(duration)
        runs, teams, things = moments.shape
        fits, places, values, *each = _count_moments(
            np.ascontiguousarray(moments).reshape(runs, teams * things),
            np.int32(width),
            duration // width + 1,
        )
        if not fits:
            raise ValueError("something happened after the end of the event")
        return cls(Sparse(places, values), *each)

    def add_to(self, times: Times) -> bool:
        """Add these to the times of more runs; False if they make no sense, and cannot be used."""
        if not len(self.seconds) == len(self.earliest) == len(self.latest):
            return False
        added: bool = _add_times(
            *self.bins,
            *self[1:],
            *(a.reshape(-1) for a in (times.count, times.seconds, times.earliest, times.latest)),
            times.bins.reshape(-1),
            times.bins.shape[2],
        )
        return added


_BLOCK = 16
"""Bins that are looked through together if any of them holds something."""


@kernel
def _count_moments(moments, width, bins):  # type: ignore[no-untyped-def]
    """Count int32[runs, things], thing by thing, in bins that are used again for the next.

    Returns:
        Whether all fit; places and values of the bins; seconds, earliest, latest of each thing
        that happened.
    """
    runs, things = moments.shape
    most = min(moments.size, things * bins)
    places, values = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    seconds = np.empty(things, dtype=np.int64)
    earliest, latest = np.empty(things, dtype=np.int64), np.empty(things, dtype=np.int64)
    counts = np.zeros(bins + _BLOCK, dtype=np.int64)
    touched = np.zeros(bins // _BLOCK + 1, dtype=np.bool_)
    filled, happened, fits = 0, 0, True
    for thing in range(things):
        total, first, last = 0, np.int64(bins) * width, -1
        for run in range(runs):
            moment = moments[run, thing]
            if moment < 0:
                continue
            place = moment // width
            if place >= bins:
                fits = False
                continue
            counts[place] += 1
            touched[place // _BLOCK] = True
            total += moment
            first, last = min(first, moment), max(last, moment)
        if last < 0:
            continue
        seconds[happened], earliest[happened], latest[happened] = total, first, last
        happened += 1
        for block in range(first // width // _BLOCK, last // width // _BLOCK + 1):
            if not touched[block]:
                continue
            touched[block] = False
            for place in range(block * _BLOCK, (block + 1) * _BLOCK):
                if counts[place]:
                    places[filled], values[filled] = thing * bins + place, counts[place]
                    filled += 1
                    counts[place] = 0
    return (
        fits,
        places[:filled],
        values[:filled],
        seconds[:happened],
        earliest[:happened],
        latest[:happened],
    )


@kernel
def add_sparse(places, values, into):  # type: ignore[no-untyped-def]
    """Add int64[m] at places of a flat array; False if a place is not there, or there twice."""
    before = -1
    for i in range(places.size):
        if not before < places[i] < into.size:
            return False
        before = places[i]
        into[before] += values[i]
    return True


@kernel
def _add_times(  # type: ignore[no-untyped-def]
    places,
    values,
    new_seconds,
    new_earliest,
    new_latest,
    count,
    seconds,
    earliest,
    latest,
    bins,
    bins_of_each,
):
    """Add what is sparse to flat arrays of all things; False if it makes no sense."""
    before, before_thing, happened = -1, -1, 0
    for i in range(places.size):
        place = places[i]
        if not before < place < bins.size:
            return False
        before = place
        thing = place // bins_of_each
        if thing != before_thing:
            if happened == new_seconds.size:
                return False
            seconds[thing] += new_seconds[happened]
            earliest[thing] = min(earliest[thing], new_earliest[happened])
            latest[thing] = max(latest[thing], new_latest[happened])
            before_thing = thing
            happened += 1
        count[thing] += values[i]
        bins[place] += values[i]
    return happened == new_seconds.size
