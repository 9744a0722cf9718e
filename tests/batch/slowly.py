"""`bingosim` with an engine that takes its time: `python -m tests.batch.slowly batch start ...`.

From the 100th run on it says `slow` on stderr and takes a while for each run, as long as the file
that `BINGOSIM_TEST_SLOW` names is there: for two minutes at most, so that nothing hangs.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bingosim import cli, engines
from bingosim.batch import play as playing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults

SLOW_AFTER = 100
"""Runs that are played at full speed."""
RUN_SECONDS = 0.25
LONGEST_SECONDS = 120


def main() -> None:
    """Run the command line."""
    begun = time.monotonic()
    real = engines._jump
    slow = Path(os.environ["BINGOSIM_TEST_SLOW"])

    def make(snapshot: Snapshot, seed: str) -> Play:
        play = real(snapshot, seed)

        def slowly(runs: NDArray[np.int64]) -> RunResults:
            if len(runs) and runs[-1] >= SLOW_AFTER and slow.exists():
                if time.monotonic() - begun > LONGEST_SECONDS:
                    os._exit(3)
                sys.stderr.write("slow\n")
                sys.stderr.flush()
                time.sleep(RUN_SECONDS * len(runs))
            return play(runs)

        return slowly

    engines._ENGINES["jump"] = make  # type: ignore[assignment]
    playing.FIRST_SLICE = 1
    cli.main()


if __name__ == "__main__":
    main()
