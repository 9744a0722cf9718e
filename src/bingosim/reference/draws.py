"""Random draws: splitmix64 in plain whole numbers, and the streams that names choose.

Nothing here is shared with the compiled twin but the reading of seeds and names, so a mistake in
one of the two shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bingosim.engine.rng import salt, seed_number

if TYPE_CHECKING:
    from fractions import Fraction

    from bingosim.event.snapshot import SnapshotPlayer

_BELOW_2_64 = 2**64 - 1
GAMMA = 0x9E3779B97F4A7C15
CERTAIN = 2**62
"""The threshold of chance 1: no draw of 62 bits reaches it."""


def mix(z: int) -> int:
    """Return splitmix64's finalizer of a whole number below 2^64."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _BELOW_2_64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _BELOW_2_64
    return z ^ (z >> 31)


def threshold(chance: Fraction) -> int:
    """Return the number that a draw of 62 bits must stay below, for a chance from 0 to 1."""
    return round(chance * CERTAIN)


def team_stream(seed: str | int, run: int, team: str) -> int:
    """Return the stream of one team in one run of a seed."""
    run_stream = mix((seed_number(str(seed)) + GAMMA * (run + 1)) & _BELOW_2_64)
    return mix(run_stream ^ salt(team))


def player_stream(team: int, player: str) -> int:
    """Return the stream of one player, from their team's stream."""
    return mix(team ^ salt(player))


def attended_sessions(player: SnapshotPlayer, stream: int) -> list[tuple[int, int]]:
    """Return the player's `[start, end)` sessions that take place in this run."""
    return [
        (start, end)
        for start, end in player.sessions
        if mix((stream + GAMMA * (start + 1)) & _BELOW_2_64) >> 2 < threshold(player.attends)
    ]


@dataclass
class Luck:
    """The draws of one player at one activity, in the order in which they are made."""

    state: int

    @classmethod
    def of(cls, stream: int, activity: str) -> Luck:
        """Return the luck of a player (given by their stream) at an activity."""
        return cls(mix(stream ^ salt(activity)))

    def draw(self) -> int:
        """Return the next 64 bits."""
        self.state = (self.state + GAMMA) & _BELOW_2_64
        return mix(self.state)

    def chance(self) -> int:
        """Draw a whole number below 2^62, to compare with thresholds."""
        return self.draw() >> 2

    def below(self, n: int) -> int:
        """Draw a whole number from 0 to n - 1."""
        return (self.draw() >> 20) * n >> 44

    def between_0_and_1(self) -> float:
        """Draw a number in the open unit interval, to the resolution of 2^-52."""
        return ((self.draw() >> 12) + 0.5) * 2.0**-52
