"""What comparing costs and saves: `python -m benchmarks.comparing [FILE] [TEAM]`.

Compares the built-in strategies of one team as `bingosim compare` does, and says for each pair how
many runs two independent simulations would need for an interval as narrow, and how long those runs
would take by the speed of the whole event's simulation, measured in the same go. Figures of it
stand in docs/statistics.md.
"""

from __future__ import annotations

import sys
from time import perf_counter

import bingosim
from bingosim.comparison import compare_strategies

EVENT = "examples/winter-bingo.yaml"
TIMED = 5_000


def main() -> None:
    """Compare, time, and print a line for each pair."""
    file, team = (*sys.argv[1:], *(EVENT, None)[len(sys.argv) - 1 :])[:2]
    event = bingosim.load(str(file))
    bingosim.simulate(event, 100)  # compiled and cached
    begun = perf_counter()
    bingosim.simulate(event, TIMED)
    speed = TIMED / (perf_counter() - begun)
    found = compare_strategies(event, team)
    (compared,) = found.teams
    print(
        f"{found.event}, {compared.team}: {found.runs:,} runs of {len(found.variants)} strategies "
        f"in {found.seconds:.1f} s; the whole event: {speed:,.0f} runs/s"
    )
    print(f"{'better':16}{'worse':18}{'wins, points':>16}{'runs saved':>12}{'time saved':>12}")
    for one in compared.differences:
        ahead = f"{100 * one.win.value:+.2f} ± {100 * one.win.margin:.2f}"
        saved = one.saved or float("inf")
        # Two simulations of the whole event with so many times the runs, against this pair's share.
        apart = 2 * saved * found.runs / speed
        paired = 2 * found.seconds / len(found.variants)
        print(
            f"{found.variants[one.better]:16}{found.variants[one.worse]:18}{ahead:>16}"
            f"{saved:11.1f}x{apart / paired:11.1f}x{'' if one.settled else '  not settled'}"
        )


if __name__ == "__main__":
    main()
