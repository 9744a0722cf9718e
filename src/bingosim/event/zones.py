"""Time zones by their IANA names, always from the locked `tzdata` package.

The host's own zone files may be older or newer: a snapshot must not depend on where it is made.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from bingosim.errors import InputError
from bingosim.event.quantities import shown


@cache
def zone_names() -> tuple[str, ...]:
    """Return the names of all zones, sorted."""
    return tuple(sorted(files("tzdata").joinpath("zones").read_text("utf-8").split()))


@cache
def time_zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name.

    Raises:
        InputError: There is no such zone; the message names the nearest ones.
    """
    if name not in zone_names():
        known = " or ".join(map(repr, _alike(name)))
        hint = f"did you mean {known}?" if known else "expected a name such as Europe/London"
        raise InputError(f"there is no time zone {shown(name)} ({hint})")
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@cache
def _alike(name: str) -> list[str]:
    """Return the zones that `name` may mean; a city alone is enough."""
    by_city = {zone.rsplit("/", 1)[-1].casefold(): zone for zone in zone_names()}
    city = name[:80].strip().replace(" ", "_").rsplit("/", 1)[-1].casefold()
    return [by_city[match] for match in get_close_matches(city, by_city, n=3, cutoff=0.75)]
