"""Any sequence of what workers, people and accidents do, against a model in plain Python."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bingosim import precision as precisions
from bingosim.errors import InputError
from bingosim.precision import Precision
from bingosim.storage.aggregates import Arithmetic, cancel_batch, finalize, fold, read_aggregate
from bingosim.storage.batches import Progress, read_batch, read_progress
from bingosim.storage.claims import extend_lease, list_leases
from bingosim.storage.creating import extend_batch
from bingosim.storage.settling import Settled, expire, hand_back, persist
from bingosim.storage.steering import pause_batch, resume_batch, retry_batch
from bingosim.storage.tables import result_chunks, simulation_runs
from tests.storage import samples
from tests.storage.samples import done, merge, messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database

RUNS, MAX_ATTEMPTS = 25, 2
LOOKS = (25, 35, 45, 60)
"""Numbers of runs at which a batch with a precision is looked at."""
PATIENT = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)


@dataclass
class Model:
    """What must be true of a batch.

    Attributes:
        precise_at: The look from which on it is precise, if a precision was asked for.
        played: Runs of held claims that are played, as of their last heartbeats.
    """

    runs: int = RUNS
    precise_at: int | None = None
    status: str = "running"
    version: int = 1
    waiting: list[set[int]] = field(default_factory=list)
    held: dict[UUID, set[int]] = field(default_factory=dict)
    played: dict[UUID, int] = field(default_factory=dict)
    completed: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    failures: dict[int, int] = field(default_factory=dict)
    deaths: dict[int, int] = field(default_factory=dict)

    def add(self, indices: range, size: int) -> None:
        starts = range(indices.start, indices.stop, size)
        self.waiting += [set(indices) & set(range(at, at + size)) for at in starts]

    @property
    def open(self) -> bool:
        return self.status in ("running", "paused")

    @property
    def next_look(self) -> int | None:
        """Runs up to which a batch with no run left goes on; None if it ends."""
        return None if self.precise_at is None else next_look(self.runs, self.precise_at)

    def claim(self, wanted: set[int]) -> set[int]:
        got: set[int] = set()
        if self.status == "running":
            got = wanted & set().union(*self.waiting)
            self.waiting = [rest for part in self.waiting if (rest := part - got)]
        return got

    def settle(self, token: UUID, completed: set[int], failed: set[int]) -> None:
        rest = self.held.pop(token) - completed - failed
        self.completed |= completed
        ended = self.count(self.failures, failed)
        self.waiting += [part for part in (rest, failed - ended) if part]

    def die(self, token: UUID) -> None:
        lost = sorted(self.held.pop(token))
        ended = self.count(self.deaths, set(lost)) if len(lost) == 1 else set()
        size = -(-len(lost) // 10)
        parts = [set(lost[at : at + size]) - ended for at in range(0, len(lost), size)]
        self.waiting += [part for part in parts if part]

    def count(self, counted: dict[int, int], runs: set[int]) -> set[int]:
        """Count an attempt of each run; return those that are at their end."""
        for index in runs:
            counted[index] = counted.get(index, 0) + 1
        ended = {index for index in runs if counted[index] >= MAX_ATTEMPTS}
        self.failed |= ended
        return ended


def next_look(runs: int, precise_at: int) -> int | None:
    if runs >= LOOKS[-1] or (runs in LOOKS and runs >= precise_at):
        return None
    return next(look for look in LOOKS if look > runs)


class Machine(RuleBasedStateMachine):
    """One batch."""

    database: Database
    claims: Bundle[Claim] = Bundle("claims")
    some_runs = st.sets(st.integers(0, RUNS + 10), min_size=1)

    @initialize(size=st.sampled_from([1, 3, 12]), precise_at=st.sampled_from([None, *LOOKS]))
    def submit(self, size: int, precise_at: int | None) -> None:
        self.size = size
        self.known: dict[UUID, Claim] = {}
        self.model = Model(precise_at=precise_at)
        goal = None if precise_at is None else Precision(1.0, LOOKS[0], LOOKS[-1])
        self.batch = samples.new_batch(self.database, RUNS, size, goal)
        self.model.add(range(RUNS), size)

    @property
    def arithmetic(self) -> Arithmetic:
        """What is precise from the chosen look on."""

        def look(wanted: Precision, payload: bytes) -> int | None:
            assert wanted.looks == LOOKS
            assert self.model.precise_at is not None
            return next_look(len(json.loads(payload)), self.model.precise_at)

        return Arithmetic(merge, look)

    def allowed(self, do: Callable[..., Any], states: tuple[str, ...], *arguments: Any) -> bool:
        """Do something to the batch, if the model says it can be done; return whether it was."""
        if self.model.status in states:
            do(self.database, self.batch, *arguments)
            return True
        with pytest.raises(InputError, match=f"is {self.model.status}"):
            do(self.database, self.batch, *arguments)
        return False

    def claimed(self, wanted: set[int]) -> Any:
        got = samples.claim(self.database, self.batch, sorted(wanted))
        expected = self.model.claim(wanted)
        assert (set() if got is None else set(got.indices.tolist())) == expected
        if got is None:
            return None
        failures, deaths = self.model.failures, self.model.deaths
        attempts = [failures.get(i, 0) + deaths.get(i, 0) + 1 for i in got.indices.tolist()]
        assert got.attempts.tolist() == attempts
        self.model.held[got.token] = expected
        self.known[got.token] = got
        return got

    @rule(target=claims, which=st.integers(0, 9))
    def claim_a_message(self, which: int) -> Any:
        parts = sorted(messages(self.database, self.batch))
        return self.claimed(set(parts[which % len(parts)]) if parts else {0})

    @rule(target=claims, wanted=some_runs)
    def claim_some_runs(self, wanted: set[int]) -> Any:
        return self.claimed(wanted)

    @rule(held=consumes(claims), data=st.data())
    def persist(self, held: Claim | None, data: st.DataObject) -> None:
        if held is None:
            return
        fates = data.draw(
            st.lists(st.sampled_from("ccccfh"), min_size=len(held), max_size=len(held))
        )
        of = {
            fate: {i for i, f in zip(held.indices.tolist(), fates, strict=True) if f == fate}
            for fate in "cf"
        }
        self.settle(held, of["c"], of["f"])

    def settle(self, held: Claim, completed: set[int], failed: set[int]) -> None:
        outcome = done(sorted(completed), **{f"_{index}": "boom" for index in failed})
        settled = persist(self.database, held, outcome, max_attempts=MAX_ATTEMPTS)
        assert (settled is not None) == (held.token in self.model.held)
        if settled is not None:
            self.model.settle(held.token, completed, failed)
            assert settled.completed == len(completed)
            assert persist(self.database, held, outcome) is None

    @rule(fails=st.sampled_from([frozenset(), frozenset(), frozenset({3}), frozenset({RUNS})]))
    def work_through(self, fails: frozenset[int]) -> None:
        """The batch goes on if it rests, and everything is settled: its end, or its next look."""
        match self.model.status:
            case "paused":
                self.resume()
            case "error":
                self.retry()
            case "completed":
                self.extend(more=3)
        for _ in range(MAX_ATTEMPTS):
            waiting = set().union(*self.model.waiting)
            if waiting:
                self.claimed(waiting)
            for token, runs in list(self.model.held.items()):
                self.settle(self.known[token], runs - fails, set(runs & fails))
        self.finalize()

    @rule(held=consumes(claims))
    def hand_back(self, held: Claim | None) -> None:
        if held is None:
            return
        settled = hand_back(self.database, held)
        if held.token in self.model.held:
            assert settled == Settled(handed_back=len(held))
            self.model.settle(held.token, set(), set())
        else:
            assert settled is None

    @rule(held=claims)
    def vanish(self, held: Claim | None) -> None:
        """The claim stays in the bundle: its worker may come back late."""
        if held is None:
            return
        samples.pass_lease(self.database, held)
        leases = {lease.token: lease for lease in list_leases(self.database)}
        assert (held.token in leases) == (held.token in self.model.held)
        if held.token in leases:
            assert expire(self.database, leases[held.token], max_attempts=MAX_ATTEMPTS) is not None
            assert expire(self.database, leases[held.token], max_attempts=MAX_ATTEMPTS) is None
            self.model.die(held.token)

    @rule(index=st.integers(0, RUNS - 1))
    def poison(self, index: int) -> None:
        """A run kills whoever executes it, as often as it is executed."""
        for _ in range(MAX_ATTEMPTS):
            self.vanish(self.claimed({index}))

    @rule(held=claims, part=st.floats(0, 1))
    def beat(self, held: Claim | None, part: float) -> None:
        if held is None:
            return
        played = int(part * len(held))
        status = extend_lease(self.database, held, played=played)
        assert status == (self.model.status if held.token in self.model.held else None)
        self.model.played[held.token] = played

    @rule()
    def pause(self) -> None:
        if self.allowed(pause_batch, ("running",)):
            self.model.status = "paused"

    @rule()
    def resume(self) -> None:
        if self.allowed(resume_batch, ("paused",)):
            self.model.status = "running"

    @rule(more=st.integers(1, 15))
    def extend(self, more: int) -> None:
        if self.allowed(extend_batch, ("running", "paused", "completed"), more):
            self.model.add(range(self.model.runs, self.model.runs + more), self.size)
            self.model.runs += more
            if self.model.status == "completed":
                self.model.status = "running"
                self.model.version += 1

    @rule()
    def retry(self) -> None:
        if self.allowed(retry_batch, ("error",)):
            again = sorted(self.model.failed)
            starts = range(0, len(again), self.size)
            self.model.waiting += [set(again[at : at + self.size]) for at in starts]
            for index in again:
                self.model.failures[index] = self.model.deaths[index] = 0
            self.model.failed = set()
            self.model.status = "running"
            self.model.version += 1

    @precondition(lambda self: self.model.version > 1)  # rarely, since nothing comes after it
    @rule()
    def cancel(self) -> None:
        assert cancel_batch(self.database, self.batch, merge) == self.model.open
        if self.model.open:
            self.model.status = "cancelled"
            self.model.held.clear()
            self.model.waiting.clear()

    @rule()
    def fold(self) -> None:
        fold(self.database, self.batch, merge)

    @rule()
    def finalize(self) -> None:
        ended = finalize(self.database, self.batch, self.arithmetic)
        left = self.model.waiting or self.model.held
        if left or not self.model.open:
            assert ended is None
            return
        look = self.model.next_look
        if self.model.failed:
            self.model.status = "error"
        elif look is None:
            self.model.status = "completed"
        else:  # lengthened, paused or not
            self.model.add(range(self.model.runs, look), self.size)
            self.model.runs = look
        assert ended == self.model.status
        assert finalize(self.database, self.batch, self.arithmetic) is None

    @invariant()
    def the_batch_is_as_the_model_says(self) -> None:
        found = read_batch(self.database, self.batch)
        model = (self.model.status, self.model.runs, self.model.version)
        assert (found.status.value, found.runs, found.version) == model
        assert (found.finished_at is None) == self.model.open
        assert (found.reason is not None) == (self.model.status == "error")

    @invariant()
    def its_progress_is_as_the_model_says(self) -> None:
        held = self.model.held
        assert read_progress(self.database, self.batch) == Progress(
            runs=self.model.runs,
            completed=len(self.model.completed),
            failed=len(self.model.failed),
            waiting=len(self.model.waiting),
            claimed=len(held),
            in_flight=sum(self.model.played.get(token, 0) for token in held),
        )

    @invariant()
    def every_run_is_in_one_place_and_persisted_once(self) -> None:
        parts = [*self.model.waiting, *self.model.held.values()]
        assert messages(self.database, self.batch) == sorted(sorted(part) for part in parts)
        _, payload = read_aggregate(self.database, self.batch, merge)
        assert json.loads(payload or b"[]") == sorted(self.model.completed)
        with self.database.read() as connection:
            mine = result_chunks.c.batch_id == self.batch
            kept = connection.scalar(sa.select(sa.func.sum(result_chunks.c.runs)).where(mine))
        assert (kept or 0) == len(self.model.completed)
        in_message = set().union(*parts)
        assert not in_message & (self.model.completed | self.model.failed)
        if self.model.status != "cancelled":
            everything = in_message | self.model.completed | self.model.failed
            assert everything == set(range(self.model.runs))

    @invariant()
    def every_row_of_a_run_says_where_it_is(self) -> None:
        if self.model.status == "cancelled":
            return  # it rewrites no runs
        claims = {i: token for token, part in self.model.held.items() for i in part}
        with self.database.read() as connection:
            rows = connection.execute(
                sa.select(simulation_runs).where(simulation_runs.c.batch_id == self.batch)
            ).all()
        assert {row.run_index for row in rows} == set(range(self.model.runs))
        for row in rows:
            assert row.claim == claims.get(row.run_index)
            assert row.status == self.expected_status(row.run_index)
            assert (row.chunk_id is not None) == (row.run_index in self.model.completed)
            assert (row.message_id is None) == (row.status in ("completed", "failed"))
            assert row.failures == self.model.failures.get(row.run_index, 0)
            assert row.deaths == self.model.deaths.get(row.run_index, 0)

    def expected_status(self, index: int) -> str:
        if index in self.model.completed:
            return "completed"
        if index in self.model.failed:
            return "failed"
        return "running" if any(index in part for part in self.model.held.values()) else "pending"


def test_no_sequence_loses_a_run_or_keeps_one_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Looks at few runs, which the rules of a real precision would not allow.
    monkeypatch.setattr(precisions, "FEWEST", 1)
    monkeypatch.setattr(precisions, "STEP", 5)

    class OnThisDatabase(Machine):
        pass

    OnThisDatabase.database = database
    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=50 if database.is_sqlite else 13,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=PATIENT,
        ),
    )
