"""JSON Schema of event and state files, for editors that complete and check while one types."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from bingosim.event import model
from bingosim.event.fields import Points
from bingosim.event.state_file import StateFile, TeamProgress
from bingosim.event.strategies import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Iterator

_ATTRIBUTES = re.compile(r"\n\s*Attributes:\n(.*)", re.DOTALL)
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*?)(?=^ {4}\w|\Z)", re.DOTALL | re.MULTILINE)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMPUTED = (
    ("Activity", "name"),
    ("Group", "solo"),
    ("Group", "min"),
    ("Group", "want"),
    ("Group", "max"),
    ("Tile", "name"),
    ("TimeModel", "law"),
)


def event_schema() -> dict[str, Any]:
    """Return the schema of an event file, its short forms included.

    It is what a single field can tell; what needs more than one (names that exist, thresholds that
    can be reached) only `read_event` checks.
    """
    schema = model.Event.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    definitions["BonusLines"] = model.BonusLines.model_json_schema()
    bonus = {"anyOf": [{"$ref": "#/$defs/Bonus"}, {"$ref": "#/$defs/BonusLines"}]}
    board = definitions["Board"]["properties"]
    board["bonuses"] = {
        "anyOf": [{"type": "array", "items": bonus}, {"$ref": "#/$defs/BonusLines"}],
        "description": "sets of tiles that pay extra points once all of them are completed",
    }
    board["lines"] = _points("so many points for every row, column and diagonal of a grid")
    strategies = [{"const": s.name, "description": s.summary} for s in STRATEGIES.values()]
    definitions["Team"]["properties"]["strategy"] = {
        "anyOf": [*strategies, {"type": "string"}],
        "default": "greedy",
        "description": "how the team plays",
    }
    schema["properties"]["activities"]["type"] = ["array", "null"]
    _without_defaults(definitions)
    for name, definition in definitions.items():
        _describe(getattr(model, name, None), definition)
    _describe(model.Event, schema)
    schema["required"] = ["bingosim", "event", "board", "players", "teams"]
    return {"$schema": _DIALECT, **schema}


def state_schema() -> dict[str, Any]:
    """Return the schema of a state file; what contradicts its event only `read_state` knows."""
    schema = StateFile.model_json_schema(by_alias=True)
    _describe(TeamProgress, schema["$defs"]["TeamProgress"])
    _describe(StateFile, schema)
    return {"$schema": _DIALECT, **schema}


def _points(description: str) -> dict[str, Any]:
    return {**TypeAdapter(Points).json_schema(), "description": description}


def _without_defaults(definitions: dict[str, Any]) -> None:
    """Drop the defaults that depend on other keys, which a schema cannot say."""
    for name, key in _COMPUTED:
        definitions[name]["properties"][key].pop("default", None)


def _describe(type_: type[model.Model] | None, definition: dict[str, Any]) -> None:
    """Move what a class docstring says about its attributes to the properties."""
    if type_ is None:
        return
    text = type_.__doc__ or ""
    definition["description"] = " ".join(_ATTRIBUTES.sub("", text).split())
    for name, description in _attributes(text):
        field = type_.model_fields[name]
        definition["properties"][field.alias or name].setdefault("description", description)


def _attributes(text: str) -> Iterator[tuple[str, str]]:
    section = _ATTRIBUTES.search(inspect.cleandoc(text))
    for name, description in _ATTRIBUTE.findall(section[1] if section else ""):
        yield name, " ".join(description.split())
