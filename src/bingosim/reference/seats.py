"""Where the players of a team are: offline, free, waiting, or busy in a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bingosim.reference.board import TileSource


@dataclass(frozen=True, eq=False)
class Unit:
    """Players, in roster order, busy with one attempt at one source."""

    source: TileSource
    members: tuple[int, ...]
    start: int
    end: int


@dataclass
class Seat:
    """What a player is doing. Who is online, not busy and not waiting is free.

    Attributes:
        session_end: The end of the session that runs; None outside sessions.
        unit: What the player is busy with.
        waits_for: The group source that the player waits for ...
        since: ... and the second of first choosing it.
        barred: Numbers of the sources that the player waited for in vain.
    """

    session_end: int | None
    unit: Unit | None
    waits_for: TileSource | None
    since: int
    barred: set[int]

    @property
    def free(self) -> bool:
        """Whether the player is online with nothing to do."""
        return self.session_end is not None and self.unit is None and self.waits_for is None
