"""Which strategy does best on an example: `python -m benchmarks.strategies [RUNS] [EVENT]`.

One team in turn plays each of the strategies while the others play as the file says. All see the
same luck, so that differences are taken run by run; the intervals are 95%, of paired differences.
Figures of it stand in `docs/strategies.md`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

import bingosim
from bingosim.event.strategies import STRATEGIES
from bingosim.simulation import available_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bingosim import Event, RunResults

EVENT = "examples/winter-bingo.yaml"
SEED = "strategies"
NAMES = [name for name in STRATEGIES if name != "tile-order"]  # without a list it is `greedy`


def playing(event: Event, index: int, strategy: str) -> Event:
    """Return the event with one team playing by another strategy."""
    teams = list(event.teams)
    teams[index] = teams[index].model_copy(update={"strategy": strategy, "params": {}})
    return event.model_copy(update={"teams": tuple(teams)})


def wins(results: RunResults, index: int) -> NDArray[np.float64]:
    """Return a team's part of each run's win: most points, then who had them first."""
    last = np.maximum(results.last_point, 0)  # a team without points ranks like one at second 0
    rank = results.points * 2**32 - last
    first = rank == rank.max(axis=1, keepdims=True)
    return np.asarray(first[:, index] / first.sum(axis=1))


def paired(one: NDArray[np.float64], other: NDArray[np.float64]) -> str:
    """Return the mean difference of two columns with its 95% interval."""
    difference = one - other
    half = 1.96 * difference.std(ddof=1) / len(difference) ** 0.5
    return f"{difference.mean():+8.3f} ± {half:.3f}"


def main() -> None:
    """Play every strategy for every team, and print a table for each team."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    event = bingosim.load(sys.argv[2] if len(sys.argv) > 2 else EVENT)
    print(f"{event.header.name}: {runs:,} runs, seed {SEED}, engine jump")
    for index, team in enumerate(event.teams):
        others = ", ".join(f"{t.name} {t.strategy}" for t in event.teams if t is not team)
        print(f"\n{team.name} ({others})")
        print(f"{'strategy':16} {'points':>8} {'wins':>7}   look-ahead is better by, points | wins")
        points, won = {}, {}
        for name in NAMES:
            results = bingosim.simulate(
                playing(event, index, name),
                runs,
                SEED,
                engine="jump",
                threads=available_threads(),
                keep=True,
            ).results
            points[name] = results.points[:, index].astype(np.float64)
            won[name] = wins(results, index)
        for name in NAMES:
            line = f"{name:16} {points[name].mean():8.2f} {won[name].mean():7.2%}"
            if name != "look-ahead":
                better = [paired(column["look-ahead"], column[name]) for column in (points, won)]
                line += "   " + " | ".join(better)
            print(line, flush=True)


if __name__ == "__main__":
    main()
