"""What was typed into the form of a tile, as a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bingosim.event.document import written
from bingosim.event.fields import LONGEST_KEY
from bingosim.event.model import Source, Tile
from bingosim.library.documents import check_tile
from bingosim.web.forms import filled
from bingosim.web.texts import meant, words_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from bingosim.library.plain import Document
    from bingosim.web.forms import ItemForm

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+")
_NO_LETTER_OF_A_KEY = re.compile(r"[^a-z0-9]+")


def tile_document(
    form: ItemForm, keys: Collection[str], before: Document | None = None
) -> Document | None:
    """Return the tile that was typed; None where something is wrong, which is then noted.

    Args:
        form: The form, completed by `source_rows`.
        keys: Those of the other tiles.
        before: The tile as it was; what means the same as before stays spelled as it was.
    """
    name = form.text("name").strip()
    key = form.text("key").strip() or free_key(key_of(name), keys)
    if not name and not form.text("key").strip():
        form.wrong["name"] = "A tile needs a name, or at least a key."
    if key in keys:
        form.wrong["key"] = "Another tile has this key."
    optional = {field: _number(form.text(field)) for field in ("need", "each")}
    tile = {
        "key": key,
        **filled({"name": name}),
        "points": _number(form.text("points")),
        **filled(optional),
        "from": [_source(form, n) for n in range(len(form.rows("from")))],
    }
    form.refuse(check_tile(tile))
    return None if form.wrong else _spelled_as(before, tile)


def key_of(name: str) -> str:
    """Return a name as a key: `6x KBD heads` -> `6x_kbd_heads`."""
    return _NO_LETTER_OF_A_KEY.sub("_", name.lower()).strip("_")[:LONGEST_KEY] or "tile"


def free_key(wanted: str, keys: Collection[str]) -> str:
    """Return a key that no tile has: the one that is wanted, or with a number behind it."""
    if wanted not in keys:
        return wanted
    stem = wanted[: LONGEST_KEY - 5]
    return next(key for n in range(2, len(keys) + 3) if (key := f"{stem}_{n}") not in keys)


def _source(form: ItemForm, number: int) -> Document:
    path = f"from[{number}]"
    key = form.text(f"{path}.activity").strip()
    if not key:
        form.wrong[f"{path}.find"] = "Look for an activity and choose one."
    accepts: dict[str, Any] = {}
    for n in range(len(form.rows(f"{path}.drops"))):
        row = f"{path}.drops[{n}]"
        if form.text(f"{row}.take"):
            drop = form.text(f"{row}.key")
            accepts[drop] = _number(form.text(f"{row}.units"))
            form.places[written(("from", number, "accepts", drop))] = f"{row}.units"
    if key and not accepts:
        form.wrong[f"{path}.drops"] = "Tick at least one drop."
    ones = all(units == 1 for units in accepts.values())
    requires = f"{path}.requires"
    form.places[requires] = requires
    rest = {
        "requires": words_of(form.text(requires)),
        "modifiers": _modifiers(form, number),
    }
    return {
        "activity": key or "none",  # what is missing is noted above
        "accepts": (list(accepts) if ones else accepts) or ["none"],
        **filled(rest),
    }


def _modifiers(form: ItemForm, source: int) -> list[Document]:
    """Return the modifiers of a source, without empty rows."""
    found: list[Document] = []
    for n in range(len(form.rows(f"from[{source}].modifiers"))):
        row = f"from[{source}].modifiers[{n}]"
        texts = {name: form.text(f"{row}.{name}").strip() for name in ("has", "time", "chance")}
        if any(texts.values()):
            for name in texts:
                path = ("from", source, "modifiers", len(found), name)
                form.places[written(path)] = f"{row}.{name}"
            numbers = {name: meant(texts[name]) for name in ("time", "chance")}
            found.append({"has": texts["has"], **filled(numbers)})
    return found


def _spelled_as(before: Document | None, tile: Document) -> Document:
    """Keep what means the same as before as it was written."""
    if before is None:
        return tile
    if Tile.model_validate(before) == Tile.model_validate(tile):
        return before
    known = [(Source.model_validate(source), source) for source in before["from"]]
    sources = [
        next((old for meant, old in known if meant == Source.model_validate(new)), new)
        for new in tile["from"]
    ]
    return {**tile, "from": sources}


def _number(text: str) -> Any:
    """Return what a number in a form means; also with commas between thousands."""
    text = text.strip()
    return meant(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
