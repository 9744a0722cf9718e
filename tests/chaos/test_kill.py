"""A process killed at any moment: nothing is lost or counted twice, the result is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bingosim.batch.submit import submit
from bingosim.storage.batches import list_batches, read_batch
from bingosim.storage.migrate import open_database
from bingosim.storage.states import BatchStatus
from tests.chaos.checks import (
    check_complete,
    check_empty,
    check_settled,
    clear,
    counts,
    go_on,
    kept,
    settle,
    url_of,
)
from tests.chaos.events import (
    MESSAGE_SIZE,
    PRECISE_MESSAGE_SIZE,
    PRECISION,
    RUNS,
    SEED,
    SNAPSHOT,
    precise_runs,
)
from tests.chaos.jobs import steer
from tests.chaos.kills import follow, kill

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from bingosim.storage.database import Database
    from tests.chaos.conftest import Case

MORE = 20
"""Runs by which a batch is extended."""
FAILING = 13
ATTEMPTS = 50
"""To kill a process in time."""
ASKED = 8
"""Times that an execution asks whether to stop, before it is told so; it asks a few a message."""


def new_batch(database: Database) -> UUID:
    batch = submit(database, SNAPSHOT, RUNS, SEED, message_size=MESSAGE_SIZE)
    database.close()  # nobody but the children has the file open
    return batch


def killed(database: Database, attempt: Callable[[], tuple[UUID, bool]], runs: int) -> UUID:
    """Attempt to kill executions until one was not quicker; return its batch."""
    for _ in range(ATTEMPTS):
        batch, was_killed = attempt()
        if was_killed:
            return batch
        check_complete(database, batch, runs)
        clear(database, batch)
    raise AssertionError("it always comes to its end first")


def test_killed_while_submitting(database: Database, case: Case) -> None:
    job = {"url": url_of(database), "runs": RUNS, "message_size": MESSAGE_SIZE}
    course = follow(case.server, "submit", **job)
    (first,) = list_batches(database)
    go_on(database, first.id)
    clear(database, first.id)

    def once(luck: random.Random, number: int) -> str:
        outcome = kill(case.server, course, luck, number, "submit", **job)
        settle(database)
        found = list_batches(database)
        if not found:
            assert outcome.killed
            check_empty(database)
            return "nothing was there"
        (batch,) = found
        messages = -(-RUNS // MESSAGE_SIZE)
        assert counts(database, batch.id) == {
            "runs": RUNS,
            "messages": messages,
            "partial aggregates": 0,
        }
        go_on(database, batch.id)
        check_complete(database, batch.id, RUNS)
        clear(database, batch.id)
        return "all of it was there"

    case.repeat(once)


def test_killed_while_executing(database: Database, case: Case) -> None:
    """Claims, plays, persists, folds, ends; some are killed again while they resume."""
    batch = new_batch(database)
    job: dict[str, Any] = {"url": url_of(database), "threads": 1}
    course = follow(case.server, "execute", batch=str(batch), **job)
    check_complete(database, batch, RUNS)
    clear(database, batch)

    def once(luck: random.Random, number: int) -> str:
        job["threads"] = luck.choice([1, 2]) if number % 2 else 1

        def attempt() -> tuple[UUID, bool]:
            batch = new_batch(database)
            outcome = kill(case.server, course, luck, number, "execute", batch=str(batch), **job)
            return batch, outcome.killed

        batch = killed(database, attempt, RUNS)
        again = 0
        while again < 2 and luck.random() < 0.5:
            child = case.server.start("execute", batch=str(batch), **job)
            child.kill_after(luck.random() * course.seconds)
            again += child.end().killed
        go_on(database, batch, luck.choice([1, 2]))
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return f"complete after {1 + again} kill{'s' if again else ''}"

    case.repeat(once)


def test_killed_on_the_way_to_a_precision(database: Database, case: Case) -> None:
    """The batch extends itself on the way: who is killed then leaves the runs or none of them."""

    def new() -> UUID:
        size = PRECISE_MESSAGE_SIZE
        batch = submit(database, SNAPSHOT, seed=SEED, precision=PRECISION, message_size=size)
        database.close()
        return batch

    batch = new()
    job: dict[str, Any] = {"url": url_of(database), "threads": 1}
    course = follow(case.server, "execute", batch=str(batch), **job)
    check_complete(database, batch, precise_runs())
    clear(database, batch)

    def once(luck: random.Random, number: int) -> str:
        def attempt() -> tuple[UUID, bool]:
            batch = new()
            outcome = kill(case.server, course, luck, number, "execute", batch=str(batch), **job)
            return batch, outcome.killed

        batch = killed(database, attempt, precise_runs())
        go_on(database, batch)
        check_complete(database, batch, precise_runs())
        clear(database, batch)
        return "complete"

    case.repeat(once)


@pytest.mark.parametrize("to", ["pause", "resume", "cancel", "extend", "retry"])
def test_killed_while_it_steers(database: Database, case: Case, to: str) -> None:
    """Who is killed while steering a batch has done it or has not."""
    case.name = f"{case.name}, {to}"
    url = url_of(database)

    def new() -> UUID:
        batch = new_batch(database)
        if to == "retry":
            case.server.do("execute", url=url, batch=str(batch), failing=FAILING)
        elif to == "extend":
            go_on(database, batch)
        else:
            asked = iter(range(ASKED))
            go_on(database, batch, 1, lambda: next(asked, ASKED) == ASKED)
        if to == "resume":
            steer(database, batch, "pause")
        database.close()
        return batch

    def finish(batch: UUID) -> BatchStatus:
        settle(database)
        before = read_batch(database, batch)
        done = kept(database, batch)
        if before.status is BatchStatus.CANCELLED:
            assert go_on(database, batch) is BatchStatus.CANCELLED
            assert kept(database, batch) == done
        else:
            check_settled(database, batch)
            if before.status is BatchStatus.PAUSED:
                steer(database, batch, "resume")
            if before.status is BatchStatus.ERROR:
                steer(database, batch, "retry")
            go_on(database, batch)
            check_complete(database, batch, before.runs)
        clear(database, batch)
        return before.status

    batch = new()
    course = follow(case.server, "steer", url=url, batch=str(batch), to=to, runs=MORE)
    finish(batch)

    def once(luck: random.Random, number: int) -> str:
        batch = new()
        job = {"url": url, "batch": str(batch), "to": to, "runs": MORE}
        kill(case.server, course, luck, number, "steer", **job)
        return f"found {finish(batch)}"

    case.repeat(once)


def test_killed_while_it_makes_the_file(case: Case, tmp_path: Path) -> None:
    course = follow(case.server, "open", url=f"sqlite:///{tmp_path / 'first.db'}")

    def once(luck: random.Random, number: int) -> str:
        url = f"sqlite:///{tmp_path / str(number) / 'bingosim.db'}"
        outcome = kill(case.server, course, luck, number, "open", url=url)
        database = open_database(url)
        batch = new_batch(database)
        go_on(database, batch)
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return "ready after a kill" if outcome.killed else "was quicker"

    case.repeat(once)
