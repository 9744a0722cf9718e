"""Tables of runs in files: CSV, JSON Lines and Parquet.

    with Export(directory, Kind.PARQUET, snapshot, seed="monday") as export:
        simulate(snapshot, seed="monday", sink=export.add)
        ...

`docs/results.md` says what the tables hold.
"""

from bingosim.exports.export import Export
from bingosim.exports.writers import Kind

__all__ = ["Export", "Kind"]
