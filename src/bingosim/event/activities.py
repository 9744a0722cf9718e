"""Where an event's activities come from: its own file first, then the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bingosim.errors import UnknownKeyError
from bingosim.event.catalog import catalog_keys, load_entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bingosim.event.model import Activity


def known_activities(own: Iterable[Activity]) -> set[str]:
    """Return every key that a tile may name."""
    return {activity.key for activity in own}.union(catalog_keys())


def find_activities(keys: Iterable[str], own: Sequence[Activity]) -> dict[str, Activity]:
    """Return the named activities by key; catalog entries nobody names are not loaded.

    Raises:
        UnknownKeyError: Neither file nor catalog has one; the message names the nearest.
    """
    found = {activity.key: activity for activity in own}
    for key in keys:
        if key not in found and key not in catalog_keys():
            raise UnknownKeyError("activity", key, known_activities(own))
    return {key: found[key] if key in found else load_entry(key).activity for key in keys}
