"""Event files: YAML or JSON -> a checked `Event`, or everything that is wrong with the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bingosim.errors import EventFileError, Finding
from bingosim.event.checks import run_checks
from bingosim.event.document import Document
from bingosim.event.draft import Draft, draft_of, read_draft
from bingosim.event.findings import Findings
from bingosim.event.model import Board, Event
from bingosim.event.positions import read_document
from bingosim.event.snapshot import Snapshot, make_snapshot

if TYPE_CHECKING:
    from os import PathLike

MOST_BYTES = 4 * 2**20


class LoadedEvent(NamedTuple):
    """An event that can be simulated, and what is odd about its file."""

    event: Event
    warnings: tuple[Finding, ...]


def load_event(path: str | PathLike[str]) -> Event:
    """Read and check an event file; its warnings are dropped.

    Raises:
        EventFileError: The file cannot be read or simulated; carries every finding.
    """
    return read_event_file(path).event


def read_event_file(path: str | PathLike[str]) -> LoadedEvent:
    """Read and check an event file.

    Raises:
        EventFileError: The file cannot be read or simulated; carries every finding.
    """
    return read_event(read_bytes(path), str(path))


def read_event(content: str | bytes, name: str = "") -> LoadedEvent:
    """Read and check the text of an event file.

    Args:
        content: YAML or JSON, as text or as bytes in UTF-8.
        name: What findings call the file.

    Raises:
        EventFileError: The text is no event that can be simulated; carries every finding.
    """
    return _checked(read_content(content, name), name)


def read_data(data: Any) -> LoadedEvent:
    """Check an event file's data, as `read_content` returns it.

    Raises:
        EventFileError: It is no event that can be simulated; carries every finding.
    """
    return _checked(Document(data))


def read_content(content: str | bytes, name: str = "") -> Document:
    """Return the data of an event file, unchecked, with the lines of its places.

    Raises:
        EventFileError: It is too large, or cannot be read at all.
    """
    if len(content) > MOST_BYTES:
        raise _unreadable(name, _too_large(len(content), MOST_BYTES))
    return read_document(content, name)


def check_event(event: Event) -> tuple[Finding, ...]:
    """Check an event that was not read from a file, and return the warnings.

    Raises:
        EventFileError: It cannot be simulated; carries every finding.
    """
    findings = Findings()
    run_checks(draft_of(event), findings)
    findings.stop_at_errors()
    return findings.warnings


def as_snapshot(event: Event | Snapshot) -> Snapshot:
    """Freeze an event; one that was made in Python has not been checked by anybody yet.

    Raises:
        EventFileError: It cannot be simulated; carries every finding.
    """
    if isinstance(event, Snapshot):
        return event
    check_event(event)
    return make_snapshot(event)


def read_bytes(path: str | PathLike[str], most: int = MOST_BYTES) -> bytes:
    """Read a small file whole.

    Raises:
        EventFileError: It is missing, a directory, not readable, or larger than `most` bytes.
    """
    name = str(path)
    try:
        size = Path(path).stat().st_size
        if size > most:
            raise _unreadable(name, _too_large(size, most))
        with Path(path).open("rb") as file:
            # Pipes and devices have no size: read one byte more than is allowed, at most.
            content = file.read(most + 1)
    except FileNotFoundError:
        raise _unreadable(name, "there is no such file") from None
    except IsADirectoryError:
        raise _unreadable(name, "this is a directory: expected a file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(name, f"not readable: {reason}") from None
    if len(content) > most:
        raise _unreadable(name, _too_large(len(content), most))
    return content


def _checked(document: Document, name: str = "") -> LoadedEvent:
    findings = Findings(name, document)
    draft = read_draft(document.data, findings)
    run_checks(draft, findings)
    findings.stop_at_errors()
    return LoadedEvent(_assembled(draft), findings.warnings)


def _assembled(draft: Draft) -> Event:
    """Put the pieces of a faultless draft together."""
    assert draft.header is not None  # noqa: S101 - otherwise there were errors
    assert draft.head is not None  # noqa: S101
    board = Board(
        kind=draft.head.kind,
        unlock_points=draft.head.unlock_points,
        rows=tuple(tuple(tile.value for tile in row if tile) for row in draft.rows),
        bonuses=tuple(bonus.value for bonus in draft.bonuses),
    )
    return Event(
        version=1,
        header=draft.header,
        board=board,
        activities=tuple(activity.value for activity in draft.activities),
        players=tuple(player.value for player in draft.players),
        teams=tuple(team.value for team in draft.teams),
    )


def _unreadable(name: str, message: str) -> EventFileError:
    return EventFileError([Finding(message, file=name)])


def _too_large(size: int, most: int) -> str:
    return f"too large: {size:,} bytes, expected at most {most:,}"
