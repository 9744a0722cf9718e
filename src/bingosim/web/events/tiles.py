"""The form of a tile: how its document is typed, and what document was typed.

A tile's drops are rows of the form whether they are ticked or not, so that what is left out keeps
the units that were typed for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from bingosim.event.document import written
from bingosim.event.fields import LONGEST_KEY
from bingosim.event.model import Source, Tile
from bingosim.event.positions import plain_value
from bingosim.library.documents import check_tile
from bingosim.web.events.lookup import drops_of
from bingosim.web.forms import filled

if TYPE_CHECKING:
    from collections.abc import Collection

    from bingosim.library.plain import Document
    from bingosim.web.events.lookup import Known, Lookup
    from bingosim.web.forms import ItemForm

_GROUPED = re.compile(r"\d{1,3}(,\d{3})+")
_NO_LETTER_OF_A_KEY = re.compile(r"[^a-z0-9]+")


class DropRow(NamedTuple):
    """A drop in the form of a source.

    Attributes:
        path: Of its fields.
        key: The drop.
        words: How often the activity gives it; empty where it does not.
        taken: Whether the tile accepts it.
    """

    path: str
    key: str
    words: str
    taken: bool


class SourceRow(NamedTuple):
    """A source in the form of a tile.

    Attributes:
        path: Of its fields.
        key: The activity; empty where none is chosen yet.
        known: What the event means by it; None where nothing has this key.
        drops: What it gives, and what else the tile accepts.
        found: What was found where one looks for an activity.
        looked: Whether one looks.
    """

    path: str
    key: str
    known: Known | None
    drops: tuple[DropRow, ...]
    found: tuple[Known, ...]
    looked: bool


# -- a document as it is typed -------------------------------------------------------------------


def typed_tile(tile: Document) -> dict[str, Any]:
    """Return the texts of a tile's form."""
    return {
        **{name: _text(tile.get(name)) for name in ("key", "name", "points", "need", "each")},
        "from": [_typed_source(source) for source in tile["from"]],
    }


def new_tile(points: int) -> dict[str, Any]:
    """Return the texts of the form of a tile that is not there yet."""
    return {"points": str(points), "need": "1", "from": [{}]}


def _typed_source(document: Document) -> dict[str, Any]:
    source = Source.model_validate(document)
    accepted = source.accepts.items()
    return {
        "activity": source.activity,
        "drops": [{"key": key, "take": "yes", "units": str(units)} for key, units in accepted],
        "requires": ", ".join(source.requires),
        "modifiers": [
            {name: _text(one.get(name)) for name in ("has", "time", "chance")}
            for one in document.get("modifiers") or ()
        ],
    }


def source_rows(form: ItemForm, lookup: Lookup, looking: str = "") -> list[SourceRow]:
    """Return the sources of a form, each with all the drops of its activity.

    Args:
        form: The form; it is given a row for every drop.
        lookup: What the event can be made of.
        looking: Path of the source for which one looks for an activity.
    """
    typed = [source if isinstance(source, dict) else {} for source in form.rows("from")]
    form.typed["from"] = typed
    return [_source_row(form, lookup, f"from[{n}]", looking) for n in range(len(typed))]


def pick(form: ItemForm, words: str) -> None:
    """Give a source the activity that was chosen for it.

    Args:
        form: The form.
        words: Path of the source, key of the activity, its id in the library or `-`, and the drops
            that it shall accept, with blanks between them.
    """
    path, key, item, *drops = [*words.split(), "", "", ""]
    ticked = [{"key": drop, "take": "yes", "units": "1"} for drop in drops if drop]
    form.row(path).update(activity=key, item=item, find="", drops=ticked)


def change(form: ItemForm, path: str) -> None:
    """Let somebody choose another activity for a source."""
    form.row(path).update(activity="", item="", find=form.text(f"{path}.activity"))


def chosen_items(form: ItemForm) -> list[UUID]:
    """Return the activities of the library that were chosen for the sources."""
    texts = [form.text(f"from[{n}].item") for n in range(len(form.rows("from")))]
    return [UUID(text) for text in texts if _is_id(text)]


def _source_row(form: ItemForm, lookup: Lookup, path: str, looking: str) -> SourceRow:
    key, item = form.text(f"{path}.activity").strip(), form.text(f"{path}.item")
    known = lookup.find(key, UUID(item) if _is_id(item) else None) if key else None
    rows = {form.text(f"{path}.drops[{n}].key"): n for n in range(len(form.rows(f"{path}.drops")))}
    words = drops_of(known.activity) if known else {}
    ticked = [drop for drop, n in rows.items() if form.text(f"{path}.drops[{n}].take")]
    listed = [*words, *(drop for drop in ticked if drop not in words)]
    form.row(path)["drops"] = [
        {
            "key": drop,
            "take": "yes" if drop in ticked else "",
            "units": form.text(f"{path}.drops[{rows[drop]}].units") if drop in rows else "1",
        }
        for drop in listed
    ]
    found = lookup.search(form.text(f"{path}.find")) if path == looking else []
    drops = (
        DropRow(f"{path}.drops[{n}]", drop, words.get(drop, ""), drop in ticked)
        for n, drop in enumerate(listed)
    )
    return SourceRow(path, key, known, tuple(drops), tuple(found), path == looking)


# -- what was typed, as a document ---------------------------------------------------------------


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
        "requires": form.text(requires).replace(",", " ").split(),
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
            numbers = {name: plain_value(texts[name]) for name in ("time", "chance")}
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
    number = plain_value(text.replace(",", "") if _GROUPED.fullmatch(text) else text)
    return "" if number is None else number


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
