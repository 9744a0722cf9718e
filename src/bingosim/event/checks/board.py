"""Checks of the board: what its tiles name exists, and everything on it can be completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import nearest
from bingosim.event.catalog import catalog_keys
from bingosim.event.words import listed

if TYPE_CHECKING:
    from bingosim.event.checks.context import Context


def check_there_are_tiles(context: Context) -> None:
    """An event needs a tile."""
    draft = context.draft
    if not draft.rows and draft.names["tile"].complete:
        context.findings.error(("board", "rows"), "the board has no tiles")


def check_rows_have_tiles(context: Context) -> None:
    """A row has a tile."""
    for number, row in enumerate(context.draft.rows):
        if not row:
            context.findings.error(("board", "rows", number), "this row has no tiles")


def check_tiles_have_sources(context: Context) -> None:
    """A tile can be worked on somewhere."""
    for tile, path in context.draft.tiles:
        if not tile.sources:
            context.findings.error((*path, "from"), "expected at least one, got none")


def check_activities_exist(context: Context) -> None:
    """A tile's activity is in the file or in the catalog."""
    names = context.draft.names["activity"]
    known = names.valid.union(catalog_keys())
    if not names.complete:
        return
    for _, source, path in context.sources:
        if source.activity not in known and source.activity not in names.broken:
            guess = nearest(source.activity, known)
            message = f"there is no activity {source.activity!r} in this file or the catalog{guess}"
            context.findings.error((*path, "activity"), message)


def check_drops_exist(context: Context) -> None:
    """A tile accepts only what its activity gives."""
    for placed, activity in context.known_sources():
        for drop in placed.source.accepts:
            if drop not in activity.drop_keys:
                gives = listed(sorted(activity.drop_keys))
                guess = nearest(drop, activity.drop_keys)
                context.findings.error(
                    (*placed.path, "accepts", drop),
                    f"{activity.key} does not give {drop!r}{guess}; it gives {gives}",
                )


def check_drops_have_one_worth(context: Context) -> None:
    """Sources of one tile with one activity agree on what a drop is worth."""
    for tile, path in context.draft.tiles:
        worth: dict[tuple[str, str], int] = {}
        for number, source in enumerate(tile.sources):
            for drop, units in source.accepts.items():
                known = worth.setdefault((source.activity, drop), units)
                if known != units:
                    context.findings.error(
                        (*path, "from", number, "accepts", drop),
                        f"{drop} of {source.activity} is worth {units} here and {known} in "
                        "another source of this tile: expected one worth",
                    )


def check_each_leaves_enough(context: Context) -> None:
    """With `each`, the accepted drops together can make up the need."""
    for tile, path in context.draft.tiles:
        if tile.each is None or not tile.sources:
            continue
        drops = {drop for source in tile.sources for drop in source.accepts}
        if tile.need > tile.each * len(drops):
            count = f"{len(drops)} drop{'s' if len(drops) > 1 else ''}"
            context.findings.error(
                (*path, "each"),
                f"this tile can never be completed: {count} of at most {tile.each} each make "
                f"{tile.each * len(drops)}, and the need is {tile.need}",
            )


def check_rows_can_unlock(context: Context) -> None:
    """Every row but the last is worth the unlock threshold."""
    head = context.draft.head
    if head is None or head.kind != "rows":
        return
    for number, row in enumerate(context.draft.rows[:-1]):
        points = sum(tile.value.points for tile in row if tile is not None)
        if row and None not in row and points < head.unlock_points:
            context.findings.error(
                ("board", "rows", number),
                f"the tiles of this row are worth {points} points together, and the next row opens "
                f"at {head.unlock_points} (unlock_points): it could never be reached",
            )


def check_bonus_tiles_exist(context: Context) -> None:
    """A bonus names tiles of the board."""
    names = context.draft.names["tile"]
    for bonus, path in context.draft.bonuses:
        for number, key in enumerate(bonus.tiles):
            if path[-1] != "lines" and names.unknown(key):
                message = f"there is no tile {key!r} on the board{nearest(key, names.valid)}"
                context.findings.error((*path, "tiles", number), message)


BOARD_CHECKS = (
    check_there_are_tiles,
    check_rows_have_tiles,
    check_tiles_have_sources,
    check_activities_exist,
    check_drops_exist,
    check_drops_have_one_worth,
    check_each_leaves_enough,
    check_rows_can_unlock,
    check_bonus_tiles_exist,
)
