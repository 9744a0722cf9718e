"""Playing the runs of a claim, in slices between which an end may be asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.results import RunResults

SLICE_SECONDS = 0.2
"""How long the stop flag may go unread."""
FIRST_SLICE = 8
"""Runs; how long they take tells how many the next slice may hold."""
SHARED_SECONDS = 0.5
"""What is left of a claim is divided among threads if one would take so long for it."""

Stop = Callable[[], bool]
Played = Callable[[int], None]
"""Told how many runs of a claim are played."""
Came = tuple[list["RunResults"], dict[int, str]]
"""Results in ascending order of runs, and the errors of the runs that failed."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the machine plays a claim.

    Attributes:
        threads: Threads for one claim.
        turns: Held while a slice is played, where more threads want to than may.
        delay: Seconds that are waited for each run, as if it took so much longer.
    """

    threads: int = 1
    turns: AbstractContextManager[Any] = field(default_factory=nullcontext)
    delay: float = 0.0

    @classmethod
    def shared(cls, threads: int, claims: int, delay: float = 0.0) -> Pace:
        """Return the pace at which several claims at once keep so many threads busy, and no more.

        Args:
            threads: In all.
            claims: Executed at once.
            delay: Seconds that are waited for each run.
        """
        each = -(-threads // claims)
        turns = Semaphore(threads) if each * claims > threads else nullcontext()
        return cls(each, turns, delay)


ALONE = Pace()
"""One thread, which plays as fast as it can."""


def play_until(
    play: Play, indices: NDArray[np.int64], stop: Stop, played: Played, pace: Pace = ALONE
) -> Came:
    """Play runs slice by slice until they are done or an end is asked for.

    What takes long is divided among the threads, each of which gets consecutive runs: what comes
    of them is in order all the same.
    """
    player = _Player(play, indices, stop, played, pace)
    if pace.threads == 1:
        return player.play(0, len(indices))
    begun = time.perf_counter()
    first = player.play(0, min(FIRST_SLICE, len(indices)))
    left = len(indices) - FIRST_SLICE
    if left <= 0 or left * (time.perf_counter() - begun) < SHARED_SECONDS * FIRST_SLICE:
        return _together([first, player.play(FIRST_SLICE, len(indices))])
    ends = [FIRST_SLICE + left * part // pace.threads for part in range(pace.threads + 1)]
    with ThreadPoolExecutor(pace.threads, thread_name_prefix="play") as pool:
        return _together([first, *pool.map(player.play, ends, ends[1:])])


def _together(came: list[Came]) -> Came:
    parts = [results for some, _ in came for results in some]
    failed = {run: error for _, errors in came for run, error in errors.items()}
    return parts, failed


@dataclass(slots=True)
class _Player:
    """Plays parts of a claim, in several threads at once if need be."""

    play_runs: Play
    indices: NDArray[np.int64]
    stop: Stop
    played: Played
    pace: Pace
    done: int = 0
    lock: Lock = field(default_factory=Lock)

    def play(self, start: int, end: int) -> Came:
        """Play the runs at these positions."""
        parts: list[RunResults] = []
        failed: dict[int, str] = {}
        position, size = start, FIRST_SLICE
        while position < end and not self.stop():
            wanted = self.indices[position : min(position + size, end)]
            begun = time.perf_counter()
            with self.pace.turns:
                parts += _play_each(self.play_runs, wanted, failed)
            if self.pace.delay:
                _wait(self.pace.delay * len(wanted), self.stop)
            position += len(wanted)
            self._note(len(wanted))
            seconds = max(time.perf_counter() - begun, 1e-9)
            size = max(1, min(4 * size, int(SLICE_SECONDS * len(wanted) / seconds)))
        return parts, failed

    def _note(self, more: int) -> None:
        with self.lock:
            self.done += more
            self.played(self.done)


def _wait(seconds: float, stop: Stop) -> None:
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop():
        time.sleep(min(left, SLICE_SECONDS))


def _play_each(play: Play, indices: NDArray[np.int64], failed: dict[int, str]) -> list[RunResults]:
    """Play runs; where one fails, halve until it stands alone and takes no other with it."""
    try:
        return [play(indices)]
    except Exception as error:  # noqa: BLE001 - a strategy is a user's code and may raise anything
        if len(indices) == 1:
            failed[int(indices[0])] = described(error)
            return []
    middle = len(indices) // 2
    return [
        *_play_each(play, indices[:middle], failed),
        *_play_each(play, indices[middle:], failed),
    ]


def described(error: Exception) -> str:
    """Return an error's kind and text."""
    return f"{type(error).__name__}: {error}"
