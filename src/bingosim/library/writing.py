"""Plain data -> YAML that a person would like to read, and that reads back as the same data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from bingosim.event.positions import plain_value

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH = 100
"""Characters of a line; what fits on one is not spread over several."""
_PLAIN = "!plain"
_TEXT = "tag:yaml.org,2002:str"
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_SPREAD_MAPS, _SPREAD_LISTS = 1, 3
"""Depths down to which things stand on lines of their own: a file's parts; rows and tiles."""


def to_yaml(data: Mapping[str, Any]) -> str:
    """Write an event file's plain data."""
    text = yaml.serialize(_node(data, 0), Dumper=_Dumper, allow_unicode=True, width=WIDTH)
    return str(text)


class _Dumper(yaml.SafeDumper):
    """Quotes text that this reader or one of YAML 1.1 would take for more, and breaks no words."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        """Say what a plain scalar would be taken for."""
        if kind is yaml.ScalarNode and implicit[0] and not isinstance(plain_value(value), str):
            return _PLAIN
        return super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]

    def choose_scalar_style(self) -> Any:
        """Quote by the quotes that people know."""
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def increase_indent(self, flow: Any = False, indentless: Any = False) -> Any:  # noqa: ARG002 - yaml's signature
        """Indent lists, too."""
        return super().increase_indent(flow, indentless=False)

    def write_plain(self, text: Any, split: Any = True) -> None:  # noqa: ARG002 - yaml's signature
        """Keep it on a line."""
        super().write_plain(text, split=False)

    def write_double_quoted(self, text: Any, split: Any = True) -> None:  # noqa: ARG002 - yaml's signature
        """Keep it on a line."""
        super().write_double_quoted(text, split=False)


def _node(data: Any, depth: int) -> yaml.Node:
    if isinstance(data, dict):
        entries = [(_scalar(key), _node(value, depth + 1)) for key, value in data.items()]
        on_a_line = depth > _SPREAD_MAPS and _fits(data, depth)
        return yaml.MappingNode(_MAP, entries, flow_style=on_a_line or not data)
    if isinstance(data, list):
        holds_pieces = any(isinstance(item, (dict, list)) for item in data)
        on_a_line = depth > _SPREAD_LISTS and _fits(data, depth)
        items = [_node(item, depth + 1) for item in data]
        return yaml.SequenceNode(_SEQ, items, flow_style=on_a_line or not holds_pieces)
    return _scalar(data)


def _scalar(data: Any) -> yaml.ScalarNode:
    if isinstance(data, str):
        return yaml.ScalarNode(_TEXT, data)
    if data is None:
        return yaml.ScalarNode(_PLAIN, "null")
    return yaml.ScalarNode(_PLAIN, str(data).lower() if isinstance(data, bool) else str(data))


def _fits(data: Any, depth: int) -> bool:
    return 2 * depth + _length(data) <= WIDTH


def _length(data: Any) -> int:
    """Return about how many characters it takes on one line."""
    if isinstance(data, dict):
        return sum(len(key) + _length(value) + 4 for key, value in data.items())
    if isinstance(data, list):
        return sum(_length(item) + 2 for item in data)
    return len(data) if isinstance(data, str) else len(str(data))
