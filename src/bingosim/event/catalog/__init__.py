"""The catalog: activities of the game with sourced drop rates and times, one small file each.

A file holds one activity in the grammar of event files, and the provenance of its figures. Files
are found by name and read one by one, so that an event pays only for the activities it uses and
a suggestion for a mistyped key costs no more than a directory listing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from bingosim.errors import UnknownKeyError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bingosim.event.catalog.entry import CatalogEntry
    from bingosim.event.model import Activity

__all__ = ["catalog_keys", "entry_path", "load_all", "load_entry", "matches", "search"]

_DATA = Path(__file__).parent / "data"


@cache
def catalog_keys() -> tuple[str, ...]:
    """Return the keys of all entries, sorted; reads file names only."""
    return tuple(sorted(f"{file.parent.name}.{file.stem}" for file in _DATA.glob("*/*.yaml")))


def entry_path(key: str) -> Path:
    """Return the file of an entry.

    Raises:
        UnknownKeyError: The catalog has no such key; the message names the nearest ones.
    """
    if key not in catalog_keys():
        raise UnknownKeyError("catalog activity", key, catalog_keys())
    folder, _, rest = key.partition(".")
    return _DATA / folder / f"{rest}.yaml"


@cache
def load_entry(key: str) -> CatalogEntry:
    """Return an entry, read and validated at its first use.

    Raises:
        UnknownKeyError: The catalog has no such key; the message names the nearest ones.
    """
    # Late imports: keys and suggestions must not cost pydantic and YAML.
    import yaml  # noqa: PLC0415

    from bingosim.event.catalog.entry import CatalogEntry  # noqa: PLC0415

    # The C parser is about ten times as fast; it is missing where PyYAML was built without libyaml.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with entry_path(key).open("rb") as file:
        return CatalogEntry.model_validate(yaml.load(file, Loader=loader))  # noqa: S506


@cache
def load_all() -> tuple[CatalogEntry, ...]:
    """Return all entries by name; the first time it takes most of a second."""
    entries = map(load_entry, catalog_keys())
    return tuple(sorted(entries, key=lambda entry: (entry.activity.name.casefold(), entry.key)))


def search(words: Iterable[str]) -> list[tuple[CatalogEntry, list[str]]]:
    """Find entries by words: each occurs in the key or the name, or the rest share one drop key.

    So `king dragon pickaxe` finds the pickaxe of the King Black Dragon. Case and punctuation do
    not matter: `Vorkath's head` finds `item.vorkaths_head`.

    Returns:
        Entries in key order, each with the drop keys that were found.
    """
    wanted = _folded_words(words)
    found = []
    for key in catalog_keys() if wanted else ():
        # The file also holds prose, so this only rules out.
        if all(word in _folded_file(key) for word in wanted):
            entry = load_entry(key)
            hits = matches(entry.activity, wanted)
            if hits is not None:
                found.append((entry, hits))
    return found


def matches(activity: Activity, words: Iterable[str]) -> list[str] | None:
    """Return the drop keys that `search` finds in an activity; None if it does not find it."""
    wanted = _folded_words(words)
    if not wanted:
        return []
    head = _folded(f"{activity.key} {activity.name}")
    rest = [word for word in wanted if word not in head]
    hits = [
        drop
        for drop in sorted(activity.drop_keys)
        if all(word in _folded(drop) for word in rest or wanted)
    ]
    return hits if hits or not rest else None


def _folded_words(words: Iterable[str]) -> list[str]:
    return [folded for word in words for part in word.split() if (folded := _folded(part))]


@cache
def _folded_file(key: str) -> str:
    return _folded(entry_path(key).read_text(encoding="utf-8"))


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
