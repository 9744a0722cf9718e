"""The form of an activity: its fields, and the document that they mean.

Fields are named as the document's places are, but for short forms of files, which have rows here:
`gives: {item.key: 2}` is `gives[0].drop` and `gives[0].quantity`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from bingosim.event.fields import KEY_PATTERN
from bingosim.event.quantities import parse_chance
from bingosim.web.forms import ItemForm, filled
from bingosim.web.texts import meant, spelled, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bingosim.library.plain import Document

MISSING = "It is missing."
ALONE, SOLO, TOGETHER = "alone", "solo", "together"
"""Who does it: each for themselves; alone or in groups; in groups only."""
_SIZES = ("min", "want", "max", "max_wait")
_KEY = re.compile(KEY_PATTERN)
_REQUIRED = re.compile(r"requires\[(\d+)\]")
_ROLL = re.compile(r"(loot\[\d+\])(\.drops)?")


# -- document -> form ----------------------------------------------------------------------------


def form_of(document: Document, version: int = 0) -> ItemForm:
    """Return an activity's form; what it says is spelled as in the document."""
    typed = {
        **_texts(document, "key", "name"),
        "time": _time_typed(document["time"]),
        "group": _group_typed(document.get("group")),
        "bands": [
            {"sizes": _range(band["sizes"]), **_texts(band, "time", "chance")}
            for band in document.get("bands") or ()
        ],
        "loot": [_line_typed(line) for line in document["loot"]],
        "requires": ", ".join(document.get("requires") or ()),
    }
    return ItemForm(typed, version)


def new_form() -> ItemForm:
    """Return the form of an activity that is yet to be written down."""
    return ItemForm({"time": {"law": "uniform"}, "group": {"who": ALONE}})


def _time_typed(time: Document) -> dict[str, str]:
    law = time.get("law") or ("uniform" if "spread" in time else "fixed")
    return {**_texts(time, "seconds", "spread"), "law": law}


def _group_typed(group: Document | None) -> dict[str, str]:
    if group is None:
        return {"who": ALONE}
    return {"who": SOLO if group.get("solo") else TOGETHER, **_texts(group, *_SIZES)}


def _line_typed(line: Document) -> dict[str, Any]:
    return {
        "per": line.get("per", "player"),
        **_texts(line, "rolls"),
        "drops": [
            {"chance": spelled(outcome["chance"]), "gives": list(_gives_typed(outcome["gives"]))}
            for outcome in line["drops"]
        ],
    }


def _gives_typed(gives: Any) -> Iterator[dict[str, str]]:
    """Yield a row for each drop, however they are written: `a`, `[a, b]`, `{a: 2}`, `[[a, 2]]`."""
    if isinstance(gives, dict):
        gives = gives.items()
    for one in [gives] if isinstance(gives, str) else gives:
        if isinstance(one, str):
            yield {"drop": one}
        else:
            yield {"drop": one[0], "quantity": _range(one[1])}


def _texts(document: Document, *keys: str) -> dict[str, str]:
    return {key: spelled(document[key]) for key in keys if document.get(key) is not None}


def _range(value: Any) -> str:
    return "-".join(map(spelled, value)) if isinstance(value, list) else spelled(value)


# -- form -> document ----------------------------------------------------------------------------


def document_of(form: ItemForm) -> Document:
    """Return what was typed as an entry of `activities`; what is missing in rows is noted.

    Rows in which nothing was typed are taken out of the form.
    """
    _close_up(form)
    key = form.text("key").strip()
    if not key:
        form.wrong["key"] = MISSING
    return {
        "key": key,
        **filled({"name": form.text("name").strip(), "group": _group(form)}),
        "time": _time(form),
        **filled({"bands": [_band(form, at) for at in _places(form, "bands")]}),
        "loot": [_line(form, at) for at in _places(form, "loot")],
        **filled({"requires": words_of(form.text("requires"))}),
    }


def refuse(form: ItemForm, wrong: Mapping[str, str]) -> None:
    """Note what is wrong with an activity's document at the fields of its form."""
    asked = words_of(form.text("requires"))
    at_fields: dict[str, list[str]] = {}
    for path, said in wrong.items():
        match = _REQUIRED.match(path)
        word = asked[int(match[1])] if match else ""
        told = said if word in said else f"`{word}`: {said}"
        at_fields.setdefault(_field(form, path), []).append(told)
    form.refuse({field: "; ".join(told) for field, told in at_fields.items()})


def _field(form: ItemForm, path: str) -> str:
    """Return where it is said what is wrong with the whole of something."""
    if not path:  # only bands can fail to go together when everything is sound by itself
        return f"bands[{len(form.rows('bands')) - 1}].sizes"
    if _REQUIRED.match(path):
        return "requires"
    roll = _ROLL.fullmatch("loot[0]" if path == "loot" else path)
    if roll:
        return f"{roll[1]}.drops[0].chance"
    return {"time": "time.spread", "group": "group.min"}.get(path, path)


def nothing_of(form: ItemForm, line: str) -> Fraction | None:
    """Return the chance that a roll of a line gives nothing; None where a chance makes no sense.

    It is below 0 where the chances add up to more than 1.
    """
    texts = [form.text(f"{at}.chance") for at in _places(form, f"{line}.drops")]
    try:
        return 1 - sum((parse_chance(text) for text in texts if text.strip()), Fraction(0))
    except ValueError:
        return None


def _places(form: ItemForm, rows: str) -> list[str]:
    return [f"{rows}[{number}]" for number in range(len(form.rows(rows)))]


def _close_up(form: ItemForm) -> None:
    """Take out rows in which nothing was typed."""
    for line in _rows(form.typed, "loot"):
        for outcome in _rows(line, "drops"):
            outcome["gives"] = _rows(outcome, "gives")
        line["drops"] = _rows(line, "drops")
    form.typed["loot"] = [
        one for one in _rows(form.typed, "loot") if one["drops"] or one.get("rolls")
    ]
    form.typed["bands"] = _rows(form.typed, "bands")


def _rows(holder: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the rows of a list in which something was typed."""
    rows = holder.get(key)
    return [
        row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and _typed(row)
    ]


def _typed(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return any(map(_typed, value.values() if isinstance(value, dict) else value))


def _time(form: ItemForm) -> Document:
    spread, law = meant(form.text("time.spread")), form.text("time.law")
    if law == "fixed" and spread == "":
        law = ""  # as files leave it out
    return {"seconds": _needed(form, "time.seconds"), **filled({"spread": spread, "law": law})}


def _group(form: ItemForm) -> Document:
    who = form.text("group.who") or ALONE
    sizes = filled({key: meant(form.text(f"group.{key}")) for key in _SIZES})
    if who != ALONE:
        return {"solo": who == SOLO, **sizes}
    for key in sizes:
        form.wrong[f"group.{key}"] = "Only groups have this: choose who does it, or clear it."
    return {}


def _band(form: ItemForm, at: str) -> Document:
    effects = {key: meant(form.text(f"{at}.{key}")) for key in ("time", "chance")}
    return {"sizes": _needed(form, f"{at}.sizes"), **filled(effects)}


def _line(form: ItemForm, at: str) -> Document:
    per = form.text(f"{at}.per")
    head = {"per": "" if per == "player" else per, "rolls": meant(form.text(f"{at}.rolls"))}
    drops = [_outcome(form, place) for place in _places(form, f"{at}.drops")]
    return {**filled(head), "drops": drops}


def _outcome(form: ItemForm, at: str) -> Document:
    return {"chance": _needed(form, f"{at}.chance"), "gives": _gives(form, f"{at}.gives")}


def _gives(form: ItemForm, at: str) -> Any:
    """Return drops as short as files write them: with their quantities only if one was typed."""
    gives = form.pairs(at, "drop", "quantity")
    if not form.rows(at):
        form.wrong[f"{at}[0].drop"] = MISSING
    short = not any(gives.values())
    for path, field in list(form.places.items()):
        drop, is_quantity, _ = field.rpartition(".quantity")
        key = form.text(f"{drop}.drop").strip()
        if is_quantity and drop.startswith(f"{at}[") and (short or not _KEY.fullmatch(key)):
            form.places[path] = f"{drop}.drop"  # what is wrong can only be the drop itself
    form.places.update((f"{at}[{i}]", f"{at}[{i}].drop") for i in range(len(gives)))
    form.places[at] = f"{at}[0].drop"
    if short:
        return next(iter(gives)) if len(gives) == 1 else list(gives)
    return {drop: meant(text) if text else 1 for drop, text in gives.items()}


def _needed(form: ItemForm, field: str) -> Any:
    """Return what was typed into a field, and note it if that is nothing."""
    value = meant(form.text(field))
    if value == "":
        form.wrong[field] = MISSING
    return value
