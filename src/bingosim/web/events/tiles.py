"""The form of a tile: its fields, its sources, and what buttons in it do.

A tile's drops are rows of the form whether they are ticked or not, so that what is left out keeps
the units that were typed for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from bingosim.event.model import Source
from bingosim.web.events.lookup import drops_of
from bingosim.web.texts import spelled

if TYPE_CHECKING:
    from bingosim.library.plain import Document
    from bingosim.web.events.lookup import Known, Lookup
    from bingosim.web.forms import ItemForm


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


def typed_tile(tile: Document) -> dict[str, Any]:
    """Return the texts of a tile's form."""
    return {
        **_typed(tile, "key", "name", "points", "need", "each"),
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
            _typed(one, "has", "time", "chance") for one in document.get("modifiers") or ()
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


def _typed(document: Document, *names: str) -> dict[str, str]:
    return {name: spelled(document[name]) for name in names if document.get(name) is not None}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
