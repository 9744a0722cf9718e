"""Playing the runs of a claim, in slices between which an end may be asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Semaphore
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.results import RunResults

SLICE_SECONDS = 0.2
"""How long the stop flag may go unread."""
FIRST_SLICE = 8
"""Runs; how long they take tells how many the next slice may hold."""

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

    Several threads get consecutive parts of the runs: what comes of them is in order all the same.
    """
    if pace.threads == 1 or len(indices) <= FIRST_SLICE:
        return _play_part(play, indices, stop, played, pace)
    done = [0] * pace.threads

    def play_part(number: int, part: NDArray[np.int64]) -> Came:
        def note(count: int) -> None:
            done[number] = count
            played(sum(done))

        return _play_part(play, part, stop, note, pace)

    parts: list[RunResults] = []
    failed: dict[int, str] = {}
    with ThreadPoolExecutor(pace.threads, thread_name_prefix="play") as pool:
        shares = np.array_split(indices, pace.threads)
        for results, errors in pool.map(play_part, range(pace.threads), shares):
            parts += results
            failed |= errors
    return parts, failed


def _play_part(
    play: Play, indices: NDArray[np.int64], stop: Stop, played: Played, pace: Pace
) -> Came:
    parts: list[RunResults] = []
    failed: dict[int, str] = {}
    position, size = 0, FIRST_SLICE
    while position < len(indices) and not stop():
        wanted = indices[position : position + size]
        begun = time.perf_counter()
        with pace.turns:
            parts += _play_each(play, wanted, failed)
        if pace.delay:
            _wait(pace.delay * len(wanted), stop)
        position += len(wanted)
        played(position)
        seconds = max(time.perf_counter() - begun, 1e-9)
        size = max(1, min(4 * size, int(SLICE_SECONDS * len(wanted) / seconds)))
    return parts, failed


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
