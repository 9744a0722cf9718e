"""Of which runs of a batch timelines are kept."""

from __future__ import annotations

from enum import StrEnum


class Timelines(StrEnum):
    """Of which runs it is kept when rows opened, tiles were completed and bonuses paid.

    The place of a choice here is its number in stored chunks; each keeps fewer than those before.
    """

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"
