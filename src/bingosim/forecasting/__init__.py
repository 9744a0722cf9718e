"""Forecasts from the middle of an event: chances from here, and how they moved since last time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bingosim.errors import ExecutionError
from bingosim.event.file import as_snapshot
from bingosim.event.moments import Moments
from bingosim.event.snapshot import with_state
from bingosim.event.state_file import check_state
from bingosim.forecasting.earlier import moved_since
from bingosim.forecasting.model import Forecast
from bingosim.simulation import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot, StartingState
    from bingosim.forecasting.earlier import Earlier

__all__ = ["Forecast", "forecast"]


def forecast(
    event: Event | Snapshot,
    state: StartingState | Mapping[str, Any],
    *,
    earlier: Earlier | None = None,
    **how: Any,
) -> Forecast:
    """Simulate the rest of an event.

    Args:
        event: The event.
        state: How far every team is: of a state file (`event.state_file.load_state`), or its data
            (`{"bingosim_state": 1, "now": "3d8h", "teams": [...]}`).
        earlier: What was forecast before, to see how chances moved.
        how: As for `simulate`: `runs`, `seed`, `precision`, ...

    Raises:
        InputError: The state contradicts the event, or an argument is out of its range.
        ExecutionError: It was stopped before the first run.
    """
    whole = as_snapshot(event)
    snapshot = with_state(whole, found := check_state(state, whole))
    simulation = simulate(snapshot, **how)
    if simulation.aggregates.runs == 0:
        raise ExecutionError("stopped before there was anything to tell")
    report = simulation.to_dict()
    return Forecast(
        simulation=simulation,
        state=found,
        now=Moments.of(whole).told(found.at),
        event_sha256=whole.sha256,
        since=None if earlier is None else moved_since(earlier, report, whole.sha256),
    )
