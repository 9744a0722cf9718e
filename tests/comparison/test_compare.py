"""Comparing strategies and events: the numbers are those of forecasts, whatever the threads."""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import pytest

import bingosim
from bingosim.comparison import Effort, compare_events, compare_strategies
from bingosim.comparison.played import Cast, alone_in
from bingosim.errors import ExecutionError, InputError
from bingosim.event.snapshot import with_strategy

if TYPE_CHECKING:
    from typing import Any

    from bingosim import Event, Snapshot

CARD = "examples/clan-card-5x5.yaml"
FEW = Effort(points=5, max_runs=1_000)


@cache
def card() -> Event:
    return bingosim.load(CARD)


def compared(**changes: Any) -> dict[str, Any]:
    """Return a small comparison as plain objects, without its time."""
    asked = {"points": 5.0, "max_runs": 1_000, **changes}
    found = compare_strategies(card(), None, ["greedy", "balanced"], Effort(**asked)).to_dict()
    del found["timing"]
    return found


def test_a_team_apart_has_the_luck_that_it_has_among_others() -> None:
    snapshot = bingosim.make_snapshot(card())
    together = bingosim.simulate(snapshot, 30, keep=True).results
    for index in range(len(snapshot.teams)):
        apart = bingosim.simulate(alone_in(snapshot, index), 30, keep=True).results
        np.testing.assert_array_equal(apart.points[:, 0], together.points[:, index])
        np.testing.assert_array_equal(apart.last_point[:, 0], together.last_point[:, index])


def test_a_copy_of_a_snapshot_has_a_hash_of_its_own() -> None:
    snapshot = bingosim.make_snapshot(card())
    before = snapshot.sha256
    assert alone_in(snapshot, 0).sha256 != before
    assert snapshot.model_copy().sha256 == before


def test_chances_are_those_of_a_forecast() -> None:
    found = compare_strategies(card(), None, ["balanced"], FEW)
    (team,) = found.teams
    runs = 2_000
    for entry in team.ranking:
        label = found.variants[entry.variant]
        snapshot: Snapshot = bingosim.make_snapshot(card())
        if "file" not in label:
            snapshot = with_strategy(snapshot, 0, label)
        simulated = bingosim.simulate(snapshot, runs, "another")
        chance = simulated.win_probabilities[team.team]
        error = sqrt((entry.win.margin / 1.96) ** 2 + chance * (1 - chance) / runs)
        assert abs(entry.win.value - chance) < 4.5 * error  # a false alarm in 1e-5


def test_same_numbers_on_any_threads() -> None:
    assert compared(threads=1) == compared(threads=2)


def test_another_seed_is_other_luck() -> None:
    one, other = compared(), compared(seed="another")
    assert one["teams"] != other["teams"]


def test_the_same_strategy_is_compared_once() -> None:
    snapshot = with_strategy(bingosim.make_snapshot(card()), 0, "greedy")
    found = compare_strategies(snapshot, None, ["greedy", "balanced"], FEW)
    assert sorted(found.variants) == ["balanced", "greedy"]


def test_all_strategies_and_the_file_by_default() -> None:
    found = compare_strategies(card(), None, (), Effort(points=20, max_runs=200))
    assert set(found.variants) >= {"greedy", "balanced", "look-ahead", "lines", "row-unlocking"}
    assert "tile-order" not in found.variants


def test_teams_that_are_equal_in_both_events_are_played_once() -> None:
    one = bingosim.make_snapshot(card())
    other = with_strategy(one, 1, "greedy" if one.teams[1].strategy != "greedy" else "balanced")
    cast = Cast("s", "jump", 1, lambda _runs: None, lambda: False)
    for snapshot in (one, other):
        for index in range(len(snapshot.teams)):
            cast.team(snapshot, index)
    assert len(cast) == len(one.teams) + 1
    found = compare_events(one, other, ("one", "other"), FEW)
    assert [team.team for team in found.teams] == [team.name for team in one.teams]
    same, changed = found.teams[0], found.teams[1]
    assert same.steps[0].points == (0, 0)  # its own runs are the same; its rival's are not
    assert changed.steps[0].points.value != 0


def test_ends_once_it_knows_enough() -> None:
    rough = compare_strategies(card(), None, ["greedy", "balanced"], Effort(points=10))
    assert rough.complete
    assert rough.runs <= 2_000
    shown = [100 * step.win.margin for step in rough.teams[0].steps]
    assert max(shown) <= 10


def test_stopped_it_judges_what_there_is() -> None:
    played = 0

    def progress(done: int, wanted: int) -> None:
        nonlocal played
        assert done <= wanted
        played = done

    effort = Effort(points=0.01, max_runs=9_000, progress=progress, stop=lambda: played > 5_000)
    found = compare_strategies(card(), None, ["greedy"], effort)
    assert not found.complete
    assert 100 <= found.runs < 9_000


def test_stopped_too_early_it_says_so() -> None:
    with pytest.raises(ExecutionError, match="before there was anything to compare"):
        compare_strategies(card(), None, (), Effort(stop=lambda: True))


@pytest.mark.parametrize(
    ("team", "strategies", "message"),
    [
        ("Guthicks", [], "did you mean 'Guthix'"),
        (None, ["gready"], "did you mean 'greedy'"),
        (None, ["no_such_module:score"], "no_such_module"),
    ],
)
def test_wrong_names(team: str | None, strategies: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        compare_strategies(card(), team, strategies, FEW)


def test_events_without_a_common_team() -> None:
    tiny = bingosim.load("examples/tiny.yaml")
    with pytest.raises(InputError, match="no team in common"):
        compare_events(card(), tiny, ("one", "other"), FEW)
    with pytest.raises(InputError, match="nothing to compare"):
        compare_events(tiny, tiny, ("one", "one"), FEW)


@pytest.mark.parametrize(
    "changes", [{"points": 0.0}, {"max_runs": 10}, {"engine": "jmp"}, {"seed": "\0"}]
)
def test_effort_out_of_range(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Effort(**changes)
