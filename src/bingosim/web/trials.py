"""What an event costs to simulate, from a short measured trial."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from bingosim.batch.submit import time_a_run
from bingosim.engines import prepare
from bingosim.errors import BingoSimError, InputError
from bingosim.precision import Z_LOOKING
from bingosim.simulation import DEFAULT_SEED

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot
    from bingosim.precision import Precision

KEPT = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """What a forecast takes.

    Attributes:
        runs: How many runs; with a precision, the most that it can take.
        seconds: How long; None where no run could be played, or nobody is there to play.
        at_most: Whether it may end earlier.
    """

    runs: int
    seconds: float | None
    at_most: bool


@dataclass(slots=True)
class Trials:
    """Plays a few runs of an event and remembers how long one took.

    Attributes:
        threads: How many will simulate.
    """

    threads: int
    _known: OrderedDict[tuple[str, str], float | None] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def cost(
        self,
        snapshot: Snapshot,
        engine: str,
        runs: int,
        precision: Precision | None,
        threads: int | None = None,
    ) -> Cost:
        """Return what a forecast takes.

        Args:
            snapshot: The event.
            engine: By which engine.
            runs: How many runs, if there is no precision.
            precision: How precise it is to be.
            threads: How many will simulate, as quick as those here; by default these.

        Raises:
            InputError: The event cannot be simulated.
        """
        most = runs if precision is None else most_wanted(precision)
        one = self._seconds(snapshot, engine)
        threads = self.threads if threads is None else threads
        seconds = one * most / threads if one is not None and threads else None
        return Cost(most, seconds, at_most=precision is not None)

    def _seconds(self, snapshot: Snapshot, engine: str) -> float | None:
        key = (snapshot.sha256, engine)
        with self._lock:  # trials side by side would slow one another down
            if key not in self._known:
                self._known[key] = _measured(snapshot, engine)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            return self._known[key]


def most_wanted(precision: Precision) -> int:
    """Return after how many runs the chances are known, where they are hardest to know: at 1/2."""
    enough = (Z_LOOKING * 50 / precision.points) ** 2
    return next((look for look in precision.looks if look >= enough), precision.max_runs)


def _measured(snapshot: Snapshot, engine: str) -> float | None:
    try:
        return time_a_run(prepare(snapshot, DEFAULT_SEED, engine))
    except BingoSimError:
        raise
    except Exception as error:
        # A strategy is a user's code, and may fail in any way.
        raise InputError(f"the event cannot be simulated: {error}") from error
