"""What a strategy of one's own is written with; `docs/strategies.md` shows how.

    from bingosim.strategies import GRANT, estimated_work, furthest_row

The functions are kernels: a strategy calls them as it calls its own, and so does Python.
"""

from bingosim.engine.strategies import GRANT
from bingosim.engine.strategies.greedy import score_greedy
from bingosim.engine.strategies.lines import score_lines
from bingosim.engine.strategies.row_unlocking import cheapest_unlocking_set
from bingosim.engine.strategies.standing import estimated_work, furthest_row, seconds_left

__all__ = [
    "GRANT",
    "cheapest_unlocking_set",
    "estimated_work",
    "furthest_row",
    "score_greedy",
    "score_lines",
    "seconds_left",
]
