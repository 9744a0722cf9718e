"""The states of batches, runs and messages, and every transition there is.

`docs/states.md` shows this table as a picture. Statements guard with it: `allowed_from` says from
which states something may be done, and a statement that finds another state changes nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class BatchStatus(StrEnum):
    """Where a batch stands."""

    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"


class RunStatus(StrEnum):
    """Where a run stands; in a cancelled batch it stays where it was."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class MessageStatus(StrEnum):
    """Where a message's row stands; not stored: it is claimed when it has a claim."""

    WAITING = "waiting"
    CLAIMED = "claimed"


class Transition(NamedTuple):
    """One arrow of the picture; None is before the beginning or after the end."""

    before: StrEnum | None
    by: str
    after: StrEnum | None


_B, _R, _M = BatchStatus, RunStatus, MessageStatus

TRANSITIONS = (
    Transition(None, "submit", _B.RUNNING),
    Transition(_B.RUNNING, "pause", _B.PAUSED),
    Transition(_B.PAUSED, "resume", _B.RUNNING),
    Transition(_B.RUNNING, "complete", _B.COMPLETED),
    Transition(_B.PAUSED, "complete", _B.COMPLETED),
    Transition(_B.RUNNING, "give up", _B.ERROR),
    Transition(_B.PAUSED, "give up", _B.ERROR),
    Transition(_B.RUNNING, "cancel", _B.CANCELLED),
    Transition(_B.PAUSED, "cancel", _B.CANCELLED),
    Transition(_B.RUNNING, "extend", _B.RUNNING),
    Transition(_B.PAUSED, "extend", _B.PAUSED),
    Transition(_B.COMPLETED, "extend", _B.RUNNING),
    Transition(_B.ERROR, "retry", _B.RUNNING),
    Transition(None, "submit", _R.PENDING),
    Transition(_R.PENDING, "claim", _R.RUNNING),
    Transition(_R.RUNNING, "complete", _R.COMPLETED),
    Transition(_R.RUNNING, "hand back", _R.PENDING),
    Transition(_R.RUNNING, "fail", _R.PENDING),
    Transition(_R.RUNNING, "fail for good", _R.FAILED),
    Transition(_R.RUNNING, "die", _R.PENDING),
    Transition(_R.RUNNING, "die for good", _R.FAILED),
    Transition(_R.FAILED, "retry", _R.PENDING),
    Transition(None, "submit", _M.WAITING),
    Transition(_M.WAITING, "claim", _M.CLAIMED),
    Transition(_M.CLAIMED, "persist", None),
    Transition(_M.CLAIMED, "expire", None),
    Transition(_M.CLAIMED, "cancel", None),
    Transition(_M.WAITING, "cancel", None),
)

FINAL = (BatchStatus.COMPLETED, BatchStatus.ERROR, BatchStatus.CANCELLED)
"""States of a batch in which nothing is executed any more."""
OPEN = tuple(status for status in BatchStatus if status not in FINAL)
"""States of a batch in which claims may be settled."""


def batch_states_before(by: str) -> tuple[BatchStatus, ...]:
    """Return from which states of a batch something may be done."""
    return tuple(
        before for before, name, _ in TRANSITIONS if name == by and isinstance(before, BatchStatus)
    )
