from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bingosim.errors import InputError, OtherEngineError
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.claims import (
    ClaimedRun,
    Worker,
    claim_batch,
    extend_lease,
    list_leases,
)
from bingosim.storage.ids import Ids
from bingosim.storage.settling import expire, hand_back, persist
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch, resume_batch
from tests.storage import samples
from tests.storage.samples import WORKER, done, merge, messages, must_claim, new_batch, statuses

if TYPE_CHECKING:
    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database


def test_a_claim_holds_all_that_execution_needs(database: Database) -> None:
    batch = new_batch(database)
    token = uuid4()
    ids = Ids.of_runs(batch, range(5))
    claim = claim_batch(database, list(ids), WORKER, token)
    assert claim is not None
    assert (claim.token, claim.batch, claim.seed) == (token, batch, "a seed")
    assert (claim.engine, claim.engine_version) == ("attempt", samples.ENGINE)
    assert list(claim.runs) == [ClaimedRun(run, index, 1) for index, run in enumerate(ids)]
    assert Counter(statuses(database, batch).values()) == {"running": 5, "pending": 5}
    (lease,) = list_leases(database)
    assert (lease.token, lease.worker, lease.expired) == (token, WORKER.name, False)


def test_the_same_token_returns_the_same_claim(database: Database) -> None:
    batch = new_batch(database)
    ids, token = Ids.of_runs(batch, range(5)), uuid4()
    first = claim_batch(database, ids, WORKER, token)
    again = claim_batch(database, ids, WORKER, token)
    assert first is not None
    assert again is not None
    assert list(first.runs) == list(again.runs)
    assert first.message == again.message
    assert len(list_leases(database)) == 1
    assert claim_batch(database, ids, WORKER, uuid4()) is None


@pytest.mark.parametrize("indices", [[1, 3], [4, 5, 6], range(10), range(3, 10)])
def test_any_runs_can_be_claimed_and_the_others_stay_claimable(
    database: Database, indices: list[int]
) -> None:
    batch = new_batch(database)
    claim = must_claim(database, batch, indices)
    rest = sorted(set(range(10)) - set(indices))
    assert sorted(sum(messages(database, batch), [])) == list(range(10))  # noqa: RUF017 - ten
    if rest:
        must_claim(database, batch, rest)
    assert samples.claim(database, batch, range(10)) is None
    settled = persist(database, claim, done(indices))
    assert settled is not None
    assert settled.completed == len(indices)


def test_what_is_claimed_elsewhere_is_skipped(database: Database) -> None:
    batch = new_batch(database, message_size=10)
    must_claim(database, batch, [2, 3])
    claim = samples.claim(database, batch, range(6))
    assert claim is not None
    assert claim.indices.tolist() == [0, 1, 4, 5]


@pytest.mark.parametrize("overlapping", [False, True], ids=["messages", "overlapping"])
def test_eight_claimers_at_once_get_each_run_once(database: Database, overlapping: bool) -> None:
    batch = new_batch(database, runs=200, message_size=10)
    start = Barrier(8)

    def claim_all(number: int) -> list[Claim]:
        random = Random(number)  # noqa: S311 - which runs a test asks for
        wanted = [list(range(at, at + 10)) for at in range(0, 200, 10)]
        if overlapping:
            wanted += [random.sample(range(200), random.randrange(1, 30)) for _ in range(10)]
        random.shuffle(wanted)
        start.wait()
        got = (samples.claim(database, batch, sorted(indices)) for indices in wanted)
        return [claim for claim in got if claim is not None]

    with ThreadPoolExecutor(8) as pool:
        claims = [claim for part in pool.map(claim_all, range(8)) for claim in part]
    claimed = Counter(index for claim in claims for index in claim.indices.tolist())
    assert claimed == dict.fromkeys(range(200), 1)
    assert set(statuses(database, batch).values()) == {"running"}
    assert sorted(index for part in messages(database, batch) for index in part) == list(range(200))
    for claim in claims:
        assert persist(database, claim, done(claim.indices.tolist())) is not None
    assert samples.kept(database, batch) == list(range(200))


def test_runs_of_two_batches_are_no_claim(database: Database) -> None:
    ids = [next(iter(Ids.of_runs(new_batch(database), [0]))) for _ in range(2)]
    with pytest.raises(InputError, match="one batch"):
        claim_batch(database, ids, WORKER, uuid4())
    with pytest.raises(InputError, match="at least one"):
        claim_batch(database, [], WORKER, uuid4())


def test_unknown_runs_are_no_claim(database: Database) -> None:
    assert claim_batch(database, Ids.new(3), WORKER, uuid4()) is None


def test_another_engine_does_not_claim_and_says_so(database: Database) -> None:
    batch = new_batch(database)
    other = Worker("there:1:1", ("attempt other", "reference 1"))
    with pytest.raises(OtherEngineError, match=r"attempt 0123.*has attempt other, reference 1"):
        samples.claim(database, batch, range(5), other)
    assert set(statuses(database, batch).values()) == {"pending"}
    must_claim(database, batch, range(5))


def test_a_paused_batch_is_not_claimed_until_it_is_resumed(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    pause_batch(database, batch)
    assert samples.claim(database, batch, range(5, 10)) is None
    assert extend_lease(database, held) is BatchStatus.PAUSED
    settled = persist(database, held, done([0, 1]))
    assert settled is not None
    assert (settled.completed, settled.handed_back) == (2, 3)
    resume_batch(database, batch)
    claim = must_claim(database, batch, [2, 3, 4])
    assert claim.attempts.tolist() == [1, 1, 1]


def test_cancelling_takes_claims_away(database: Database) -> None:
    batch = new_batch(database)
    kept, late = (must_claim(database, batch, part) for part in (range(5), range(5, 10)))
    assert persist(database, kept, done(range(5))) is not None
    assert cancel_batch(database, batch, merge)
    assert extend_lease(database, late) is None
    assert persist(database, late, done(range(5, 10))) is None
    assert samples.kept(database, batch) == [0, 1, 2, 3, 4]
    assert not cancel_batch(database, batch, merge)


def test_a_heartbeat_keeps_a_claim(database: Database) -> None:
    batch = new_batch(database)
    held = must_claim(database, batch, range(5))
    samples.pass_lease(database, held)
    (lease,) = list_leases(database)
    assert lease.expired
    assert extend_lease(database, held) is BatchStatus.RUNNING
    assert expire(database, lease) is None
    assert persist(database, held, done(range(5))) is not None


def test_handing_back_is_no_attempt(database: Database) -> None:
    batch = new_batch(database)
    for _ in range(7):
        settled = hand_back(database, must_claim(database, batch, range(5)))
        assert settled is not None
        assert settled.handed_back == 5
    claim = must_claim(database, batch, range(5))
    assert claim.attempts.tolist() == [1] * 5
    assert hand_back(database, claim) is not None
    assert hand_back(database, claim) is None
