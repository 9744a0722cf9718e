"""Pairs of batches, compared once for all who look at them."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.batch.differences import Comparison, Contender, compare
from bingosim.web.results import keep, state_of

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.web.results import Results, Standing


@dataclass(frozen=True, slots=True)
class Compared:
    """Two batches side by side.

    Attributes:
        report: What is said of them.
        seconds: That making it took.
    """

    report: Comparison
    seconds: float


@dataclass(slots=True)
class Comparisons:
    """Compares batches; what has not changed is not compared again.

    Attributes:
        results: What they have come to.
    """

    results: Results
    _found: OrderedDict[tuple[UUID, UUID], tuple[object, Compared]] = field(
        default_factory=OrderedDict
    )
    _comparing: Lock = field(default_factory=Lock)

    def compare(self, one: Standing, other: Standing) -> Compared:
        """Return two batches side by side.

        Raises:
            InputError: One is gone.
            StoredDataError: What is stored of one is damaged.
        """
        key, state = (one.batch.id, other.batch.id), (state_of(one), state_of(other))
        with self._comparing:
            kept = self._found.get(key)
            if kept is not None and kept[0] == state:
                self._found.move_to_end(key)
                return kept[1]
            begun = time.monotonic()
            contenders = [self._contender(one), self._contender(other)]
            report = compare(self.results.database, *contenders)
            found = Compared(report, time.monotonic() - begun)
            keep(self._found, key, (state, found))
            return found

    def _contender(self, standing: Standing) -> Contender:
        result = self.results.result(standing)
        return Contender(standing.batch, result.aggregates, result.report)
