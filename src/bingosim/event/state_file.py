"""State files: how far every team is -> a checked `StartingState`, or all that is wrong with it.

A state is read against its event: what cannot have happened on that board by then is an error with
its place, as everything that is wrong with an event file is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field, WithJsonSchema

from bingosim.errors import Finding, nearest
from bingosim.event.document import Document
from bingosim.event.fields import KEY_PATTERN, Name, Whole
from bingosim.event.file import read_bytes, read_content
from bingosim.event.findings import Findings
from bingosim.event.model import Model
from bingosim.event.moments import Moments
from bingosim.event.progress import ProgressReader
from bingosim.event.quantities import shown
from bingosim.event.snapshot import Snapshot, StartingState, TeamState

if TYPE_CHECKING:
    from os import PathLike

    from bingosim.event.document import Path

_MOMENT = {"type": ["string", "integer"], "description": "local time, or time since the start"}
_UNITS = {"type": "integer", "minimum": 0}
_TILE = {"type": "string", "pattern": KEY_PATTERN}


def _by_tile(value: Any) -> Any:
    """Read a list of tiles as tiles that were completed at some time."""
    if isinstance(value, list) and all(isinstance(key, str) for key in value):
        return dict.fromkeys(value)
    return value


Completed = Annotated[
    Mapping[str, Any],
    BeforeValidator(_by_tile),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": _TILE, "uniqueItems": True},
                {
                    "type": "object",
                    "propertyNames": _TILE,
                    "additionalProperties": {**_MOMENT, "type": ["string", "integer", "null"]},
                },
            ]
        }
    ),
]
Progress = Annotated[
    Mapping[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": _TILE,
            "additionalProperties": {
                "anyOf": [_UNITS, {"type": "object", "additionalProperties": _UNITS}]
            },
        }
    ),
]


class TeamProgress(Model):
    """How far a team is.

    Attributes:
        name: As in the event file.
        completed: Tiles that are done: a list, or each with when (nothing where nobody knows).
        progress: Units so far of tiles that are not; by drop key for tiles with `each`.
    """

    name: Name
    completed: Completed = Field(default_factory=dict)
    progress: Progress = Field(default_factory=dict)


class StateFile(Model):
    """Where an event stands.

    Attributes:
        version: Of the format: 1.
        now: Local time in the event's zone, or the time since its start.
        teams: How far each is; who is missing has done nothing.
    """

    version: Annotated[Whole, WithJsonSchema({"const": 1})] = Field(alias="bingosim_state")
    now: Annotated[Any, WithJsonSchema(_MOMENT)]
    teams: tuple[TeamProgress, ...] = Field(min_length=1)


class LoadedState(NamedTuple):
    """A state that can be played on from, and what is odd about its file."""

    state: StartingState
    warnings: tuple[Finding, ...]


def load_state(path: str | PathLike[str], snapshot: Snapshot) -> LoadedState:
    """Read a state file and check it against its event.

    Raises:
        EventFileError: It cannot be read, or contradicts the event; carries every finding.
    """
    return read_state(read_bytes(path), snapshot, str(path))


def read_state(content: str | bytes, snapshot: Snapshot, name: str = "") -> LoadedState:
    """Read the text of a state file and check it against its event.

    Args:
        content: YAML or JSON, as text or as bytes in UTF-8.
        snapshot: The event.
        name: What findings call the file.

    Raises:
        EventFileError: It is no state, or contradicts the event; carries every finding.
    """
    return _checked(read_content(content, name), snapshot, name)


def check_state(state: StartingState | Mapping[str, Any], snapshot: Snapshot) -> StartingState:
    """Check a state that was made in Python, or the data of a state file.

    Raises:
        EventFileError: It contradicts the event; carries every finding.
    """
    data = state_data(state, snapshot) if isinstance(state, StartingState) else state
    return _checked(Document(data), snapshot).state


def state_data(state: StartingState, snapshot: Snapshot) -> dict[str, Any]:
    """Return a state as a state file has it."""
    each = {tile.key for tile in snapshot.board.tiles if tile.each is not None}
    return {
        "bingosim_state": 1,
        "now": state.at,
        "teams": [
            {
                "name": team.name,
                "completed": dict(done.completed),
                "progress": {
                    key: dict(units) if key in each else sum(units.values())
                    for key, units in done.progress.items()
                },
            }
            for team, done in zip(snapshot.teams, state.teams, strict=True)
        ],
    }


def _checked(document: Document, snapshot: Snapshot, name: str = "") -> LoadedState:
    findings = Findings(name, document)
    reader = _Reader(snapshot, findings)
    state = reader.read(document.data)
    findings.stop_at_errors()
    assert state is not None  # noqa: S101 - otherwise there were errors
    return LoadedState(state, findings.warnings)


class _Reader:
    """Reads the pieces of a state, each on its own: what is broken hides nothing else."""

    def __init__(self, snapshot: Snapshot, findings: Findings) -> None:
        self._snapshot = snapshot
        self._findings = findings
        self._teams: dict[str, tuple[Path, TeamState]] = {}

    def read(self, data: Any) -> StartingState | None:
        findings = self._findings
        findings.validated(StateFile, data, ())
        if not isinstance(data, Mapping):
            return None
        version = data.get("bingosim_state", 1)
        if isinstance(version, int) and not isinstance(version, bool) and version != 1:
            message = f"expected 1, the version of the format, got {shown(version)}"
            findings.error(("bingosim_state",), message)
        moments = Moments.of(self._snapshot)
        now = self._now(data, moments)
        progress = ProgressReader(self._snapshot.board, moments, now, findings)
        teams = data.get("teams")
        for number, team in enumerate(teams if isinstance(teams, list) else ()):
            if isinstance(team, Mapping):
                self._team(team, ("teams", number), progress)
        for team in self._snapshot.teams:
            if self._teams and team.name not in self._teams:
                message = f"team {team.name!r} is not there: it is taken to have done nothing"
                findings.warning(("teams",), message)
        nothing: tuple[Path, TeamState] = ((), TeamState())
        found = tuple(self._teams.get(team.name, nothing)[1] for team in self._snapshot.teams)
        return None if now is None else StartingState(at=now, teams=found)

    def _now(self, data: Mapping[str, Any], moments: Moments) -> int | None:
        if "now" not in data:
            return None
        try:
            return moments.read(data["now"])
        except ValueError as error:
            self._findings.error(("now",), str(error))
            return None

    def _team(self, data: Mapping[str, Any], path: Path, progress: ProgressReader) -> None:
        done = progress.read(_by_tile(data.get("completed")), data.get("progress"), path)
        name = data.get("name")
        if not isinstance(name, str):
            return
        known = [team.name for team in self._snapshot.teams]
        if (name := name.strip()) not in known:
            message = f"the event has no team {shown(name)}{nearest(name, known)}"
            self._findings.error((*path, "name"), message)
        elif name in self._teams:
            first = self._findings.line(self._teams[name][0])
            message = f"the team {name!r} is there twice{f', first{first}' if first else ''}"
            self._findings.error((*path, "name"), message)
        else:
            self._teams[name] = ((*path, "name"), done)
