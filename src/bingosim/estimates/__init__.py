"""Estimates: the expected hours of work in every tile, in closed form; nothing is simulated.

Planners know them as EH, expected hours, from their spreadsheets. `docs/estimates.md` says what is
counted, by which formulas, and what is left out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from bingosim.compilation import compile_snapshot
from bingosim.estimates.attempts import expected_attempts
from bingosim.estimates.model import Estimates
from bingosim.estimates.team import Estimator
from bingosim.event.file import as_snapshot

if TYPE_CHECKING:
    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot

__all__ = ["estimate"]


def estimate(event: Event | Snapshot) -> Estimates:
    """Return the expected hours of work in every tile for every team and player.

    Args:
        event: An event, or a snapshot of one. From a snapshot in the middle of an event it is the
            work that is left.

    Raises:
        InputError: The event cannot be simulated.
    """
    snapshot = as_snapshot(event)
    compiled = compile_snapshot(snapshot)
    # Most players and teams meet the same laws, and differ by their times only.
    attempts = cache(expected_attempts)
    return Estimates(
        snapshot.name,
        tuple(
            Estimator(snapshot, team, arrays, attempts).team()
            for team, arrays in zip(snapshot.teams, compiled.teams, strict=True)
        ),
    )
