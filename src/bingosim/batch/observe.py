"""What may be watched of executing: phases and counts."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from uuid import UUID


class Phase(StrEnum):
    """What takes time."""

    CLAIM = "claim"
    SIMULATE = "simulate"
    ENCODE = "encode"
    PERSIST = "persist"
    SNAPSHOT_LOAD = "snapshot_load"


class Count(StrEnum):
    """What is counted."""

    RUNS_CLAIMED = "runs_claimed"
    RUNS_SKIPPED = "runs_skipped"
    RUNS_COMPLETED = "runs_completed"
    RUNS_RETRIED = "runs_retried"
    RUNS_FAILED = "runs_failed"
    RUNS_HANDED_BACK = "runs_handed_back"
    SNAPSHOT_CACHE_HIT = "snapshot_cache_hit"
    SNAPSHOT_CACHE_MISS = "snapshot_cache_miss"
    EXPIRED_LEASES = "expired_leases"
    DEAD_LETTERS = "dead_letters"


class Observer(Protocol):
    """Is told what happens; called from several threads."""

    def phase(self, phase: Phase, batch: UUID) -> AbstractContextManager[None]:
        """Return what is entered before a phase and left after it."""
        ...

    def count(self, what: Count, number: int = 1) -> None:
        """Take in that something happened so many times."""
        ...


class Unobserved:
    """Watches nothing."""

    def phase(self, phase: Phase, batch: UUID) -> AbstractContextManager[None]:  # noqa: ARG002
        """Do nothing."""
        return nullcontext()

    def count(self, what: Count, number: int = 1) -> None:
        """Do nothing."""


UNOBSERVED = Unobserved()
