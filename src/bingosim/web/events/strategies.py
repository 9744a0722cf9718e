"""The form of a team: its name, its strategy, and a field for each parameter of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.event.positions import plain_value
from bingosim.event.strategies import STRATEGIES
from bingosim.library.documents import check_team
from bingosim.library.plain import to_json
from bingosim.web.forms import filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bingosim.library.plain import Document
    from bingosim.web.forms import ItemForm

_KINDS = {"integer": "whole", "number": "number", "boolean": "flag", "array": "list"}


class ParamField(NamedTuple):
    """A parameter of a strategy as a field of a form.

    Attributes:
        name: What an event file calls it.
        label: What people read.
        kind: `whole`, `number`, `flag`, `list` or `text`.
        hint: What it means.
    """

    name: str
    label: str
    kind: str
    hint: str


def param_fields(strategy: str) -> list[ParamField]:
    """Return the fields of a built-in strategy's parameters, as their JSON Schema has them."""
    if strategy not in STRATEGIES:
        return []
    properties = STRATEGIES[strategy].params.model_json_schema()["properties"]
    return [
        ParamField(
            name,
            name.replace("_", " ").capitalize(),
            _kind(schema),
            schema.get("description", ""),
        )
        for name, schema in properties.items()
    ]


def typed_team(team: Document) -> dict[str, Any]:
    """Return the texts of a team's form."""
    strategy = str(team.get("strategy", "greedy"))
    params = team.get("params") or {}
    return {
        "name": str(team["name"]),
        "strategy": strategy,
        "params": {
            field.name: _typed(params[field.name])
            for field in param_fields(strategy)
            if params.get(field.name) is not None
        },
    }


def team_document(form: ItemForm, before: Document) -> Document | None:
    """Return the team that was typed; None where something is wrong, which is then noted.

    A strategy of somebody's own keeps its parameters as they are.
    """
    strategy = form.text("strategy").strip()
    was = str(before.get("strategy", "greedy"))
    if strategy in STRATEGIES:
        params = _params(form, strategy)
        meant = STRATEGIES[strategy].params
        if strategy == was and _same(meant, before.get("params") or {}, params):
            params = before.get("params") or {}
    else:
        params = (before.get("params") or {}) if strategy == was else {}
    rest = {key: value for key, value in before.items() if key not in ("strategy", "params")}
    team = {**rest, "name": form.text("name").strip(), **filled({"params": params})}
    if strategy != "greedy" or "strategy" in before:
        team["strategy"] = strategy
    form.places |= {
        f"params.{field.name}": f"params.{field.name}" for field in param_fields(strategy)
    }
    wrong = check_team(team)
    form.refuse(
        {path: said.rpartition(f"strategy {strategy}: ")[2] for path, said in wrong.items()}
    )
    return None if form.wrong else team


def _params(form: ItemForm, strategy: str) -> Document:
    params: Document = {}
    for field in param_fields(strategy):
        text = form.text(f"params.{field.name}").strip()
        if field.kind == "list":
            params[field.name] = text.replace(",", " ").split()
        elif field.kind == "flag":
            params[field.name] = text == "yes"
        elif text:
            params[field.name] = text if field.kind == "text" else plain_value(text)
    return filled(params)


def _same(meant: Any, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    try:
        return bool(meant.model_validate(one) == meant.model_validate(other))
    except ValueError:
        return False


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = [part.get("type") for part in (schema, *schema.get("anyOf", ()))]
    return next((_KINDS[kind] for kind in kinds if kind in _KINDS), "text")


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else to_json(value)
