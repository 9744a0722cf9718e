"""The form of a new forecast: what was typed, what is wrong with it, what it asks for."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count, takewhile
from typing import TYPE_CHECKING

from bingosim.engines import DEFAULT_ENGINE, check_engine, check_seed
from bingosim.errors import EventFileError, Finding, InputError
from bingosim.event.file import read_event
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.timelines import Timelines
from bingosim.precision import DEFAULT_MAX_RUNS, Precision
from bingosim.simulation import DEFAULT_RUNS, DEFAULT_SEED, check_runs
from bingosim.storage.requests import StartRequest
from bingosim.web.again import with_strategies

if TYPE_CHECKING:
    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.batches import Batch

LONGEST_NAME = 200
HERE, WORKERS = "here", "workers"
"""Where a forecast may be executed."""
MOST_WEB_RUNS = 5_000_000
"""Rows of so many runs are made in some seconds; `bingosim batch start` takes more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A forecast that can be started."""

    snapshot: Snapshot
    event: Event | None
    name: str | None
    runs: int
    precision: Precision | None
    seed: str
    engine: str
    timelines: Timelines
    distributed: bool
    request: StartRequest


@dataclass(slots=True)
class Form:
    """What was typed, as it was typed, and what is wrong with it.

    Attributes:
        text: The event file.
        goal: `runs` or `precision`.
        where: `here`, or `workers`.
        key: Names this form, so that sent twice it starts one batch.
        event: Id of the event of the library whose file this was.
        batch: Id of the forecast whose event is played again.
        strategies: What its teams play by.
        stored: That event; the caller finds it.
        wrong: Field -> what is wrong with it.
        findings: What was found in the event file.
    """

    text: str = ""
    name: str = ""
    goal: str = "runs"
    where: str = HERE
    runs: str = f"{DEFAULT_RUNS:,}"
    points: str = "0.5"
    max_runs: str = f"{DEFAULT_MAX_RUNS:,}"
    seed: str = DEFAULT_SEED
    engine: str = DEFAULT_ENGINE
    timelines: str = Timelines.ALL.value
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    event: str = ""
    batch: str = ""
    strategies: list[str] = field(default_factory=list)
    stored: Snapshot | None = None
    wrong: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Form:
        """Take what a browser sent; what it did not send is as in a new form."""
        form = cls()
        for name in _FIELDS:
            if isinstance(typed := fields.get(name), str):
                setattr(form, name, typed)
        form.text = form.text.replace("\r\n", "\n")
        form.key = form.key or secrets.token_urlsafe(16)
        chosen = (fields.get(f"strategy-{number}") for number in count())
        form.strategies = [str(typed) for typed in takewhile(lambda one: one is not None, chosen)]
        return form

    @property
    def lines(self) -> list[str]:
        """The lines of the event file."""
        return self.text.split("\n")

    def checked(self) -> Plan | None:
        """Return what it asks for; None where something is wrong, which is then noted."""
        read = self._event()
        name = self.name.strip()
        if len(name) > LONGEST_NAME or not name.isprintable():
            self.wrong["name"] = f"At most {LONGEST_NAME} letters, on one line."
        runs, precision = self._goal()
        self._choices()
        if read is None:
            return None
        event, snapshot = read
        if "runs" not in self.wrong and precision is None:
            self._note("runs", lambda: check_runs(snapshot, runs))
        if self.wrong:
            return None
        timelines = Timelines(self.timelines)
        spread = self.where == WORKERS
        asked = (snapshot.sha256, name, runs, precision, self.seed, self.engine, timelines, spread)
        request = StartRequest(self.key, hashlib.sha256(repr(asked).encode()).hexdigest())
        return Plan(
            snapshot, event, name or None, runs, precision, self.seed, self.engine, timelines,
            spread, request.checked(),
        )  # fmt: skip

    @classmethod
    def again(cls, batch: Batch, snapshot: Snapshot) -> Form:
        """Return the form of a forecast like another one."""
        form = cls(
            name=batch.name,
            runs=f"{batch.runs:,}",
            seed=batch.seed,
            engine=batch.engine,
            timelines=batch.timelines.value,
            where=WORKERS if batch.distributed else HERE,
            batch=str(batch.id),
            strategies=[team.strategy for team in snapshot.teams],
            stored=snapshot,
        )
        if batch.precision is not None:
            form.goal = "precision"
            form.points = f"{batch.precision.points:g}"
            form.max_runs = f"{batch.precision.max_runs:,}"
        return form

    def _event(self) -> tuple[Event | None, Snapshot] | None:
        if self.stored is not None:
            try:
                return None, with_strategies(self.stored, self.strategies)
            except InputError as error:
                self.wrong["text"] = _sentence(str(error))
                return None
        if not self.text.strip():
            self.wrong["text"] = "Paste an event file here, open one, or begin with an example."
            return None
        try:
            loaded = read_event(self.text)
            self.findings = loaded.warnings
            return loaded.event, make_snapshot(loaded.event)
        except EventFileError as error:
            self.findings = error.findings
        except InputError as error:
            self.findings = (Finding(str(error)),)
        count = sum(finding.severity == "error" for finding in self.findings)
        errors = "1 thing is" if count == 1 else f"{count} things are"
        self.wrong["text"] = f"{errors} wrong with the event file."
        return None

    def _goal(self) -> tuple[int, Precision | None]:
        if self.goal != "precision":
            return self._number("runs", self.runs), None
        most = self._number("max_runs", self.max_runs)
        try:
            points = float(self.points.replace(",", ".").removesuffix("%"))
        except ValueError:
            self.wrong["points"] = "Percentage points, such as 0.5."
            return most, None
        if "max_runs" in self.wrong:
            return most, None
        try:
            precision = Precision.within(points, None, most)
        except InputError as error:
            self.wrong["points"] = _sentence(str(error).replace("\n", "; "))
            return most, None
        return most, precision

    def _choices(self) -> None:
        self._note("engine", lambda: check_engine(self.engine))
        self._note("seed", lambda: check_seed(self.seed))
        if not self.seed:
            self.wrong["seed"] = "Any text will do, but there must be one."
        if self.timelines not in list(Timelines):
            self.wrong["timelines"] = "One of all, sample and none."
        if self.where not in (HERE, WORKERS):
            self.wrong["where"] = "On this machine, or by workers."

    def _number(self, name: str, text: str) -> int:
        digits = "".join(text.split()).replace(",", "").replace("_", "")
        if digits.isascii() and digits.isdecimal() and 1 <= int(digits[:12]) <= MOST_WEB_RUNS:
            return int(digits[:12])
        self.wrong[name] = f"A whole number from 1 to {MOST_WEB_RUNS:,}."
        return 0

    def _note(self, name: str, check: Callable[[], None]) -> None:
        try:
            check()
        except InputError as error:
            self.wrong[name] = _sentence(str(error))


_FIELDS = (
    "text", "name", "goal", "runs", "points", "max_runs", "seed", "engine", "timelines", "where",
    "key", "event", "batch",
)  # fmt: skip


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
