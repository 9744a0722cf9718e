"""Forms of what the library keeps: what was typed, where it belongs in a document, what is wrong.

A field is named by its path in the document, as findings name places: `loot[0].drops[1].chance`.
So a form of any depth is read into the shape of its document, and an error finds its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from bingosim.errors import DocumentError, MissingError, StaleError
from bingosim.event.document import written
from bingosim.event.file import MOST_BYTES
from bingosim.web.templating import wants_part

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.event.document import Path

MOST_FIELDS = 5_000
DEEPEST = 12
LARGEST_VERSION = 2**31 - 1

_NAME = re.compile(r"[a-z_]+(?:\.[a-z_]+|\[\d{1,4}\])*")
_STEP = re.compile(r"[a-z_]+|\[\d+\]")

T = TypeVar("T")


class Sent(NamedTuple):
    """What a browser sent with a form.

    Attributes:
        fields: Names and texts, in the order of the page; a name may come several times.
        files: Contents of the files that were chosen, by field.
    """

    fields: tuple[tuple[str, str], ...]
    files: Mapping[str, bytes]

    def last(self, name: str) -> str:
        """Return a field's last text, which is that of the button where one has this name."""
        return next((text for key, text in reversed(self.fields) if key == name), "")


async def _sent(request: Request) -> Sent:
    fields, files = [], {}
    async with request.form(
        max_files=1, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES + 1024
    ) as form:
        for name, value in form.multi_items():
            if not isinstance(value, UploadFile):
                fields.append((name, value.replace("\r\n", "\n")))
            elif value.size:
                files[name] = await value.read()
    return Sent(tuple(fields), files)


TheForm = Annotated[Sent, Depends(_sent)]
"""The form of a request, for routes that are no coroutines: they may wait for the database."""


@dataclass(slots=True)
class ItemForm:
    """A form of one item, as it was typed, and what is wrong with it.

    Attributes:
        typed: Text at the place of every field: mappings, lists, text.
        version: The item's version that was read; 0 if it is new.
        wrong: Field -> what is wrong with it, a sentence.
        stale: The version that somebody else saved meanwhile; 0 if nobody did.
        gone: Whether somebody else deleted the item meanwhile.
        focus: The field where typing goes on, if not where it was.
        places: Path in the document -> field, where they differ.
    """

    typed: dict[str, Any]
    version: int = 0
    wrong: dict[str, str] = field(default_factory=dict)
    stale: int = 0
    gone: bool = False
    focus: str = ""
    places: dict[str, str] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, sent: Sent) -> ItemForm:
        """Take what a browser sent."""
        version = sent.last("version")
        known = version.isascii() and version.isdecimal() and len(version) <= 10
        number = min(int(version), LARGEST_VERSION) if known else 0
        return cls(nested(sent.fields), number)

    # -- what templates ask ----------------------------------------------------------------------

    def text(self, path: str) -> str:
        """Return what stands in a field."""
        found = _at(self.typed, _steps(path))
        return found if isinstance(found, str) else ""

    def rows(self, path: str) -> list[Any]:
        """Return what stands in a list of fields."""
        found = _at(self.typed, _steps(path))
        return found if isinstance(found, list) else []

    def row(self, path: str) -> dict[str, Any]:
        """Return the texts of a row, to be changed; those of no row where there is none."""
        found = _at(self.typed, _steps(path))
        return found if isinstance(found, dict) else {}

    def error(self, path: str) -> str:
        """Return what is wrong with a field, or nothing; it counts as told then."""
        self._told.add(path)
        return self.wrong.get(path, "")

    def rest(self) -> list[str]:
        """Return what is wrong where there is no field for it; ask when all fields are told."""
        return [
            f"{path}: {said}" if path else said
            for path, said in self.wrong.items()
            if path not in self._told
        ]

    @property
    def status(self) -> int:
        """HTTP status of a page that shows it."""
        return 422 if self.wrong else 409 if self.stale or self.gone else 200

    # -- what pages do ---------------------------------------------------------------------------

    def altered(self, sent: Sent) -> bool:
        """Do what a button of a list of rows asks for; return whether there was one.

        Buttons are named `add`, whose value is a list's path, and `remove`, `up` and `down`, whose
        value is a row's.
        """
        for name, text in sent.fields:
            if name == "add":
                self._add(_steps(text))
            elif name in ("remove", "up", "down"):
                self._move(_steps(text), {"remove": 0, "up": -1, "down": 1}[name])
            else:
                continue
            return True
        return False

    def pairs(self, path: str, key: str, value: str) -> dict[str, str]:
        """Return a list of rows as a mapping, without empty rows; note where its values stand.

        Args:
            path: Of the list.
            key: Name of the rows' field with the key.
            value: Name of their field with the value.
        """
        found: dict[str, str] = {}
        for number in range(len(self.rows(path))):
            row = f"{path}[{number}]"
            name, text = (self.text(f"{row}.{part}").strip() for part in (key, value))
            if not name and not text:
                continue
            if not name:
                self.wrong[f"{row}.{key}"] = "It is missing."
            elif name in found:
                self.wrong[f"{row}.{key}"] = "It stands here twice."
            else:
                found[name] = text
                self.places[written((*_steps(path), name))] = f"{row}.{value}"
        return found

    def refuse(self, wrong: Mapping[str, str]) -> None:
        """Note what is wrong with the document that was made of it, at its fields."""
        for path, said in wrong.items():
            place = next((p for p in self.places if path == p or _within(path, p)), path)
            self.wrong.setdefault(self.places.get(place, place), sentence(said))

    def kept(
        self, save: Callable[[], T], refuse: Callable[[Mapping[str, str]], None] | None = None
    ) -> T | None:
        """Save; return None where the form is to be shown again, with what is wrong in it.

        Args:
            save: Raises what the library's `store.create` and `store.save` do.
            refuse: Notes what is wrong with the document; `self.refuse` if not given.
        """
        try:
            return save()
        except DocumentError as error:
            (refuse or self.refuse)(error.wrong)
        except StaleError as error:
            self.stale = error.version
        except MissingError:
            self.gone = True
        return None

    def _add(self, steps: Path) -> None:
        rows = _at(self.typed, steps)
        if rows is None and steps:
            holder, name = _at(self.typed, steps[:-1]), steps[-1]
            if isinstance(holder, dict):
                rows = holder[name] = []
        if isinstance(rows, list):
            rows.append({})
            self.focus = written((*steps, len(rows) - 1))

    def _move(self, steps: Path, by: int) -> None:
        rows, number = _at(self.typed, steps[:-1]), steps[-1] if steps else None
        if not isinstance(rows, list) or not isinstance(number, int) or number >= len(rows):
            return
        row = rows.pop(number)
        if by:
            rows.insert(max(0, number + by), row)


def nested(fields: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return texts in the shape that their names say; a list closes up where rows are missing."""
    root: dict[str | int, Any] = {}
    for name, text in fields:
        steps = _steps(name)
        if not steps:
            continue
        place = root
        for step, _ in pairwise(steps):
            if not isinstance(place.get(step), dict):
                place[step] = {}
            place = place[step]
        place[steps[-1]] = text
    shaped = _shaped(root)
    return shaped if isinstance(shaped, dict) else {}


def redirected(request: Request, address: str) -> Response:
    """Go elsewhere, whether a browser or htmx asked."""
    if wants_part(request):  # fetch would follow, and put the whole page into a part
        return Response(status_code=204, headers={"hx-redirect": address})
    return RedirectResponse(address, 303)


def filled(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without the keys that nothing was typed for."""
    return {key: value for key, value in document.items() if value not in ("", None, [], {})}


def sentence(text: str) -> str:
    """Return text with a capital letter first and a full stop last."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _steps(name: str) -> Path:
    """Return where a field belongs; nowhere if it is not named like a place."""
    if len(name) > 200 or not _NAME.fullmatch(name):
        return ()
    steps = tuple(int(s[1:-1]) if s[0] == "[" else s for s in _STEP.findall(name))
    return steps if len(steps) <= DEEPEST else ()


def _at(typed: Any, steps: Sequence[str | int]) -> Any:
    for step in steps:
        if isinstance(typed, list) and isinstance(step, int) and step < len(typed):
            typed = typed[step]
        elif isinstance(typed, dict):
            typed = typed.get(step)
        else:
            return None
    return typed


def _shaped(place: Any) -> Any:
    if not isinstance(place, dict):
        return place
    if all(isinstance(step, int) for step in place):
        return [_shaped(place[step]) for step in sorted(place)]
    return {step: _shaped(value) for step, value in place.items() if isinstance(step, str)}


def _within(path: str, place: str) -> bool:
    return path.startswith((f"{place}.", f"{place}["))
