"""The engine that jumps follows the law of the engine that plays every attempt.

The comparisons here share one chance of a false alarm, `FALSE_ALARM`, in equal parts; `law.py` says
how. Seeds are fixed, so a comparison that passes goes on to pass; it is not run again with another
seed when it fails.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from scipy.stats import hypergeom

from bingosim import load, make_snapshot
from bingosim.engines import prepare
from tests.equality.law import Verdict, compare, fisher_bound
from tests.equality.wrong_engine import play_wrongly
from tests.random_events import crowded_snapshots, small_snapshots

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults

EXAMPLES = Path(__file__).parents[2] / "examples"

FALSE_ALARM = 1e-6
"""Chance that this module fails though the engines have one law, at most."""
SHARE = FALSE_ALARM / 6
"""Of each comparison: three examples, one of them twice; small and crowded random events."""
EVENTS = 60
"""Random events of either kind; each has an equal part of its comparison's share."""


class Size(NamedTuple):
    """How many runs are compared."""

    blocks: int
    runs: int


SIZES = {
    "tiny": Size(100, 200),
    "clan-card-5x5": Size(60, 60),
    "winter-bingo": Size(30, 20),
}
SMALL = Size(40, 50)
LARGE = Size(100, 100)


@cache
def example(name: str, slower: Fraction = Fraction(0)) -> Snapshot:
    """Return an example, or one whose players take that much longer for everything."""
    event = load(EXAMPLES / f"{name}.yaml")
    players = [p.model_copy(update={"speed": p.speed * (1 + slower)}) for p in event.players]
    return make_snapshot(event.model_copy(update={"players": tuple(players)}))


def played(event: Snapshot, engine: str, size: Size) -> list[RunResults]:
    """Play blocks of runs; each engine has a seed of its own, so that no luck is shared."""
    play = prepare(event, f"luck of {engine}", engine)
    return [play(np.arange(size.runs) + block * size.runs) for block in range(size.blocks)]


@cache
def every_attempt(name: str) -> list[RunResults]:
    return played(example(name), "attempt", SIZES[name])


def verdict_on(event: Snapshot, size: Size) -> Verdict:
    return compare(played(event, "attempt", size), played(event, "jump", size))


@pytest.mark.parametrize("name", SIZES)
def test_examples_follow_one_law(name: str) -> None:
    jumped = played(example(name), "jump", SIZES[name])
    verdict = compare(every_attempt(name), jumped)
    assert not verdict.alarms(SHARE), verdict


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_an_event_of_real_size_follows_one_law_in_many_runs() -> None:
    verdict = verdict_on(example("winter-bingo"), LARGE)
    assert not verdict.alarms(SHARE), verdict


on_random_events = settings(
    max_examples=EVENTS,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@given(event=small_snapshots())
@on_random_events
def test_random_small_events_follow_one_law(event: Snapshot) -> None:
    verdict = verdict_on(event, SMALL)
    assert not verdict.alarms(SHARE / EVENTS), verdict


@given(event=crowded_snapshots())
@on_random_events
def test_random_events_of_crowds_follow_one_law(event: Snapshot) -> None:
    verdict = verdict_on(event, SMALL)
    assert not verdict.alarms(SHARE / EVENTS), verdict


# Controls: the same comparisons do sound an alarm


def test_players_who_are_a_little_slower_are_caught() -> None:
    slower = example("clan-card-5x5", slower=Fraction(3, 100))
    jumped = played(slower, "jump", SIZES["clan-card-5x5"])
    assert compare(every_attempt("clan-card-5x5"), jumped).alarms(SHARE)


def test_what_hangs_together_otherwise_is_caught() -> None:
    """A control for numbers that only together tell: every tile alone keeps its law."""
    blocks = played(example("clan-card-5x5"), "jump", SIZES["clan-card-5x5"])
    rng = np.random.default_rng(1)
    dealt = [
        replace(block, tile_completed=rng.permuted(block.tile_completed, axis=0))
        for block in blocks
    ]
    verdict = compare(every_attempt("clan-card-5x5"), dealt)
    assert verdict.alarms(SHARE)
    assert verdict.where.startswith(("order", "gap", "seconds of all tiles")), verdict


def test_a_win_that_comes_too_often_is_caught() -> None:
    """Points keep their law when each team's runs are put in order, but who wins does not."""
    blocks = played(example("clan-card-5x5"), "jump", SIZES["clan-card-5x5"])
    ordered = [replace(block, points=np.sort(block.points, axis=0)) for block in blocks]
    verdict = compare(every_attempt("clan-card-5x5"), ordered)
    assert verdict.alarms(SHARE)
    assert verdict.where.startswith("win"), verdict


def first_events(kind: SearchStrategy[Snapshot], many: int) -> list[Snapshot]:
    """Return the random events that a test of so many would begin with."""
    events: list[Snapshot] = []

    @given(event=kind)
    @settings(on_random_events, max_examples=many)
    def collect(event: Snapshot) -> None:
        events.append(event)

    collect()
    return events


def test_an_interrupt_that_drops_the_attempt_under_way_is_caught(tmp_path: Path) -> None:
    kinds = {"small": small_snapshots(), "crowded": crowded_snapshots()}
    events = {
        f"{kind}-{number}": event
        for kind, strategy in kinds.items()
        for number, event in enumerate(first_events(strategy, 40))
    }
    wrong = play_wrongly(events, "luck of jump", *SMALL, tmp_path)
    caught = [
        name
        for name, event in events.items()
        if compare(played(event, "attempt", SMALL), wrong[name]).alarms(SHARE / EVENTS)
    ]
    assert {name.split("-")[0] for name in caught} == kinds.keys()


# The kind of test


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_the_p_value_is_above_that_of_fishers_test_and_close_to_it_in_the_tails(n: int) -> None:
    one, other = (grid.ravel() for grid in np.meshgrid(np.arange(n + 1), np.arange(n + 1)))
    bound = fisher_bound(n, one, other)
    law = hypergeom(2 * n, one + other, n)
    exact = np.minimum(1, 2 * np.minimum(law.cdf(one), law.sf(one - 1)))
    assert np.all(bound >= exact * (1 - 1e-9))
    far = exact < 1e-3
    assert np.all(bound[far] <= 1.3 * exact[far])


def test_equal_runs_are_not_told_apart() -> None:
    blocks = every_attempt("tiny")
    verdict = compare(blocks, blocks)
    assert verdict.p_value == 1.0
    assert verdict.tests > 100
