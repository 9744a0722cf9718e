"""Where the catalog's figures come from: the codes that entries name, and what each stands for."""

from __future__ import annotations

from typing import Literal, NamedTuple

SourceCode = Literal[
    "WOM_EHB_MAIN",
    "LA_MAIN",
    "CLH_MAIN",
    "REDDIT_1eze0sa",
    "CLL",
    "DINK",
    "LA",
    "CLH",
    "OSJS",
    "OSB",
    "REF",
    "GAME",
]


class Source(NamedTuple):
    """One source: who states the figure, which version was read, and its licence."""

    name: str
    version: str
    licence: str


SOURCES: dict[SourceCode, Source] = {
    "WOM_EHB_MAIN": Source("Wise Old Man, efficient hours bossed (main)", "2026-04-19", "MIT"),
    "LA_MAIN": Source("Log Adviser, completions per hour (main)", "2026-08-19", "BSD-2-Clause"),
    "CLH_MAIN": Source("Collection Log Helper, seconds (main)", "2026-07-01", "BSD-2-Clause"),
    "REDDIT_1eze0sa": Source(
        "r/2007scape, expected kill counts of an ordinary good player", "2024", "facts only"
    ),
    "CLL": Source("Collection Log Luck", "2025-12-24", "BSD-2-Clause"),
    "DINK": Source("Dink, drops of the OSRS Wiki", "2026-04-11", "BSD-2-Clause; facts only"),
    "LA": Source("Log Adviser, expected attempts per log slot", "2026-08-19", "BSD-2-Clause"),
    "CLH": Source("Collection Log Helper, drop rates", "2026-07-01", "BSD-2-Clause"),
    "OSJS": Source("oldschooljs 2.6.1, content to mid-2024", "2.6.1", "MIT"),
    "OSB": Source("Old School Bot", "2026-08-22", "MIT"),
    "REF": Source("An earlier clan bingo's event definition", "Bingo 7", "project reference"),
    "GAME": Source("Knowledge of the game, no published figure", "2026", "own estimate"),
}
