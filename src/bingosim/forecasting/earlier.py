"""Earlier forecasts: kept in a directory, read back, and compared with the one of now.

Two forecasts are taken as independent, and the interval of a difference is made of theirs: for
chances that is the method of R. G. Newcombe (Interval estimation for the difference between
independent proportions, Statistics in Medicine 17, 1998, method 10). Under one seed players share
some of their luck, which makes it a bit wider than it need be.
"""

from __future__ import annotations

import hashlib
import json
import os
from math import sqrt
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bingosim.errors import ExecutionError, InputError
from bingosim.event.file import read_bytes
from bingosim.forecasting.model import Change, Moved, TeamMoved

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bingosim.event.snapshot import Snapshot
    from bingosim.report import Report

MOST_BYTES = 64 * 2**20


class _Piece(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class _Win(_Piece):
    probability: float
    low: float
    high: float


class _Points(_Piece):
    mean: float
    mean_low: float | None
    mean_high: float | None


class _Team(_Piece):
    name: str
    win: _Win
    points: _Points


class _State(_Piece):
    now: str
    at_s: int


class Earlier(_Piece):
    """What is needed of an earlier forecast; `Forecast.to_dict` has it."""

    event_sha256: str
    state: _State
    teams: list[_Team]


def read_earlier(path: Path) -> Earlier:
    """Read what `bingosim forecast --json` wrote.

    Raises:
        InputError: It cannot be read, or is something else.
    """
    content = read_bytes(path, MOST_BYTES)
    try:
        return Earlier.model_validate_json(content)
    except ValidationError:
        raise InputError(
            f"{path}: this is no forecast: expected what `bingosim forecast --json` writes"
        ) from None


class Shelf:
    """The directory in which forecasts are kept, of each event and moment the last one made.

    An event is known by its name and start, so that its file may change while it runs.

    Args:
        directory: It is made when it is first needed.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def latest_before(self, snapshot: Snapshot, second: int) -> Earlier | None:
        """Return what was forecast from the last state before a moment; damaged files are none."""
        for path in self._kept(snapshot):
            if int(path.stem) < second:
                try:
                    return read_earlier(path)
                except InputError:
                    continue
        return None

    def keep(self, snapshot: Snapshot, second: int, data: Mapping[str, Any]) -> Path:
        """Keep a forecast whole, in place of an earlier one of the same moment.

        Raises:
            ExecutionError: It cannot be written.
        """
        place = self._place(snapshot) / f"{second}.json"
        unfinished = place.with_name(f".{place.name}.{os.getpid()}.unfinished")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                unfinished.write_text(json.dumps(data), encoding="utf-8")
                unfinished.replace(place)
            finally:
                unfinished.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise ExecutionError(f"cannot keep the forecast in {place}: {reason}") from None
        return place

    def _place(self, snapshot: Snapshot) -> Path:
        known_by = json.dumps([snapshot.name, snapshot.start.isoformat(), snapshot.timezone])
        return self._directory / hashlib.sha256(known_by.encode()).hexdigest()[:16]

    def _kept(self, snapshot: Snapshot) -> Iterator[Path]:
        """Yield the forecasts of an event, the last state first."""
        kept = [path for path in self._place(snapshot).glob("*.json") if path.stem.isdecimal()]
        yield from sorted(kept, key=lambda path: -int(path.stem))


def moved_since(earlier: Earlier, report: Report, event_sha256: str) -> Moved:
    """Return how prospects moved, for the teams that are in both forecasts.

    Args:
        earlier: What was forecast before.
        report: What is forecast now.
        event_sha256: Hash of the event now.
    """
    before = {team.name: team for team in earlier.teams}
    teams = []
    for now in report["teams"]:
        then = before.get(now["name"])
        if then is None:
            continue
        win, points = now["win"], now["points"]
        teams.append(
            TeamMoved(
                now["name"],
                _rise(
                    (win["probability"] or 0.0, win["low"], win["high"]),
                    (then.win.probability, then.win.low, then.win.high),
                ),
                _rise(
                    (points["mean"] or 0.0, points["mean_low"], points["mean_high"]),
                    (then.points.mean, then.points.mean_low, then.points.mean_high),
                ),
            )
        )
    changed = earlier.event_sha256 != event_sha256
    return Moved(earlier.state.now, earlier.state.at_s, changed, tuple(teams))


_Found = tuple[float, float | None, float | None]


def _rise(now: _Found, then: _Found) -> Change:
    """Return the difference of two independent estimates, each a value, its low and its high."""
    value, low, high = now
    old, old_low, old_high = then
    rise = value - old
    if low is None or high is None or old_low is None or old_high is None:
        return Change(rise, None, None)
    return Change(
        rise,
        rise - sqrt((value - low) ** 2 + (old_high - old) ** 2),
        rise + sqrt((high - value) ** 2 + (old - old_low) ** 2),
    )
