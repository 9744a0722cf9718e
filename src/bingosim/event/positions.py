"""YAML and JSON text -> plain data in which every value knows its line.

Plain scalars are read as YAML 1.2's core schema does, not as YAML 1.1: `No`, `on`, `12:30` and
dates stay text, numbers with decimals stay exact. A hostile file (deep, huge by aliases, endless by
an anchor that contains itself) is refused before it costs time or memory.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from bingosim.errors import EventFileError, Finding
from bingosim.event.document import Document, Problem
from bingosim.event.quantities import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bingosim.event.document import Path

MOST_VALUES = 200_000
DEEPEST = 64

_PLAIN = "!plain"
_TEXT = "tag:yaml.org,2002:str"
_COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
MOST_DIGITS = 40  # a longer "number" stays text, and is refused as such where one is expected
_JSON_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|.)", re.DOTALL)
_TAB = "found a tab: YAML is indented with spaces"
_ENDLESS = "an anchor (&) whose value contains itself"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Marks what is written plainly instead of resolving it by the rules of YAML 1.1."""

    yaml_implicit_resolvers = {None: [(_PLAIN, re.compile(""))]}  # noqa: RUF012 - yaml's own name


def read_document(content: str | bytes, name: str = "") -> Document:
    """Read YAML (or JSON) text.

    Args:
        content: The file's text, or its bytes in UTF-8.
        name: What findings call the file.

    Raises:
        EventFileError: It cannot be read at all; carries one finding with the line.
    """
    try:
        text = _decoded(content)
        _refuse_hostile(text)
        builder = _Builder()
        data = builder.build(_composed(text), ())
    except yaml.YAMLError as error:
        line, message = _syntax_error(error, text)
        raise EventFileError([Finding(message, file=name, line=line)]) from None
    except _RefusedError as error:
        raise EventFileError([Finding(error.message, file=name, line=error.line)]) from None
    return Document(data, builder.lines, tuple(builder.problems))


def _composed(text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        plain = _json_as_yaml(text)
        if plain is None:
            raise
        root = yaml.compose(plain, Loader=_Loader)
    if root is None:
        raise _RefusedError(1, "the file is empty")
    return root


class _RefusedError(Exception):
    """A document that is not read on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def _decoded(content: str | bytes) -> str:
    try:
        if isinstance(content, str):
            content = content.encode()
        return content.decode("utf-8-sig")
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        before = content[: error.start]
        breaks = before.count("\n") if isinstance(before, str) else before.count(b"\n")
        raise _RefusedError(breaks + 1, "this is not UTF-8 text: save the file as UTF-8") from None


def _refuse_hostile(text: str) -> None:
    """Bound depth and size on the stream of events: composing recurses without a limit."""
    depth = count = documents = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
            count += 1
            if depth > DEEPEST:
                raise _RefusedError(line, f"nested more than {DEEPEST} levels deep")
            if count > 2 * MOST_VALUES:
                raise _RefusedError(line, f"the file holds more than {MOST_VALUES:,} values")
            if documents > 1:
                raise _RefusedError(line, "a second document begins here: expected one event")
    except yaml.YAMLError:
        return  # composing meets the same error, and JSON gets its second chance there


def _json_as_yaml(text: str) -> str | None:
    """Return JSON as YAML, line by line the same; None where the text is no JSON.

    YAML reads all of JSON but tabs in some places and the two halves of a character beyond U+FFFF.
    """
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None

    def joined(match: re.Match[str]) -> str:
        if match[1] is None:
            return match[0]
        high, low = int(match[1], 16), int(match[2], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

    return _JSON_ESCAPE.sub(joined, text.replace("\t", " "))


def _syntax_error(error: yaml.YAMLError, text: str) -> tuple[int, str]:
    """Return line and message of what the YAML parser could not read."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    problem = problem.replace("\n", " ")
    if isinstance(error, yaml.reader.ReaderError):
        found = error.character
        character = found if isinstance(found, int) else ord(str(found)[0])
        line = text.count("\n", 0, max(0, text.find(chr(character)))) + 1
        return line, f"the character U+{character:04X} is not allowed in a text file"
    if mark is None:
        return 0, f"not readable as YAML: {problem}"
    context, begins = getattr(error, "context", None), getattr(error, "context_mark", None)
    hint = ""
    if "cannot start any token" in problem:
        found = text.splitlines()[mark.line : mark.line + 1]
        first = found[0][mark.column : mark.column + 1] if found else ""
        problem = f"nothing can begin with {first!r}"
        if first == "\t":
            problem = _TAB
    elif problem.startswith("found a tab"):
        problem = _TAB
    elif problem == "mapping values are not allowed in this context":
        hint = " (an unexpected `: `, or a line indented differently from the one above)"
    elif context and begins is not None and begins.line != mark.line:
        hint = f" ({context} that begins on line {begins.line + 1})"
    return mark.line + 1, f"not readable as YAML at column {mark.column + 1}: {problem}{hint}"


class _Builder:
    """Turns YAML nodes into data, writing down the line of every path."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self._count = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Any:
        """Return a node's data; aliases are written out, up to the limits."""
        line = _line(node)
        self.lines.setdefault(path, line)
        self._step(line, len(path))
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if node.tag not in _COLLECTIONS:
            self._problem(path, line, f"the tag {shown(node.tag)} is not supported")
        if id(node) in self._open:
            raise _RefusedError(line, _ENDLESS)
        self._open.add(id(node))
        data: Any
        if isinstance(node, yaml.MappingNode):
            data = self._mapping(node, path)
        else:
            data = [self.build(item, (*path, i)) for i, item in enumerate(node.value)]
        self._open.discard(id(node))
        return data

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, key_node, value_node in self._entries(node, path, 0):
            self.lines[*path, key] = _line(key_node)
            data[key] = self.build(value_node, (*path, key))
        return data

    def _entries(
        self, node: yaml.MappingNode, path: Path, depth: int
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """Yield own entries, then those merged in by `<<` under keys that are not there yet."""
        seen: dict[str, int] = {}
        merged: list[yaml.MappingNode] = []
        for key_node, value_node in node.value:
            if key_node.tag == _PLAIN and key_node.value == "<<":
                merged += self._merged(value_node, path)
                continue
            key = self._key(key_node, path)
            line = _line(key_node)
            if key is None:
                continue
            if key in seen:
                message = f"the key {shown(key)} is given twice, first on line {seen[key]}"
                self._problem((*path, key), line, message)
                continue
            seen[key] = line
            yield key, key_node, value_node
        for source in merged:
            self._step(_line(source), len(path) + depth)
            if id(source) in self._open:
                raise _RefusedError(_line(source), _ENDLESS)
            for key, key_node, value_node in self._entries(source, path, depth + 1):
                self._step(_line(key_node), 0)
                if key not in seen:
                    seen[key] = _line(key_node)
                    yield key, key_node, value_node

    def _merged(self, node: yaml.Node, path: Path) -> list[yaml.MappingNode]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        sources = [source for source in nodes if isinstance(source, yaml.MappingNode)]
        if len(sources) == len(nodes):
            return sources
        self._problem((*path, "<<"), _line(node), "expected a mapping, or a list of them, to merge")
        return []

    def _key(self, node: yaml.Node, path: Path) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._problem(path, _line(node), "expected a name as a key, got a mapping or a list")
            return None
        value = self._scalar(node, path)
        if not isinstance(value, str):
            message = f"expected a name as a key, got {shown(value)} (as a name: put it in quotes)"
            self._problem(path, _line(node), message)
        return str(node.value)

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        if node.tag == _PLAIN:
            return plain_value(node.value)
        if node.tag != _TEXT:
            self._problem(path, _line(node), f"the tag {shown(node.tag)} is not supported")
        return node.value

    def _step(self, line: int, depth: int) -> None:
        self._count += 1
        if self._count > MOST_VALUES:
            message = f"more than {MOST_VALUES:,} values once the aliases (*) are written out"
            raise _RefusedError(line, message)
        if depth > DEEPEST:
            raise _RefusedError(line, f"nested more than {DEEPEST} levels deep")

    def _problem(self, path: Path, line: int, message: str) -> None:
        self.problems.append(Problem(path, line, message))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def plain_value(text: str) -> Any:
    """Return what text means that stands in a file without quotes.

    That is null, true, false, a whole number, an exact decimal, else text.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) <= MOST_DIGITS:
        if _INTEGER.fullmatch(text):
            return int(text)
        if _NUMBER.fullmatch(text):
            return Decimal(text)
    return text
