"""Two stored batches side by side, against what their runs come to in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import sqlalchemy as sa
from scipy.stats import t

from bingosim import load, simulate
from bingosim.aggregates import find_winners
from bingosim.batch.codec import ARITHMETIC
from bingosim.batch.differences import Contender, compare
from bingosim.batch.local import execute_batch
from bingosim.batch.outcome import read_outcome
from bingosim.batch.submit import submit
from bingosim.errors import StoredDataError
from bingosim.event.examples import example_file
from bingosim.event.file import read_event
from bingosim.event.snapshot import make_snapshot
from bingosim.payloads.chunk import encode_chunk
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.batches import read_batch
from bingosim.storage.tables import result_chunks
from tests.batch.test_stored import execute

if TYPE_CHECKING:
    from uuid import UUID

    from bingosim.event.snapshot import Snapshot
    from bingosim.storage.database import Database

TEXT = example_file("tiny").read_text("utf-8")
ONE = make_snapshot(load(example_file("tiny")))
OTHER = make_snapshot(
    read_event(
        TEXT.replace("name: Night owl, speed: 1.2", "name: Night owl, speed: 0.8").replace(
            "name: Red", "name: Green"
        )
    ).event
)
RUNS, SEED = 230, "compared"


def stored(
    database: Database, snapshot: Snapshot, runs: int = RUNS, seed: str = SEED, size: int = 37
) -> UUID:
    """A completed batch."""
    batch = submit(database, snapshot, runs, seed, message_size=size)
    execute_batch(database, batch, threads=1, stop=lambda: False)
    return batch


def contender(database: Database, batch: UUID) -> Contender:
    outcome = read_outcome(database, batch)
    return Contender(read_batch(database, batch), outcome.aggregates, outcome.to_dict())


def played(snapshot: Snapshot, runs: int = RUNS, seed: str = SEED) -> Any:
    return simulate(snapshot, runs, seed, keep=True).results


def scores(results: Any, team: int) -> Any:
    won = find_winners(results.points, results.last_point)
    return (won / won.sum(axis=1, keepdims=True))[:, team]


def test_equal_seeds_are_compared_run_by_run(database: Database) -> None:
    one, other = stored(database, ONE), stored(database, OTHER, size=50)
    found = compare(database, contender(database, one), contender(database, other))
    assert (found["paired"], found["common_runs"]) == (True, RUNS)
    assert (found["only_a"], found["only_b"]) == (["Red"], ["Green"])
    (team,) = found["teams"]
    assert team["name"] == "Blue"
    results = played(ONE), played(OTHER)
    more = results[1].points[:, 1] - results[0].points[:, 1]
    reach = t.ppf(0.975, RUNS - 1) * more.std(ddof=1) / np.sqrt(RUNS)
    difference = team["difference"]
    assert list(difference["points"].values()) == pytest.approx(
        [more.mean(), more.mean() - reach, more.mean() + reach], rel=1e-4
    )
    assert [difference[sign] for sign in ("more", "equal", "less")] == pytest.approx(
        [(more > 0).mean(), (more == 0).mean(), (more < 0).mean()]
    )
    wins = scores(results[1], 1) - scores(results[0], 1)
    assert difference["win"]["mean"] == pytest.approx(wins.mean())
    middle = wins.sum() / (RUNS + 2)
    reach = 1.959964 * np.sqrt((((wins**2).sum() + 1) / (RUNS + 2) - middle**2) / (RUNS + 2))
    assert difference["win"]["low"] == pytest.approx(middle - reach, rel=1e-5)
    assert difference["win"]["high"] == pytest.approx(middle + reach, rel=1e-5)


@pytest.mark.parametrize("size", [7, 230])
def test_how_runs_are_stored_changes_no_bit(database: Database, size: int) -> None:
    ones = [stored(database, ONE, size=37), submit(database, ONE, RUNS, SEED, message_size=40)]
    execute(database, ones[1], ([3, 150, 151], [0, 1, 2, *range(4, 90, 2)], range(200, 230)))
    execute_batch(database, ones[1], threads=1, stop=lambda: False)
    other = stored(database, OTHER, size=size)
    first, second = (
        compare(database, contender(database, one), contender(database, other)) for one in ones
    )
    assert first["teams"] == second["teams"]


def test_only_runs_that_both_have_are_compared(database: Database) -> None:
    one = stored(database, ONE, runs=100)
    other = submit(database, OTHER, RUNS, SEED, message_size=40)
    execute(database, other, (range(60, 90), range(110, 130), [7, 9]))
    found = compare(database, contender(database, one), contender(database, other))
    assert (found["paired"], found["common_runs"]) == (True, 32)
    common = [7, 9, *range(60, 90)]
    more = (played(OTHER).points - played(ONE).points)[common, 1]
    assert found["teams"][0]["difference"]["points"]["mean"] == pytest.approx(more.mean())
    assert (found["a"]["complete"], found["b"]["complete"]) == (True, False)
    assert (found["a"]["runs"], found["b"]["runs"]) == (100, 52)


def test_a_batch_like_another_differs_in_nothing(database: Database) -> None:
    one, other = stored(database, ONE), stored(database, ONE, size=10)
    found = compare(database, contender(database, one), contender(database, other))
    for team in found["teams"]:
        difference = team["difference"]
        assert difference["equal"] == 1
        assert difference["points"] == {"mean": 0, "low": 0, "high": 0}
        low, high = difference["win"]["low"], difference["win"]["high"]
        assert low is not None
        assert high is not None
        assert low < 0 < high  # what has not differed yet may


def test_other_seeds_are_compared_as_independent(database: Database) -> None:
    one, other = stored(database, ONE), stored(database, OTHER, seed="another", runs=150)
    found = compare(database, contender(database, one), contender(database, other))
    assert (found["paired"], found["common_runs"]) == (False, 0)
    (team,) = found["teams"]
    results = played(ONE), played(OTHER, 150, "another")
    points = [of.points[:, 1] for of in results]
    difference = team["difference"]
    assert difference["points"]["mean"] == pytest.approx(points[1].mean() - points[0].mean())
    reach = 1.97 * np.sqrt(points[0].var(ddof=1) / RUNS + points[1].var(ddof=1) / 150)
    low, high = difference["points"]["low"], difference["points"]["high"]
    assert high is not None
    assert low is not None
    assert (high - low) / 2 == pytest.approx(reach, rel=5e-3)
    assert difference["more"] is None
    win = team["b"]["win"]["probability"], team["a"]["win"]["probability"]
    assert None not in win
    assert difference["win"]["mean"] == pytest.approx(win[0] - win[1])  # type: ignore[operator]


def test_without_results_nothing_is_known(database: Database) -> None:
    one = stored(database, ONE)
    for seed in (SEED, "another"):
        other = submit(database, OTHER, RUNS, seed, message_size=40)
        found = compare(database, contender(database, one), contender(database, other))
        assert (found["paired"], found["common_runs"]) == (False, 0)
        unknown = {"mean": None, "low": None, "high": None}
        difference = found["teams"][0]["difference"]
        assert (difference["win"], difference["points"]) == (unknown, unknown)


def test_results_that_were_changed_are_noticed(database: Database) -> None:
    one, other = stored(database, ONE), submit(database, OTHER, RUNS, SEED, message_size=40)
    execute(database, other, [range(50, 100)])
    cancel_batch(database, other, ARITHMETIC.merge)
    contenders = contender(database, one), contender(database, other)
    compare(database, *contenders)
    part = simulate(OTHER, 50, SEED, first=50, keep=True).results
    assert part is not None
    part.points[17, 0] += 1
    this = result_chunks.c.batch_id == other
    with database.write() as connection:
        connection.execute(sa.update(result_chunks).where(this).values(payload=encode_chunk(part)))
    with pytest.raises(StoredDataError, match="do not add up"):
        compare(database, *contenders)
