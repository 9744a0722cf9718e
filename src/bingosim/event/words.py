"""What pydantic found wrong with a piece of a file, in a person's words and with its place."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, get_args

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from bingosim.errors import nearest
from bingosim.event.quantities import format_duration, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from bingosim.event.document import Path

_KEY = "a key such as boss.vorkath (lower-case letters, digits and _, in parts joined by dots)"
_EXPECTED = {
    "tuple_type": "a list",
    "list_type": "a list",
    "mapping_type": "keys with values",
    "dict_type": "keys with values",
    "bool_type": "true or false",
    "string_pattern_mismatch": _KEY,
}


def explained(error: ValidationError, model: type[BaseModel], data: Any) -> list[tuple[Path, str]]:
    """Return a place (relative to the piece) and a message for each thing found.

    Args:
        error: What pydantic raised.
        model: The type of the piece.
        data: The piece as it stands in the file.
    """
    # A list whose items are all broken counts as too short as well: that is no second finding.
    return [
        _explained(detail, model, data)
        for detail in error.errors(include_url=False)
        if detail["type"] != "too_short" or not detail["input"]
    ]


def known_keys(model: type[BaseModel]) -> list[str]:
    """Return the keys that a mapping of the file may have, as the file spells them."""
    return [info.alias or name for name, info in model.model_fields.items()]


def unknown_key(key: str, known: list[str]) -> str:
    """Say that a key is unknown, with the nearest ones, or with all where nothing is near."""
    guess = nearest(key, known) or f": expected {listed(known, 'or')}"
    return f"unknown key {shown(key)}{guess}"


def listed(words: list[str], last: str = "and", most: int = 12) -> str:
    """Join words for a sentence: `a, b and c`; a long list is cut short."""
    if len(words) > most:
        return f"{', '.join(words[:most])}, … ({len(words)} in all)"
    return f" {last} ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _explained(detail: ErrorDetails, model: type[BaseModel], data: Any) -> tuple[Path, str]:
    kind, loc, value = detail["type"], detail["loc"], detail["input"]
    context = detail.get("ctx", {})
    holder, info = _meant(model, loc)
    if kind == "missing":
        return _place(data, loc[:-1]), f"`{loc[-1]}` is missing"
    if kind == "extra_forbidden":
        return _place(data, loc), unknown_key(str(loc[-1]), known_keys(holder))
    if kind == "value_error":
        return _place(data, loc), str(context["error"])
    if kind == "literal_error":
        words = [
            word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")
        ]
        guess = nearest(value, words) if isinstance(value, str) else ""
        return _place(data, loc), f"expected {listed(words, 'or')}, got {shown(value)}{guess}"
    if kind in ("model_type", "model_attributes_type"):
        keys = listed(known_keys(holder))
        return _place(data, loc), f"expected a mapping with the keys {keys}, got {shown(value)}"
    if kind in ("mapping_type", "dict_type") and loc[-1] in ("accepts", "gives"):
        expected = "drop keys (a list, or each with its number)"
        return _place(data, loc), f"expected {expected}, got {shown(value)}"
    message = _plain_message(kind, context, value, info)
    return _place(data, loc), message or detail["msg"][:1].lower() + detail["msg"][1:]


def _plain_message(
    kind: str, context: Mapping[str, Any], value: Any, info: FieldInfo | None
) -> str | None:
    """Say what a single value should have been; None for the kinds that have no words here."""
    if kind in ("greater_than_equal", "less_than_equal"):
        side = "least" if "ge" in context else "most"
        bound: int = context["ge"] if "ge" in context else context["le"]
        limit = format_duration(bound) if isinstance(value, str) else f"{bound:,}"
        return f"expected at {side} {limit}, got {shown(value)}"
    if kind.startswith("int_"):
        least = next((bound.ge for bound in _bounds(info) if isinstance(bound, Ge)), None)
        number = "a whole number" if least is None else f"a whole number of at least {least}"
        return f"expected {number}, got {shown(value)}"
    if kind == "string_type":
        is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
        hint = " (as text: put it in quotes)" if is_number else ""
        return f"expected text, got {shown(value)}{hint}"
    if kind == "too_short":
        return "expected at least one, got none"
    if kind == "string_too_short":
        return "expected text, got none"
    if kind == "too_long":
        return f"expected at most {context['max_length']}, got {context['actual_length']}"
    if kind == "string_too_long":
        return f"expected at most {context['max_length']} characters, got {len(value)}"
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {shown(value)}"
    return None


def _bounds(thing: Any) -> Iterator[Ge | Le]:
    """Yield the bounds of a field, also those deeper in its annotation."""
    if isinstance(thing, (Ge, Le)):
        yield thing
    inside = (
        [*thing.metadata, thing.annotation] if isinstance(thing, FieldInfo) else get_args(thing)
    )
    for part in inside:
        yield from _bounds(part)


def _meant(model: type[BaseModel], loc: Path) -> tuple[type[BaseModel], FieldInfo | None]:
    """Follow a place through the types: the model around its last step, and that step's field."""
    info: FieldInfo | None = None
    for step in loc:
        if isinstance(step, int):
            continue
        inner = _model_in(info.annotation) if info is not None else model
        if inner is None:
            break
        model = inner
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if step not in fields:
            return model, None
        info = fields[step]
    if info is not None and (not loc or isinstance(loc[-1], int)):
        model = _model_in(info.annotation) or model
    return model, info


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _place(data: Any, loc: Path) -> Path:
    """Return the part of pydantic's place that the file really has.

    Short forms differ from what is validated: a list of drops has become a mapping by then.
    """
    path: Path = ()
    for step in loc:
        if isinstance(data, list) and isinstance(step, str) and step in data:
            return (*path, step)
        known = range(len(data)) if isinstance(data, list) else data
        if not isinstance(known, (Mapping, range)) or step not in known:
            break
        path, data = (*path, step), data[step]
    return path
