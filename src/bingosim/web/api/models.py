"""What goes over the API, with examples."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from bingosim.engines import DEFAULT_ENGINE
from bingosim.payloads.timelines import Timelines
from bingosim.simulation import DEFAULT_RUNS, DEFAULT_SEED
from bingosim.storage.listing import Listed
from bingosim.storage.states import BatchStatus
from bingosim.web.forecast import LONGEST_NAME, MOST_WEB_RUNS
from bingosim.web.results import Standing

ID = "01999a3c-0e5f-7b1d-9a43-5a7cffffffff"


class Problem(BaseModel):
    """What is wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str = Field(examples=["There is nothing here"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=[f"there is no batch {ID}"])


class Precision(BaseModel):
    """End once every chance to win is known so precisely (95 %)."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    points: float = Field(examples=[0.5])
    """Percentage points."""
    min_runs: int | None = None
    """Runs before that is looked at for the first time; 1,000 if not given."""
    max_runs: int = Field(default=1_000_000, le=MOST_WEB_RUNS)
    """Runs after which it ends all the same."""


class EventText(BaseModel):
    """An event to look at."""

    model_config = ConfigDict(extra="forbid")

    event: str | dict[str, Any] = Field(
        description="An event file: its text (YAML or JSON), or its content as an object.",
        examples=["bingosim: 1\nevent:\n  name: Winter Bingo\n  ..."],
    )


class Start(BaseModel):
    """A batch to start."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    event: str | dict[str, Any] | None = Field(
        default=None, examples=["bingosim: 1\nevent:\n  name: Winter Bingo\n  ..."]
    )
    """An event file: its text (YAML or JSON), or its content as an object."""
    event_id: UUID | None = None
    """In its place: an event of the library, as it stands."""
    name: str | None = Field(default=None, max_length=LONGEST_NAME)
    """What to call it; the event's name by default."""
    runs: int = Field(default=DEFAULT_RUNS, ge=1, le=MOST_WEB_RUNS)
    """How many runs, if no precision is given."""
    precision: Precision | None = None
    seed: str = Field(default=DEFAULT_SEED, min_length=1, max_length=1_000)
    """Any text; equal seeds give equal results."""
    engine: Literal["jump", "attempt", "reference"] = DEFAULT_ENGINE  # type: ignore[assignment]
    timelines: Timelines = Timelines.ALL
    """Of which runs it is kept when tiles were completed."""
    distributed: bool = False
    """Whether workers execute it, by way of the broker; otherwise this server does."""


class More(BaseModel):
    """Runs to add."""

    model_config = ConfigDict(extra="forbid")

    runs: int = Field(ge=1, le=MOST_WEB_RUNS, examples=[10_000])


class Brief(BaseModel):
    """A batch in a list."""

    id: UUID = Field(examples=[ID])
    name: str = Field(examples=["Winter Bingo"])
    status: BatchStatus
    engine: str = Field(examples=["jump"])
    runs: int = Field(description="Runs asked for.", examples=[10_000])
    completed: int = Field(description="Runs whose results are kept.", examples=[4_200])
    created: datetime
    finished: datetime | None

    @classmethod
    def of(cls, listed: Listed) -> Brief:
        """Return what is said of a batch of the list."""
        return cls(
            id=listed.id,
            name=listed.name,
            status=listed.status,
            engine=listed.engine,
            runs=listed.runs,
            completed=listed.completed,
            created=moment(listed.created_at),
            finished=None if listed.finished_at is None else moment(listed.finished_at),
        )


class BatchList(BaseModel):
    """A page of the list."""

    items: list[Brief]
    total: int = Field(description="How many there are in all.")
    next: str | None = Field(description="`before` of the next page; null on the last.")


class Runs(BaseModel):
    """How far a batch has come."""

    wanted: int
    completed: int
    failed: int
    in_flight: int


class BatchModel(BaseModel):
    """A batch as it stands."""

    model_config = ConfigDict(title="Batch")

    id: UUID = Field(examples=[ID])
    name: str = Field(examples=["Winter Bingo"])
    status: BatchStatus
    reason: str | None = Field(description="Why it ended as error.")
    version: int = Field(description="Counts its ends: more runs, or a retry, open the next.")
    seed: str
    engine_version: str
    snapshot_sha256: str
    runs: Runs
    precision: Precision | None
    timelines: Timelines
    distributed: bool
    workers_alive: int | None = Field(description="While it is to be executed by workers.")
    workers: list[str] = Field(description="Processes that execute it.")
    runs_per_second: float | None
    seconds_left: int | None
    created: datetime
    finished: datetime | None

    @classmethod
    def of(cls, standing: Standing) -> BatchModel:
        """Return what is said of a batch."""
        batch, progress, goal = standing.batch, standing.progress, standing.batch.precision
        return cls(
            id=batch.id,
            name=batch.name,
            status=batch.status,
            reason=batch.reason,
            version=batch.version,
            seed=batch.seed,
            engine_version=batch.engine_version,
            snapshot_sha256=batch.snapshot_sha256,
            runs=Runs(
                wanted=progress.runs,
                completed=progress.completed,
                failed=progress.failed,
                in_flight=progress.in_flight,
            ),
            precision=goal
            and Precision(points=goal.points, min_runs=goal.min_runs, max_runs=goal.max_runs),
            timelines=batch.timelines,
            distributed=batch.distributed,
            workers_alive=standing.crew and standing.crew.workers,
            workers=list(standing.workers),
            runs_per_second=standing.speed,
            seconds_left=standing.seconds_left,
            created=moment(batch.created_at),
            finished=None if batch.finished_at is None else moment(batch.finished_at),
        )


class FindingModel(BaseModel):
    """One thing wrong with, or odd about, an event file."""

    model_config = ConfigDict(title="Finding")

    severity: Literal["error", "warning"]
    line: int | None = Field(examples=[12])
    path: str = Field(examples=["board.rows[0][1].need"])
    message: str = Field(examples=["expected a whole number of at least 1, got 0"])


class Validated(BaseModel):
    """What was found in an event file, and what would be simulated."""

    ok: bool
    findings: list[FindingModel]
    event: dict[str, Any] | None


class CostModel(BaseModel):
    """What a forecast takes."""

    model_config = ConfigDict(title="Cost")

    runs: int = Field(description="With a precision: the most that it can take.")
    seconds: float | None = Field(
        description="By a short trial, with all cores of the server, or all threads of workers; "
        "null if none is alive."
    )
    at_most: bool


def moment(milliseconds: int) -> datetime:
    """Return a moment in UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
