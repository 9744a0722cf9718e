"""Teams played apart, each as if it were alone: equal ones once, and more runs when asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bingosim.comparison.crossing import standing
from bingosim.engines import Play, prepare
from bingosim.simulation import Pace, play_in_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults


@dataclass(slots=True)
class Solo:
    """A team's runs, as many as were asked for so far.

    A run's luck follows from seed, run index and names, not from who else plays: these are, bit
    for bit, the team's columns in a simulation of the whole event.

    Attributes:
        play: The engine, ready to play this team.
        points: int64[n].
        standing: int64[n], ranks it among teams; `crossing.standing`.
    """

    play: Play
    points: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    standing: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    pace: Pace = field(default_factory=Pace)

    def add(self, part: RunResults) -> None:
        """Append runs that follow the last one."""
        points = part.points[:, 0]
        self.points = np.append(self.points, points)
        self.standing = np.append(self.standing, standing(points, part.last_point[:, 0]))


class Cast:
    """Every team that any variant of an event has, each different one once.

    Args:
        seed: Any text.
        engine: Which engine plays.
        threads: On how many cores.
        moved: Told of every run that was played, how many at a time.
        stop: Asked between chunks whether to end.
    """

    def __init__(
        self,
        seed: str,
        engine: str,
        threads: int,
        moved: Callable[[int], None],
        stop: Callable[[], bool],
    ) -> None:
        self._seed, self._engine, self._threads = seed, engine, threads
        self._moved, self._stop = moved, stop
        self._solos: dict[str, Solo] = {}

    def __len__(self) -> int:
        return len(self._solos)

    def team(self, snapshot: Snapshot, index: int) -> Solo:
        """Return a team of an event, made ready; one that is there already is the same."""
        alone = alone_in(snapshot, index)
        if alone.sha256 not in self._solos:
            self._solos[alone.sha256] = Solo(prepare(alone, self._seed, self._engine))
        return self._solos[alone.sha256]

    def play_to(self, runs: int) -> int:
        """Play until every team has so many runs; return how many all of them have.

        That is fewer only if it was told to stop.
        """
        for solo in self._solos.values():
            ahead = range(len(solo.points), runs)
            for part in play_in_order(solo.play, ahead, self._threads, solo.pace, self._stop):
                solo.add(part)
                self._moved(len(part))
        return min(len(solo.points) for solo in self._solos.values())


def alone_in(snapshot: Snapshot, index: int) -> Snapshot:
    """Return the event with one of its teams only."""
    state = snapshot.state
    if state is not None:
        state = state.model_copy(update={"teams": (state.teams[index],)})
    return snapshot.model_copy(update={"teams": (snapshot.teams[index],), "state": state})
