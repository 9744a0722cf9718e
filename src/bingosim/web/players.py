"""The form of a player: its fields, and the document that they mean."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bingosim.errors import UnknownKeyError
from bingosim.event.positions import plain_value
from bingosim.event.schedule import parse_session, weekly_seconds
from bingosim.web.forms import ItemForm, filled, sentence
from bingosim.web.texts import spelled

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from bingosim.library.plain import Document

_WORDS = re.compile(r"[\s,;]+")
_LISTED = re.compile(r"(plays|away|has)\[(\d+)\]")
_BETWEEN = {"plays": re.compile(r"[\n;]+"), "away": _WORDS, "has": _WORDS}
"""Lists that are typed into one field, and what stands between their items."""


def form_of(document: Document, version: int) -> ItemForm:
    """Return a player's form; what it says is spelled as in the document."""
    typed: dict[str, Any] = {
        key: spelled(document[key]) for key in ("name", "speed", "attends", "timezone")
        if document.get(key) is not None
    }  # fmt: skip
    typed["speeds"] = [
        {"activity": key, "speed": spelled(speed)}
        for key, speed in (document.get("speeds") or {}).items()
    ]
    for key, between in (("plays", "\n"), ("away", ", "), ("has", ", ")):
        typed[key] = between.join(map(spelled, document.get(key) or ()))
    return ItemForm(typed, version)


def document_of(form: ItemForm) -> Document:
    """Return what was typed as an entry of `players`; what is wrong with rows is noted."""
    speeds = form.pairs("speeds", "activity", "speed")
    optional = {
        "speed": plain_value(form.text("speed").strip()),
        "speeds": {key: plain_value(speed) for key, speed in speeds.items()},
        "has": list(dict.fromkeys(_items(form, "has"))),
        "attends": plain_value(form.text("attends").strip()),
        "timezone": form.text("timezone").strip(),
        "plays": _items(form, "plays"),
        "away": _items(form, "away"),
    }
    return {"name": form.text("name").strip(), **filled(optional)}


def name_activities(form: ItemForm, names: Mapping[str, str], spoken_for: Container[str]) -> None:
    """Put keys where activities were called by their names, and note those that nothing has.

    Args:
        form: A player's.
        names: Activities, key -> name.
        spoken_for: Keys that the player had before; their activities may be gone by now.
    """
    keys = {name.casefold(): key for key, name in names.items()}
    for number, row in enumerate(form.rows("speeds")):
        typed = form.text(f"speeds[{number}].activity").strip()
        if not typed or typed in names or typed in spoken_for:
            continue
        if typed.casefold() in keys:
            row["activity"] = keys[typed.casefold()]
        else:
            error = UnknownKeyError("activity", typed, names)
            form.wrong[f"speeds[{number}].activity"] = sentence(str(error))


def refuse(form: ItemForm, wrong: Mapping[str, str]) -> None:
    """Note what is wrong with a player's document at the fields of its form."""
    by_field: dict[str, list[str]] = {}
    for path, said in wrong.items():
        listed = _LISTED.match(path)
        field = listed[1] if listed else path
        item = _items(form, listed[1])[int(listed[2])] if listed else ""
        told = f"`{item}`: {said}" if listed and item not in said else said
        if field == "name" and not form.text("name").strip():
            told = "a player needs a name"
        by_field.setdefault(field, []).append(told)
    form.refuse({field: "; ".join(told) for field, told in by_field.items()})


def hours_of(plays: Iterable[object]) -> float | None:
    """Return a week's hours online; None where a session cannot be read."""
    try:
        return weekly_seconds(parse_session(str(text)) for text in plays) / 3_600
    except ValueError:
        return None


def _items(form: ItemForm, field: str) -> list[str]:
    return [text for item in _BETWEEN[field].split(form.text(field)) if (text := item.strip())]
