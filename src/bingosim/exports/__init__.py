"""Tables of runs in files: CSV, JSON Lines and Parquet.

    with Export("runs", "parquet", snapshot) as export:
        done = simulate(snapshot, sink=export.add)
        export.finish(seed=done.seed, engine=done.engine, engine_version=done.engine_version,
                      complete=done.complete)

`docs/results.md` says what the tables hold.
"""

from bingosim.exports.export import Export
from bingosim.exports.writers import Kind

__all__ = ["Export", "Kind"]
