"""Summaries of stored runs, read without unpacking their timelines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bingosim.errors import StoredDataError
from bingosim.payloads.chunk import decode_chunk, decode_summary, encode_chunk
from bingosim.payloads.timelines import Timelines
from bingosim.results import RunResults, Shape
from tests.unit.result_fakes import fake_results, run_results, shapes

SHAPE = Shape(team_sizes=(2, 1), rows=2, tiles=3, bonuses=1)


@given(shapes().flatmap(run_results), st.sampled_from(Timelines))
def test_they_are_those_of_the_whole_chunk(results: RunResults, kept: Timelines) -> None:
    blob = encode_chunk(results, kept)
    expected = decode_chunk(blob, results.shape).only(Timelines.NONE)
    found = decode_summary(blob, results.shape, len(results))
    assert found.timelines is Timelines.NONE
    assert list(found.columns) == list(expected.columns)
    for name, array in expected.columns.items():
        assert found.columns[name].dtype == array.dtype
        np.testing.assert_array_equal(found.columns[name], array)


def test_numbers_of_the_widest_range_are_within_what_is_unpacked() -> None:
    shape = Shape(team_sizes=(1,) * 40, rows=1, tiles=400, bonuses=0)
    results = fake_results(shape, 1_000, 1)
    results.points[:] = np.random.default_rng(1).integers(-(2**62), 2**62, results.points.shape)
    found = decode_summary(encode_chunk(results), shape, len(results))
    np.testing.assert_array_equal(found.columns["points"], results.points)
    np.testing.assert_array_equal(found.columns["last_point"], results.last_point)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5])
def test_what_is_cut_before_their_end_is_refused(part: float) -> None:
    blob = encode_chunk(fake_results(SHAPE, 300, 1), Timelines.NONE)
    with pytest.raises(StoredDataError):
        decode_summary(blob[: int(part * len(blob))], SHAPE, 300)


def test_those_of_another_event_are_refused() -> None:
    blob = encode_chunk(fake_results(SHAPE, 3, 1))
    with pytest.raises(StoredDataError, match="of other dimensions"):
        decode_summary(blob, Shape(team_sizes=(2, 2), rows=2, tiles=3, bonuses=1), 3)
