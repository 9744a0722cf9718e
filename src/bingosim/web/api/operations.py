"""Who works on what, and what failed."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from bingosim.storage.operations import PERIOD_SECONDS, FailingBatch, OpenBatch, page_failed
from bingosim.storage.states import BatchStatus
from bingosim.storage.workers import SeenWorker
from bingosim.web.api.models import ID
from bingosim.web.overview import Queue, place_of
from bingosim.web.pages.operations import After
from bingosim.web.site import TheBatch, TheSite

MOST_FAILED = 200
router = APIRouter(tags=["operations"])


class ClaimModel(BaseModel, title="Claim"):
    """Runs that a process works on."""

    batch: UUID = Field(examples=[ID])
    runs: int
    played: int = Field(description="Of these, as of the last heartbeat.")
    lease_left_s: float = Field(description="Until it is given to others; heartbeats extend it.")


class WorkerModel(BaseModel, title="Worker"):
    """A process that executes."""

    name: str
    host: str
    pid: int
    kind: str = Field(
        description="`worker`, `server` (this one's), or `other`, such as `bingosim run`.",
        examples=["worker"],
    )
    alive: bool
    seen_s: float | None = Field(description="Since its last sign of life, of a worker.")
    threads: int | None = Field(description="That simulate, of a worker.")
    claims: list[ClaimModel]

    @classmethod
    def of(cls, seen: SeenWorker, here: str | None) -> WorkerModel:
        """Return what is said of a process."""
        (host, pid), process = place_of(seen.name), seen.process
        return cls(
            name=seen.name,
            host=process.host if process else host,
            pid=pid,
            kind="worker" if process else "server" if seen.name == here else "other",
            alive=seen.alive,
            seen_s=seen.seen_ms / 1000 if process else None,
            threads=process.threads if process else None,
            claims=[
                ClaimModel(
                    batch=claim.batch,
                    runs=claim.runs,
                    played=claim.played,
                    lease_left_s=claim.lease_left_ms / 1000,
                )
                for claim in seen.claims
            ],
        )


class OpenModel(BaseModel, title="OpenBatch"):
    """A batch that is not at its end, and its messages."""

    id: UUID = Field(examples=[ID])
    name: str
    status: BatchStatus
    distributed: bool
    runs: int
    completed: int
    waiting: int = Field(description="Messages that are neither published nor claimed.")
    published: int = Field(description="Messages in the broker, or not yet begun by a worker.")
    claimed: int = Field(description="Messages that are worked on.")
    retried: int = Field(description="Messages whose runs have failed before.")

    @classmethod
    def of(cls, batch: OpenBatch) -> OpenModel:
        """Return what is said of a batch."""
        return cls(**batch._asdict())


class FailingModel(BaseModel, title="FailingBatch"):
    """A batch with runs that failed for good."""

    id: UUID = Field(examples=[ID])
    name: str
    status: BatchStatus
    failed: int
    first: int = Field(description="Index of the first of these runs.")
    error: str | None = Field(description="Of that run.")

    @classmethod
    def of(cls, batch: FailingBatch) -> FailingModel:
        """Return what is said of a batch."""
        return cls(**batch._asdict())


class QueueModel(BaseModel, title="Queue"):
    """What the broker held when it was last looked at."""

    reached: bool = Field(description="Whether it answers now.")
    queued: int = Field(description="Messages that no worker has.")
    dead_letters: int = Field(description="Messages that no worker can read.")

    @classmethod
    def of(cls, queue: Queue) -> QueueModel:
        """Return what is said of it."""
        return cls(reached=queue.reached, queued=queue.depth, dead_letters=queue.dead_letters)


class OperationsModel(BaseModel, title="Operations"):
    """Who works on what, and what waits."""

    workers: list[WorkerModel]
    batches: list[OpenModel] = Field(description="Those that have not ended, the newest 25.")
    batches_total: int
    failing: list[FailingModel] = Field(description="Those with failed runs, the newest 25.")
    queue: QueueModel | None = Field(description="Null where there is no broker.")
    runs_per_second: float = Field(description="Kept in the last minute.", examples=[812.5])
    runs_kept: list[int] = Field(description="In each of its parts, the earliest first.")
    part_seconds: int = PERIOD_SECONDS


class FailedRunModel(BaseModel, title="FailedRun"):
    """A run that failed for good."""

    run: int = Field(examples=[1_204])
    failures: int = Field(description="How often it failed.")
    deaths: int = Field(description="How often its process vanished while it was alone with it.")
    error: str | None


class FailedRuns(BaseModel):
    """A page of failed runs."""

    items: list[FailedRunModel]
    total: int
    next: int | None = Field(description="`after` of the next page; null on the last.")


@router.get("/operations")
def get_operations(site: TheSite) -> OperationsModel:
    """Say who works on what, what waits and what failed."""
    found = site.overview.look()
    return OperationsModel(
        workers=[WorkerModel.of(one, found.here) for one in found.workers],
        batches=[OpenModel.of(one) for one in found.work.open],
        batches_total=found.work.open_total,
        failing=[FailingModel.of(one) for one in found.work.failing],
        queue=None if found.queue is None else QueueModel.of(found.queue),
        runs_per_second=found.runs_per_second,
        runs_kept=list(found.work.kept),
    )


@router.get("/batches/{batch}/failed")
def list_failed(
    site: TheSite,
    batch: TheBatch,
    limit: Annotated[int, Query(ge=1, le=MOST_FAILED)] = 50,
    after: After = None,
) -> FailedRuns:
    """List the runs of a batch that failed for good, with their errors."""
    found = page_failed(site.database, batch.id, limit, after)
    return FailedRuns(
        items=[FailedRunModel(**run._asdict()) for run in found.runs],
        total=found.total,
        next=found.runs[-1].run if found.more else None,
    )
