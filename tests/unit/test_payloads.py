"""Results and aggregates as bytes: they come back, equal ones are equal, and broken ones say so."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bingosim.aggregates import Aggregates, merge
from bingosim.errors import ExecutionError, InputError, StoredDataError
from bingosim.histograms import bin_width
from bingosim.payloads import aggregates as stored_aggregates
from bingosim.payloads import chunk as stored_chunk
from bingosim.payloads.aggregates import (
    decode_aggregates,
    encode_aggregates,
    encode_results,
    hash_of_aggregates,
    merge_aggregates,
)
from bingosim.payloads.arrays import Reader, Writer
from bingosim.payloads.blob import Format
from bingosim.payloads.chunk import (
    SAMPLE_EVERY,
    SUMMARY,
    TIMELINES,
    Chunk,
    decode_chunk,
    encode_chunk,
    fewest,
    join,
)
from bingosim.payloads.timelines import Timelines
from bingosim.results import COLUMNS, RunResults, Shape, concatenate
from tests.unit.result_fakes import array_of, column_bytes, fake_results, run_results, shapes

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

DURATION = 9_000
SHAPE = Shape(team_sizes=(2, 1), rows=2, tiles=3, bonuses=1)

GOLDEN_HASH = "d086acfcc85e373a62c6146d65180a7cadb8980b113954228f7b919470c7b9f7"

several_results = shapes().flatmap(
    lambda shape: st.lists(run_results(shape), min_size=1, max_size=5)
)


def fold(results: RunResults) -> Aggregates:
    aggregates = Aggregates.empty(results.shape, DURATION)
    aggregates.add(results)
    return aggregates


# -- arrays ------------------------------------------------------------------------------------

numbers = arrays.arrays(
    st.sampled_from([np.int32, np.int64]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
)


@given(st.lists(numbers, max_size=4))
def test_arrays_come_back_one_after_the_other(several: list[Any]) -> None:
    writer = Writer()
    for array in several:
        writer.array(array)
    reader = Reader(writer.content(), "numbers")
    for array in several:
        back = reader.array(*array.shape)
        assert back.dtype == np.int64
        assert np.array_equal(back, array)
    reader.end()


def test_the_whole_range_of_64_bits_has_room() -> None:
    writer = Writer()
    bounds = np.iinfo(np.int64)
    writer.array(np.array([bounds.max, bounds.min, 0], dtype=np.int64))
    assert Reader(writer.content(), "").array(3).tolist() == [bounds.max, bounds.min, 0]


@pytest.mark.parametrize(
    ("values", "size"), [([7] * 100, 14), ([1000, 1255] * 50, 114), ([-1, 255] * 50, 214)]
)
def test_numbers_take_no_more_bytes_than_their_range(values: list[int], size: int) -> None:
    writer = Writer()
    writer.array(np.array(values, dtype=np.int64))
    assert len(writer.content()) == size


def test_a_content_that_makes_no_sense_is_refused() -> None:
    writer = Writer()
    writer.array(np.arange(300, dtype=np.int64))
    content = writer.content()
    for cut in (0, 5, 12, len(content) - 1):
        with pytest.raises(StoredDataError, match="makes no sense"):
            Reader(content[:cut], "numbers").array(-1)
    with pytest.raises(StoredDataError, match="numbers: broken"):
        Reader(content, "numbers").array(299)
    with pytest.raises(StoredDataError, match="makes no sense"):
        Reader(content, "numbers").array(-1, -1)
    with pytest.raises(StoredDataError, match="makes no sense"):
        Reader(content[:8] + b"\x09" + content[9:], "numbers").array(-1)
    reader = Reader(content + b"!", "numbers")
    reader.array(-1)
    with pytest.raises(StoredDataError, match="makes no sense"):
        reader.end()


# -- chunks ------------------------------------------------------------------------------------


@given(shapes().flatmap(run_results))
def test_runs_come_back_bit_for_bit(results: RunResults) -> None:
    blob = encode_chunk(results)
    chunk = decode_chunk(blob, results.shape)
    assert column_bytes(chunk.results) == column_bytes(results)
    assert len(chunk) == len(results)
    assert encode_chunk(chunk.results) == blob


def test_any_indices_in_any_order_come_back() -> None:
    results = fake_results(SHAPE, 5, seed=1)
    array_of(results, "run")[...] = [7, 3, 2**62, 0, 12]
    assert decode_chunk(encode_chunk(results), SHAPE).results.run.tolist() == [7, 3, 2**62, 0, 12]


@given(shapes().flatmap(run_results), st.integers(0, 300), st.sampled_from(Timelines))
def test_timelines_are_kept_as_asked(results: RunResults, first: int, wanted: Timelines) -> None:
    array_of(results, "run")[...] += first
    chunk = decode_chunk(encode_chunk(results, wanted), results.shape)
    kept = {
        Timelines.ALL: np.full(len(results), fill_value=True),
        Timelines.SAMPLE: np.array([run % 100 == 0 for run in results.run.tolist()], dtype=bool),
        Timelines.NONE: np.full(len(results), fill_value=False),
    }[wanted]
    assert chunk.timelines is wanted
    assert chunk.timed.tolist() == results.run[kept].tolist()
    for name in SUMMARY:
        assert np.array_equal(chunk.columns[name], array_of(results, name))
    for name in TIMELINES:
        assert np.array_equal(chunk.columns[name], array_of(results, name)[kept])
    for name, array in chunk.columns.items():
        assert array.dtype == array_of(results, name).dtype


def test_the_sample_is_every_hundredth_run() -> None:
    results = fake_results(SHAPE, 450, seed=1, first=250)
    assert SAMPLE_EVERY == 100
    assert Chunk.of(results, Timelines.SAMPLE).timed.tolist() == [300, 400, 500, 600]


def test_without_all_timelines_there_is_no_going_back_to_results() -> None:
    results = fake_results(SHAPE, 3, seed=1)
    for timelines in (Timelines.SAMPLE, Timelines.NONE):
        with pytest.raises(InputError, match="without all of their timelines"):
            _ = decode_chunk(encode_chunk(results, timelines), SHAPE).results


def test_all_columns_are_kept() -> None:
    chunk = Chunk.of(fake_results(SHAPE, 3, seed=1))
    assert list(chunk.columns) == [column.name for column in COLUMNS]


def test_chunks_that_were_folded_again_give_the_same_aggregates() -> None:
    parts = [fake_results(SHAPE, 40, seed=seed, first=40 * seed) for seed in range(3)]
    again = [decode_chunk(encode_chunk(part), SHAPE).results for part in parts]
    assert fold(concatenate(again)) == fold(concatenate(parts))


# -- parts of chunks ---------------------------------------------------------------------------

each_choice = st.sampled_from(Timelines)


def chunk_bytes(chunk: Chunk) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in chunk.columns.items()}


def runs_of(chunk: Chunk) -> dict[int, dict[str, bytes]]:
    """Return what is known of each run, with loops."""
    timed = {run: place for place, run in enumerate(chunk.timed.tolist())}
    known = {}
    for place, run in enumerate(chunk.columns["run"].tolist()):
        known[run] = {name: chunk.columns[name][place].tobytes() for name in SUMMARY}
        if run in timed:
            known[run] |= {name: chunk.columns[name][timed[run]].tobytes() for name in TIMELINES}
    return known


def chunk_over(shape: Shape, first: int, runs: int, timelines: Timelines) -> Chunk:
    return Chunk.of(fake_results(shape, runs, seed=first, first=first), timelines)


@given(shapes(), st.integers(60, 100), each_choice, st.data())
def test_some_runs_are_taken_as_they_are(
    shape: Shape, first: int, timelines: Timelines, data: st.DataObject
) -> None:
    chunk = chunk_over(shape, first, 50, timelines)
    places = data.draw(st.lists(st.integers(0, 49), unique=True))
    taken = chunk.take(np.array(places, dtype=np.int64))
    assert taken.columns["run"].tolist() == [first + place for place in places]
    assert runs_of(taken) == {first + place: runs_of(chunk)[first + place] for place in places}
    assert taken.timelines is timelines
    assert taken.has_sums is (timelines is Timelines.ALL and len(places) == 50)
    for name, array in taken.columns.items():
        assert array.dtype == chunk.columns[name].dtype
        assert array.shape[1:] == chunk.columns[name].shape[1:]


def test_sums_over_runs_cannot_be_taken_apart() -> None:
    chunk = chunk_over(SHAPE, 0, 5, Timelines.ALL)
    backwards = chunk.take(np.array([4, 3, 2, 1, 0]))
    assert np.array_equal(backwards.results.units, chunk.results.units)
    some = chunk.take(np.array([4, 2]))
    assert not some.has_sums
    with pytest.raises(InputError, match="stored together, not of some alone"):
        _ = some.results
    with pytest.raises(ValueError, match="once only"):
        chunk.take(np.array([4, 2, 1, 0, 4]))


@given(shapes(), st.integers(60, 100), each_choice, each_choice)
def test_timelines_can_be_left_out_later(
    shape: Shape, first: int, stored: Timelines, wanted: Timelines
) -> None:
    results = fake_results(shape, 50, seed=1, first=first)
    less = Chunk.of(results, stored).only(wanted)
    assert less.timelines is fewest(stored, wanted)
    assert chunk_bytes(less) == chunk_bytes(Chunk.of(results, less.timelines))


@given(shapes(), each_choice, st.lists(st.integers(0, 40), min_size=1, max_size=4))
def test_chunks_are_joined_as_their_results_would_be(
    shape: Shape, timelines: Timelines, sizes: list[int]
) -> None:
    parts = [
        fake_results(shape, runs, seed=seed, first=100 * seed - 20)
        for seed, runs in enumerate(sizes, start=1)
    ]
    joined = join([Chunk.of(part, timelines) for part in parts])
    assert joined.timelines is timelines
    assert chunk_bytes(joined) == chunk_bytes(Chunk.of(concatenate(parts), timelines))


def test_joined_they_have_what_all_of_them_have() -> None:
    one, other = (chunk_over(SHAPE, first, 40, Timelines.ALL) for first in (80, 180))
    assert not join([one, other.take(np.arange(39))]).has_sums
    less = join([one, other.only(Timelines.SAMPLE)])
    assert less.timelines is Timelines.SAMPLE
    assert less.timed.tolist() == [100, 200]
    assert not less.has_sums
    assert join([less, one.only(Timelines.NONE)]).timed.tolist() == []


def test_chunks_of_several_events_are_not_joined() -> None:
    other = Shape(team_sizes=(2, 1), rows=2, tiles=4, bonuses=1)
    with pytest.raises(ValueError, match="all of one event"):
        join([chunk_over(SHAPE, 0, 1, Timelines.NONE), chunk_over(other, 1, 1, Timelines.NONE)])
    with pytest.raises(ValueError, match="at least one chunk"):
        join([])


# -- aggregates --------------------------------------------------------------------------------


@given(shapes().flatmap(run_results))
def test_aggregates_come_back(results: RunResults) -> None:
    aggregates = fold(results)
    blob = encode_aggregates(aggregates)
    back = decode_aggregates(blob, results.shape, DURATION)
    assert back == aggregates
    assert encode_aggregates(back) == blob


def test_what_comes_back_can_be_added_to() -> None:
    one, other = (fake_results(SHAPE, 20, seed=seed) for seed in (1, 2))
    back = decode_aggregates(encode_aggregates(fold(one)), SHAPE, DURATION)
    back.add(other)
    assert back == fold(concatenate([one, other]))


@given(shapes().flatmap(lambda shape: run_results(shape, most=80)), st.integers(9_000, 10**6))
def test_few_runs_are_written_as_if_all_bins_were_counted(
    results: RunResults, duration: int
) -> None:
    dense = Aggregates.empty(results.shape, duration)
    dense.add(results)
    assert encode_results(results, duration) == encode_aggregates(dense)


def test_many_runs_of_a_long_event_are_written_alike_too() -> None:
    """Bins here hold many runs each, and every bin of some tiles holds one."""
    shape = Shape(team_sizes=(3, 2), rows=3, tiles=5, bonuses=2)
    results = fake_results(shape, 20_000, seed=1)
    dense = Aggregates.empty(shape, DURATION)
    dense.add(results)
    assert dense.tiles.bins.min() > 0
    assert encode_results(results, DURATION) == encode_aggregates(dense)


def test_nothing_is_counted_after_the_end() -> None:
    results = RunResults.empty([0, 1], SHAPE)
    results.row_opened[1, 0, 1] = DURATION + bin_width(DURATION)
    with pytest.raises(ValueError, match="after the end"):
        encode_results(results, DURATION)


@given(several_results, st.randoms(use_true_random=False))
def test_any_order_and_grouping_of_parts_gives_the_bytes_of_the_whole(
    parts: list[RunResults], rng: random.Random
) -> None:
    """Parts go through bytes at every merge, as between workers and the store."""
    shape = parts[0].shape
    whole = encode_aggregates(fold(concatenate(parts)))
    forest = [encode_aggregates(fold(part)) for part in parts]
    while len(forest) > 1:
        one = forest.pop(rng.randrange(len(forest)))
        other = forest.pop(rng.randrange(len(forest)))
        both = merge(*(decode_aggregates(blob, shape, DURATION) for blob in (one, other)))
        forest.insert(rng.randrange(len(forest) + 1), encode_aggregates(both))
    assert forest[0] == whole
    assert hash_of_aggregates(forest[0]) == hash_of_aggregates(whole)


@given(several_results)
def test_parts_added_by_their_places_are_the_whole(parts: list[RunResults]) -> None:
    """The store's merge never makes whole arrays of a part; the slow way beside it does."""
    blobs = [encode_aggregates(fold(part)) for part in parts]
    shape = parts[0].shape
    dense = functools.reduce(merge, (decode_aggregates(b, shape, DURATION) for b in blobs))
    merged = merge_aggregates(blobs)
    assert merged == encode_aggregates(dense) == encode_aggregates(fold(concatenate(parts)))
    assert merge_aggregates([merged]) == merged


def test_parts_of_several_events_are_not_added() -> None:
    one = encode_aggregates(fold(fake_results(SHAPE, 5, seed=1)))
    longer = encode_aggregates(Aggregates.empty(SHAPE, DURATION + 1))
    with pytest.raises(StoredDataError, match="of other dimensions"):
        merge_aggregates([one, longer])


@pytest.mark.parametrize("name", [column.name for column in COLUMNS if column.name != "run"])
def test_one_more_of_anything_has_another_hash(name: str) -> None:
    results, changed = fake_results(SHAPE, 5, 1), fake_results(SHAPE, 5, 1)
    array = array_of(changed, name)
    if name == "last_point":  # decides among equal points alone
        for both in (results, changed):
            array_of(both, "points")[...] = 1
        array[:, 0] += 9
    elif name == "bonus_paid":
        array[...] = np.where(array < 0, 0, -1)
    else:
        array[...] += 1
    one, other = (hash_of_aggregates(encode_aggregates(fold(r))) for r in (results, changed))
    assert one != other


def test_the_hash_is_the_same_with_every_release() -> None:
    """A golden one: it may only change together with the format's version."""
    results = RunResults.empty(range(50), SHAPE)
    for step, column in enumerate(COLUMNS[1:], start=3):
        array = array_of(results, column.name)
        array[...] = (np.arange(array.size).reshape(array.shape) * step) % 50 + column.start
    assert hash_of_aggregates(encode_aggregates(fold(results))) == GOLDEN_HASH
    assert stored_aggregates.FORMAT.version == 1


def test_few_runs_of_a_long_event_take_few_bytes() -> None:
    shape = Shape(team_sizes=(20, 20, 20), rows=12, tiles=84, bonuses=1)
    aggregates = Aggregates.empty(shape, 9 * 86_400)
    assert aggregates.tiles.bins.nbytes > 5_000_000
    assert len(encode_aggregates(aggregates)) < 300
    results = RunResults.empty([0], shape)
    results.tile_completed[...] = 1_000
    aggregates.add(results)
    assert len(encode_aggregates(aggregates)) < 1_000


# -- what is broken ----------------------------------------------------------------------------

READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "chunk": (
        encode_chunk(fake_results(SHAPE, 30, seed=1)),
        lambda blob: decode_chunk(blob, SHAPE),
    ),
    "aggregates": (
        encode_aggregates(fold(fake_results(SHAPE, 30, seed=1))),
        lambda blob: decode_aggregates(blob, SHAPE, DURATION),
    ),
}

each = pytest.mark.parametrize("what", READERS)


@each
def test_every_cut_is_noticed(what: str) -> None:
    blob, read = READERS[what]
    for length in range(len(blob)):
        with pytest.raises(StoredDataError):
            read(blob[:length])
    with pytest.raises(StoredDataError):
        read(blob + b"\0")
    with pytest.raises(StoredDataError):
        read(b"")


@each
def test_every_changed_byte_is_noticed(what: str) -> None:
    """But for bits that say nothing: those the frame's header leaves unused."""
    blob, read = READERS[what]
    assert read(blob) is not None
    expected = {"chunk": stored_chunk.FORMAT, "aggregates": stored_aggregates.FORMAT}[what]
    content = expected.open(blob)
    for place in range(len(blob)):
        for bit in (0x01, 0x80):
            changed = bytearray(blob)
            changed[place] ^= bit
            try:
                same = expected.open(bytes(changed)) == content
            except StoredDataError:
                continue
            assert same, f"byte {place} was changed, and something else was read"


@each
def test_random_bytes_are_foreign(what: str) -> None:
    _, read = READERS[what]
    noise = np.random.default_rng(1).bytes(500)
    with pytest.raises(StoredDataError, match="expected, this is something else"):
        read(noise)
    with pytest.raises(StoredDataError, match="expected, this is something else"):
        read(READERS["aggregates" if what == "chunk" else "chunk"][0])


@each
def test_a_newer_blob_says_so(what: str) -> None:
    blob, read = READERS[what]
    with pytest.raises(StoredDataError, match=r"of version 9.* a newer BingoSim wrote it"):
        read(blob[:4] + bytes([9]) + blob[5:])
    with pytest.raises(StoredDataError, match=r"of version 0, this BingoSim reads version 1$"):
        read(blob[:4] + bytes([0]) + blob[5:])


@pytest.mark.parametrize(
    "other",
    [
        Shape(team_sizes=(2, 1), rows=2, tiles=4, bonuses=1),
        Shape(team_sizes=(1, 2), rows=2, tiles=3, bonuses=1),
        Shape(team_sizes=(2, 1, 1), rows=2, tiles=3, bonuses=1),
    ],
)
def test_what_belongs_to_another_event_is_refused(other: Shape) -> None:
    with pytest.raises(StoredDataError, match="of an event of other dimensions"):
        decode_chunk(READERS["chunk"][0], other)
    with pytest.raises(StoredDataError, match="of an event of other dimensions"):
        decode_aggregates(READERS["aggregates"][0], other, DURATION)


def test_aggregates_of_an_event_of_another_length_are_refused() -> None:
    with pytest.raises(StoredDataError, match="of an event of other dimensions"):
        decode_aggregates(READERS["aggregates"][0], SHAPE, DURATION + 1)


def _content(*values: Any) -> bytes:
    writer = Writer()
    for value in values:
        writer.array(np.array(value, dtype=np.int64))
    return writer.content()


def test_a_sealed_chunk_of_nonsense_is_refused() -> None:
    content = stored_chunk.FORMAT.open(READERS["chunk"][0])
    no_such_choice = _content(3)
    no_columns = _content(0, [2, 3, 1, 2, 1], [0])
    for wrong in (no_such_choice, no_columns, content + b"!", content[:-1]):
        with pytest.raises(StoredDataError, match="makes no sense"):
            decode_chunk(stored_chunk.FORMAT.seal(wrong), SHAPE)


@pytest.mark.parametrize(("tiles", "fits"), [(2**31 - 1, True), (2**31, False), (-(2**40), False)])
def test_numbers_that_do_not_fit_their_column_are_refused(tiles: int, fits: bool) -> None:
    """A chunk of one run and no timelines, number by number."""
    shape = Shape(team_sizes=(1,), rows=0, tiles=0, bonuses=0)
    none = np.empty((1, 0, 0), dtype=np.int64)
    content = _content(2, [0, 0, 0, 1], [7], [[5]], [[tiles]], [[0]], [[-1]], none, none, none)
    blob = stored_chunk.FORMAT.seal(content)
    if fits:
        assert decode_chunk(blob, shape).columns["tiles_completed"].tolist() == [[tiles]]
    else:
        with pytest.raises(StoredDataError, match="makes no sense"):
            decode_chunk(blob, shape)


def test_sealed_aggregates_of_nonsense_are_refused() -> None:
    content = stored_aggregates.FORMAT.open(READERS["aggregates"][0])
    dimensions = [DURATION, 2, 3, 1, 2, 1]
    beyond_the_last_team = _content(dimensions, 1, [99], [1])
    one_place_twice = _content(dimensions, 1, [1, 0], [1, 1])
    nothing = [dimensions, 1, *([[]] * 4 * 2), *([[]] * 3 * 2 * 2)]  # counts, tallies
    rows = [[1], [1]]  # a bin of one row, of which there must be seconds, earliest and latest
    tiles: list[list[int]] = [[]] * 5
    too_few = _content(*nothing, *rows, [], [], [], *tiles)
    too_many = _content(*nothing, *rows, [5, 5], [5, 5], [5, 5], *tiles)
    fewer_latest = _content(*nothing, *rows, [5], [5], [], *tiles)
    beyond_the_last_bin = _content(*nothing, [10**6], [1], [5], [5], [5], *tiles)
    whole = _content(*nothing, *rows, [5], [5], [5], *tiles)
    assert decode_aggregates(stored_aggregates.FORMAT.seal(whole), SHAPE, DURATION).runs == 1
    wrong_times = (too_few, too_many, fewer_latest, beyond_the_last_bin)
    for wrong in (
        beyond_the_last_team,
        one_place_twice,
        *wrong_times,
        content + b"!",
        content[:-1],
    ):
        with pytest.raises(StoredDataError, match="makes no sense"):
            decode_aggregates(stored_aggregates.FORMAT.seal(wrong), SHAPE, DURATION)


def test_a_length_out_of_bounds_is_not_unpacked() -> None:
    form = Format(b"TEST", 1, "a test")
    blob = form.seal(b"x" * 100)
    assert form.open(blob) == b"x" * 100
    # Frame header of Zstandard: magic, descriptor (one segment, 8 bytes of size), size.
    huge = blob[:37] + b"\x28\xb5\x2f\xfd\xe0" + (2**40).to_bytes(8, "little") + b"\0" * 9
    with pytest.raises(StoredDataError, match="out of bounds"):
        form.open(huge)


def test_what_is_broken_is_no_fault_of_the_users() -> None:
    assert issubclass(StoredDataError, ExecutionError)
    assert StoredDataError.exit_code == 1
