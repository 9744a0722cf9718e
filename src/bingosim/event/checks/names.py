"""Names that occur twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bingosim.event.checks.context import Context
    from bingosim.event.document import Path


def check_tile_keys(context: Context) -> None:
    """Two tiles may not have one key."""
    _once(context, "tile key", ((t.key, (*path, "key")) for t, path in context.draft.tiles))


def check_activity_keys(context: Context) -> None:
    """Two activities of the file may not have one key."""
    keys = ((a.key, (*path, "key")) for a, path in context.draft.activities)
    _once(context, "activity key", keys)


def check_player_names(context: Context) -> None:
    """Two players may not have one name."""
    _once(context, "player", ((p.name, (*path, "name")) for p, path in context.draft.players))


def check_team_names(context: Context) -> None:
    """Two teams may not have one name."""
    _once(context, "team", ((t.name, (*path, "name")) for t, path in context.draft.teams))


def check_bonuses(context: Context) -> None:
    """Two bonuses may not have one name, and a bonus names a tile once."""
    named = [(bonus.name, path) for bonus, path in context.draft.bonuses]
    _once(context, "bonus", named)
    for bonus, path in context.draft.bonuses:
        if path[-1] != "lines":
            tiles = ((key, (*path, "tiles", i)) for i, key in enumerate(bonus.tiles))
            _once(context, "tile", tiles)


def _once(context: Context, kind: str, named: Iterable[tuple[str, Path]]) -> None:
    seen: dict[str, Path] = {}
    for name, path in named:
        if name in seen:
            line = context.findings.line(seen[name])
            first = f", first{line}" if line else ""
            context.findings.error(path, f"the {kind} {name!r} is there twice{first}")
        else:
            seen[name] = path


NAME_CHECKS = (
    check_tile_keys,
    check_activity_keys,
    check_player_names,
    check_team_names,
    check_bonuses,
)
