"""Several processes on one database, some of them killed, stopped, or steering the others."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from bingosim.batch import held
from bingosim.batch.local import execute_batch
from bingosim.batch.submit import submit
from bingosim.errors import InputError
from bingosim.storage.batches import read_batch
from bingosim.storage.claims import list_leases
from bingosim.storage.migrate import open_database
from bingosim.storage.states import BatchStatus
from tests.chaos.checks import (
    check_complete,
    check_settled,
    clear,
    go_on,
    kept,
    never,
    settle,
    url_of,
)
from tests.chaos.events import MESSAGE_SIZE, RUNS, SEED, SNAPSHOT
from tests.chaos.jobs import steer
from tests.chaos.kills import choose_moment, follow
from tests.chaos.moments import PLAYED, PLAYING
from tests.chaos.processes import Moment

if TYPE_CHECKING:
    import random
    from pathlib import Path
    from uuid import UUID

    import pytest

    from bingosim.storage.database import Database
    from tests.chaos.conftest import Case

MORE = 20
BEAT, LEASE = 0.05, 0.4
"""Seconds; nothing is expired before somebody has looked for a lease."""


def new_batch(database: Database, runs: int = RUNS) -> UUID:
    batch = submit(database, SNAPSHOT, runs, SEED, message_size=MESSAGE_SIZE)
    database.close()
    return batch


def job(database: Database, batch: UUID, threads: int = 1) -> dict[str, Any]:
    """Arguments with which a batch is executed, looking around often."""
    named = {"url": url_of(database), "batch": str(batch)}
    return {**named, "threads": threads, "beat_seconds": BEAT}


def test_two_on_one_batch_and_one_is_killed(database: Database, case: Case) -> None:
    """The other finds that it is gone, and ends the batch alone; nobody waits for the dead one."""
    batch = new_batch(database)
    course = follow(case.server, "execute", **job(database, batch))
    clear(database, batch)

    def once(luck: random.Random, number: int) -> str:
        batch = new_batch(database)
        moment = choose_moment(course, luck, number)
        first = case.server.start("execute", moment=moment, **job(database, batch))
        second = case.server.start("execute", **job(database, batch, luck.choice([1, 2])))
        assert second.end().done == BatchStatus.COMPLETED
        killed = first.end().killed
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return "complete, one was killed" if killed else "complete, both came to the end"

    case.repeat(once)


def test_two_with_batches_of_their_own(database: Database, case: Case) -> None:
    def once(luck: random.Random, _number: int) -> str:
        sizes = {new_batch(database, runs): runs for runs in (RUNS, RUNS + MORE)}
        threads = luck.choice([1, 2])
        children = [case.server.start("execute", **job(database, one, threads)) for one in sizes]
        for child in children:
            assert child.end().done == BatchStatus.COMPLETED
        for batch, runs in sizes.items():
            check_complete(database, batch, runs)
        clear(database, *sizes)
        return "both complete"

    case.repeat(once)


def test_steering_while_another_executes(database: Database, case: Case) -> None:
    """Whatever is done to a batch at any moment takes effect, or is refused with the reason."""
    batch = new_batch(database)
    course = follow(case.server, "execute", **job(database, batch))
    clear(database, batch)

    def once(luck: random.Random, number: int) -> str:
        batch, to = new_batch(database), ("pause", "cancel", "extend", "retry")[number % 4]
        child = case.server.start("execute", **job(database, batch, luck.choice([1, 2])))
        child.hear_or_wait(luck.random() * course.seconds)
        refused = ""
        try:
            steer(database, batch, to, MORE)
        except InputError as error:
            refused = str(error)
        assert not refused or f"{to} needs the status" in refused
        status = child.end().done
        runs = RUNS if to != "extend" else RUNS + MORE
        if to == "cancel" and not refused:
            assert status == go_on(database, batch) == BatchStatus.CANCELLED
            kept(database, batch)
        elif to == "pause" and not refused:
            check_settled(database, batch)
            assert status == read_batch(database, batch).status
            if status == BatchStatus.PAUSED:
                steer(database, batch, "resume")
        if to != "cancel" or refused:
            go_on(database, batch)
            check_complete(database, batch, runs)
        clear(database, batch)
        return f"{to} refused" if refused else f"{to} done"

    case.repeat(once)


def test_one_stopped_past_its_lease(
    database: Database, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not gone, so only its lease ends its claim; what it brings afterwards is not kept."""
    monkeypatch.setattr(held, "BEAT_SECONDS", BEAT)

    def once(luck: random.Random, number: int) -> str:
        batch = new_batch(database)
        where = Moment((PLAYING, PLAYED)[number % 2], luck.randint(1, 5), kill=False)
        arguments = {**job(database, batch), "lease_seconds": LEASE}
        child = case.server.start("execute", moment=where, **arguments)
        child.wait_until_held()
        (lease,) = list_leases(database)
        # Not while it writes: others would wait for that, and not for the lease.
        with database.write():
            child.signal(signal.SIGSTOP)
            child.wait_until_stopped()
        status = execute_batch(database, batch, threads=1, stop=never, lease_seconds=LEASE)
        assert status is BatchStatus.COMPLETED
        check_complete(database, batch, RUNS)
        assert lease not in list_leases(database)
        child.let_go()
        child.signal(signal.SIGCONT)
        assert child.end().done == BatchStatus.COMPLETED
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return "its late results were not kept"

    case.repeat(once)


def test_one_killed_and_never_waited_for(database: Database, case: Case) -> None:
    """Its entry in the table of processes stays, as in containers without an init process."""

    def once(luck: random.Random, number: int) -> str:
        batch = new_batch(database)
        where = Moment((PLAYING, PLAYED)[number % 2], luck.randint(1, 5))
        child = case.server.start("execute", moment=where, **job(database, batch))
        while child.hear() is not None:
            pass
        settle(database)
        child.wait_until_dead()
        go_on(database, batch)
        check_complete(database, batch, RUNS)
        assert child.end().killed
        clear(database, batch)
        return "complete at once"

    case.repeat(once)


def test_two_make_the_file(case: Case, tmp_path: Path) -> None:
    def once(_luck: random.Random, number: int) -> str:
        url = f"sqlite:///{tmp_path / str(number) / 'bingosim.db'}"
        children = [case.server.start("open", url=url) for _ in range(2)]
        for child in children:
            assert child.end().done is not None
        database = open_database(url)
        batch = new_batch(database)
        go_on(database, batch)
        check_complete(database, batch, RUNS)
        clear(database, batch)
        return "ready for both"

    case.repeat(once)
