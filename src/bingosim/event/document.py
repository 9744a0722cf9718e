"""A file's data in which every value knows its line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Where in a document: the keys and positions that lead there."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Problem:
    """Something wrong with the document as such: a key given twice, a tag."""

    path: Path
    line: int
    message: str


@dataclass(frozen=True)
class Document:
    """A file's data, the line of every path in it, and what is wrong with it as a document."""

    data: Any
    lines: Mapping[Path, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)

    def located(self, path: Path) -> Path:
        """Return a path as the file has it, where short forms differ from what they mean.

        `accepts: [a, b]` stands for `accepts: {a: 1, b: 1}`, so `accepts.b` is `accepts[1]`.
        """
        data = self.data
        for depth, step in enumerate(path):
            if isinstance(data, list) and isinstance(step, str) and step in data:
                return (*path[:depth], data.index(step))
            if isinstance(data, str) and data == step:
                return path[:depth]
            try:
                data = data[step]
            except (LookupError, TypeError):
                break
        return path


def written(path: Path) -> str:
    """Write a path the way findings name places: `board.rows[0][1].need`."""
    text = ""
    for step in path:
        if isinstance(step, str) and _NAME.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text
