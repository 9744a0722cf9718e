"""Columns of results: declared once, made empty, put together."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.results import COLUMNS, RunResults, Shape, concatenate
from tests.unit.result_fakes import array_of, fake_results, run_results, shapes, small_snapshot

SHAPE = Shape(team_sizes=(2, 3), rows=2, tiles=4, bonuses=1)


def test_every_attribute_is_declared_in_order() -> None:
    assert [column.name for column in COLUMNS] == [f.name for f in fields(RunResults)][1:]


def test_a_snapshot_gives_the_shape_of_its_results() -> None:
    shape = Shape.of(small_snapshot())
    assert shape == Shape(team_sizes=(2, 2), rows=2, tiles=4, bonuses=1)
    assert (shape.teams, shape.players) == (2, 4)


def test_players_of_all_teams_stand_in_one_sequence() -> None:
    assert [SHAPE.players_of(team) for team in range(2)] == [slice(0, 2), slice(2, 5)]


def test_empty_columns_say_that_nothing_has_happened() -> None:
    results = RunResults.empty([7, 9], SHAPE)
    assert len(results) == 2
    assert results.run.tolist() == [7, 9]
    assert results.points.tolist() == [[0, 0], [0, 0]]
    for column in (results.last_point, results.row_opened, results.tile_completed):
        assert np.all(column == -1)
    assert results.bonus_paid.shape == (2, 2, 1)
    assert results.units.shape == results.credited.shape == (5, 4)


def test_empty_columns_do_not_share_the_indices_they_were_made_of() -> None:
    indices = np.arange(3)
    results = RunResults.empty(indices, SHAPE)
    indices[:] = 0
    assert results.run.tolist() == [0, 1, 2]


def test_a_column_of_the_wrong_type_or_shape_is_refused() -> None:
    results = RunResults.empty([0], SHAPE)
    with pytest.raises(ValueError, match=r"points must be int64\[1, 2\], got int32\[1, 2\]"):
        replace(results, points=results.points.astype(np.int32))
    with pytest.raises(ValueError, match=r"bonus_paid must be int32\[1, 2, 1\]"):
        replace(results, bonus_paid=results.bonus_paid[:, :, :0])


@given(shapes().flatmap(lambda shape: st.lists(run_results(shape), min_size=1, max_size=4)))
def test_concatenation_keeps_runs_apart_and_adds_sums(parts: list[RunResults]) -> None:
    whole = concatenate(parts)
    assert len(whole) == sum(len(part) for part in parts)
    for column in COLUMNS:
        got = array_of(whole, column.name)
        arrays = [array_of(part, column.name) for part in parts]
        if column.summed:
            assert got.tolist() == np.sum(arrays, axis=0).tolist()
        else:
            assert got.tolist() == [row for array in arrays for row in array.tolist()]
        assert got.dtype == column.dtype


def test_results_of_different_events_cannot_be_put_together() -> None:
    other = Shape(team_sizes=(1,), rows=1, tiles=1, bonuses=0)
    with pytest.raises(ValueError, match="one shape"):
        concatenate([fake_results(SHAPE, 1, 1), fake_results(other, 1, 1)])
    with pytest.raises(ValueError, match="at least one"):
        concatenate([])
