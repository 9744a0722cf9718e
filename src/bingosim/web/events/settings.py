"""The form of an event's settings: name and time, the kind of its board, its bonuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bingosim.event.document import written
from bingosim.event.model import Bonus, Header
from bingosim.event.positions import plain_value
from bingosim.library import board
from bingosim.library.documents import check_event, new_event

if TYPE_CHECKING:
    from bingosim.library.plain import Document
    from bingosim.web.forms import ItemForm

HEADER = ("name", "start", "timezone", "duration")
MOST_ROWS, MOST_COLUMNS = 60, 20
LINES = "board.lines"


# -- a new event ---------------------------------------------------------------------------------


def first_fields() -> dict[str, Any]:
    """Return the texts of the form of a new event."""
    return {
        "event": {"timezone": "UTC", "duration": "9d"},
        "board": {"kind": "grid"},
        "size": {"rows": "5", "columns": "5"},
    }


def first_document(form: ItemForm) -> Document | None:
    """Return a new event with tiles that are still to be filled in; None where something is wrong.

    A row of a board of rows holds tiles of 1, 2, 3 ... points, as clans like it.
    """
    kind = form.text("board.kind")
    rows, columns = (
        _size(form, "size.rows", MOST_ROWS), _size(form, "size.columns", MOST_COLUMNS),
    )  # fmt: skip
    name, start, timezone, duration = (form.text(f"event.{name}").strip() for name in HEADER)
    event = new_event(name, start, timezone, duration, kind)
    for r in range(rows):
        event = board.add_row(event)
        for c in range(columns):
            points = c + 1 if kind == "rows" else 1
            key, called = f"tile_{r + 1}_{c + 1}", f"Tile {r + 1}.{c + 1}"
            tile = {"key": key, "name": called, "points": points, "from": []}
            event = board.add_tile(event, r, tile)
    form.refuse(check_event(event))
    return None if form.wrong else event


def _size(form: ItemForm, path: str, most: int) -> int:
    text = form.text(path).strip()
    if text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= most:
        return int(text)
    form.wrong[path] = f"A whole number from 1 to {most}."
    return 0


# -- settings of one that is there ---------------------------------------------------------------


def typed_settings(event: Document) -> dict[str, Any]:
    """Return the texts of the form of an event's settings."""
    header, head = event["event"], event["board"]
    named, lines = bonuses_of(event)
    return {
        "event": {name: str(header[name]) for name in HEADER},
        "board": {
            "kind": head["kind"],
            "unlock_points": str(head.get("unlock_points", "")),
            "lines": str(lines),
            "bonuses": [
                {
                    "name": bonus["name"],
                    "points": str(bonus["points"]),
                    "tiles": bonus["tiles"]
                    if isinstance(bonus["tiles"], str)
                    else " ".join(bonus["tiles"]),
                }
                for bonus in named
            ],
        },
    }


def bonuses_of(event: Document) -> tuple[list[Document], int | str]:
    """Return the bonuses that name their tiles, and what every line pays; empty if nothing."""
    head = event["board"]
    written_down = head.get("bonuses") or []
    items = [written_down] if isinstance(written_down, dict) else written_down
    lines = [item["lines"] for item in (*items, head) if item.get("lines") is not None]
    return [item for item in items if "lines" not in item], lines[0] if lines else ""


def changed_settings(form: ItemForm, event: Document) -> Document | None:
    """Return an event with the settings that were typed; None where something is wrong."""
    header = {name: form.text(f"event.{name}").strip() for name in HEADER}
    kind = form.text("board.kind")
    changed = board.set_header(event, header)
    changed = board.set_kind(changed, kind)
    points = form.text("board.unlock_points").strip()
    if points and kind != "grid":
        head = {**changed["board"], "unlock_points": plain_value(points)}
        changed = {**changed, "board": head}
    bonuses = _bonuses(form)
    lines = form.text(LINES).strip()
    if lines and kind == "grid":
        form.places[written(("board", "bonuses", len(bonuses), "lines"))] = LINES
        bonuses.append({"lines": plain_value(lines)})
    changed = board.set_bonuses(changed, bonuses)
    form.refuse(check_event(changed))
    return None if form.wrong else _spelled_as(event, changed)


def _bonuses(form: ItemForm) -> list[Document]:
    """Return the bonuses that were typed, without empty rows."""
    found: list[Document] = []
    for n in range(len(form.rows("board.bonuses"))):
        row = f"board.bonuses[{n}]"
        texts = {name: form.text(f"{row}.{name}").strip() for name in ("name", "points", "tiles")}
        if any(texts.values()):
            for name in texts:
                path = ("board", "bonuses", len(found), name)
                form.places[written(path)] = f"{row}.{name}"
            tiles = texts["tiles"].replace(",", " ").split()
            bonus = {
                "name": texts["name"],
                "tiles": "all" if tiles == ["all"] else tiles,
                "points": plain_value(texts["points"]),
            }
            found.append(bonus)
    return found


def _spelled_as(before: Document, after: Document) -> Document:
    """Keep what means the same as before as it was written."""
    headers = [Header.model_validate(event["event"]) for event in (before, after)]
    if headers[0] == headers[1]:
        after = board.set_header(after, before["event"])
    named, lines = bonuses_of(before)
    same = lines == bonuses_of(after)[1] and _meant(named) == _meant(bonuses_of(after)[0])
    if same and before["board"]["kind"] == after["board"]["kind"]:
        kept = {key: before["board"][key] for key in ("bonuses", "lines") if key in before["board"]}
        rest = {key: value for key, value in after["board"].items() if key != "bonuses"}
        after = {**after, "board": {**rest, **kept}}
    if after["board"] == before["board"]:
        after = {**after, "board": before["board"]}
    return after


def _meant(bonuses: list[Document]) -> list[Bonus]:
    return [Bonus.model_validate(bonus) for bonus in bonuses]
