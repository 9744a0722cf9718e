"""Replaying: one run played again from its seed, with who did what and when each tile fell.

    from bingosim.replay import replay

    told = replay(bingosim.make_snapshot(event), seed="monday", run=17)

The run is the one of that index in every batch of the same snapshot, seed and engine, bit for bit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.aggregates import find_winners
from bingosim.engines import DEFAULT_ENGINE, trace_run
from bingosim.replay.model import Replay
from bingosim.replay.story import tell_team

if TYPE_CHECKING:
    from bingosim.event.snapshot import Snapshot

__all__ = ["replay"]


def replay(snapshot: Snapshot, seed: str, run: int, engine: str = DEFAULT_ENGINE) -> Replay:
    """Play one run of all teams again and tell what happens in it.

    Args:
        snapshot: The event.
        seed: The batch's seed, any text.
        run: Index of the run, from 0 to 2^62.
        engine: The batch's engine: `jump`, `attempt` or `reference`. `jump` takes one attempt after
            the other here, which changes no result.

    Raises:
        InputError: Engine, seed or run index are none, the event cannot be simulated, or a team
            makes more than 33 million attempts.
    """
    traced = trace_run(snapshot, seed, run, engine)
    won = find_winners(traced.results.points, traced.results.last_point)[0]
    share = 1 / int(won.sum())
    return Replay(
        snapshot=snapshot,
        seed=seed,
        run=run,
        engine=engine,
        engine_version=traced.engine_version,
        results=traced.results,
        teams=tuple(
            tell_team(snapshot, index, trace.tolist(), won=share * bool(won[index]))
            for index, trace in enumerate(traced.traces)
        ),
    )
