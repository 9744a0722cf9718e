"""Results of stored batches: read in order, run by run, or exported as one simulation would be."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sqlalchemy as sa

from bingosim import cli, load, simulate
from bingosim.batch import stored
from bingosim.batch.codec import ARITHMETIC, CODEC
from bingosim.batch.execute import Codec, Executor
from bingosim.batch.local import execute_batch
from bingosim.batch.stored import export_batch, read_run, runs_in_order
from bingosim.batch.submit import submit
from bingosim.engines import engine_versions
from bingosim.errors import InputError, StoredDataError
from bingosim.event.snapshot import make_snapshot
from bingosim.exports import Kind
from bingosim.payloads.chunk import (
    SUMMARY,
    TIMELINES,
    Chunk,
    decode_chunk,
    encode_chunk,
    join,
)
from bingosim.payloads.timelines import Timelines
from bingosim.storage import chunks as storage_chunks
from bingosim.storage.aggregates import cancel_batch
from bingosim.storage.chunks import index_chunks
from bingosim.storage.claims import Worker, claim_batch
from bingosim.storage.creating import extend_batch
from bingosim.storage.ids import Ids, new_batch_id, new_id, pack_indices
from bingosim.storage.settling import Outcome, persist
from bingosim.storage.steering import delete_batch
from bingosim.storage.tables import result_chunks, simulation_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from bingosim.storage.claims import Claim
    from bingosim.storage.database import Database

RUNS, SEED = 300, "stored"
EXAMPLES = Path(__file__).parents[2] / "examples"
SNAPSHOT = make_snapshot(load(EXAMPLES / "tiny.yaml"))
WORKER = Worker("somewhere:1:1", engine_versions())
PLAYED = simulate(SNAPSHOT, RUNS, SEED, keep=True).results
INTERLEAVED = [[3, 250, 251], [0, 1, 2, *range(4, 100)], [*range(150, 250, 2)]]
"""Runs of three messages as retries leave them; the rest follows in the end."""


def new_batch(database: Database, runs: int = RUNS, message_size: int = 100) -> UUID:
    return submit(database, SNAPSHOT, runs, SEED, message_size=message_size)


def claimed(database: Database, batch: UUID, indices: Iterable[int]) -> Claim:
    got = claim_batch(database, Ids.of_runs(batch, sorted(indices)), WORKER, new_id())
    assert got is not None
    return got


def keeping(timelines: Timelines) -> Codec:
    """Return the codec of a batch with such timelines, whatever the batch says."""
    return replace(CODEC, chunk=lambda results, _: encode_chunk(results, timelines))


def execute(
    database: Database,
    batch: UUID,
    parts: Iterable[Iterable[int]],
    timelines: Timelines = Timelines.ALL,
) -> None:
    """Execute some runs of a batch, each part as one message, in this order."""
    executor = Executor(database, keeping(timelines))
    for part in parts:
        executor.execute(claimed(database, batch, part), lambda: False)


def finish(database: Database, batch: UUID, timelines: Timelines = Timelines.ALL) -> None:
    """Execute what is left of a batch, and end it."""
    execute_batch(database, batch, threads=1, stop=lambda: False, codec=keeping(timelines))


def messages(size: int) -> list[range]:
    """Return the runs of each message, in an order in which workers might settle them."""
    parts = [range(at, min(at + size, RUNS)) for at in range(0, RUNS, size)]
    random.Random(size).shuffle(parts)  # noqa: S311 - no secret
    return parts


def columns(chunks: Iterable[Chunk]) -> dict[str, Any]:
    """Return the columns of all runs, without the sums."""
    whole = join(list(chunks))
    return {name: whole.columns[name] for name in (*SUMMARY, *TIMELINES)}


def same_as_played(found: dict[str, Any], runs: Sequence[int] = range(RUNS)) -> None:
    for name, array in found.items():
        np.testing.assert_array_equal(array, getattr(PLAYED, name)[list(runs)])


def files(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `bingosim run` exports, for each choice of timelines."""
    directory = tmp_path_factory.mktemp("ran")
    with pytest.MonkeyPatch.context() as patch:
        for timelines in Timelines:
            place = str(directory / timelines)
            command = ["bingosim", "run", str(EXAMPLES / "tiny.yaml"), "--seed", SEED]
            command += ["--no-save", "--runs", str(RUNS), "--timelines", timelines, "--csv", place]
            patch.setattr(sys, "argv", [*command, "--parquet", f"{place}-parquet"])
            with pytest.raises(SystemExit, match="0"):
                cli.main()
    return directory


# -- in order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 100, 300])
def test_runs_come_in_order_whatever_order_they_were_stored_in(
    database: Database, size: int
) -> None:
    batch = new_batch(database, message_size=size)
    execute(database, batch, messages(size))
    chunks = list(runs_in_order(database, batch))
    same_as_played(columns(chunks))
    assert all(chunk.has_sums for chunk in chunks)


def test_interleaved_chunks_come_in_order(database: Database) -> None:
    batch = new_batch(database)
    execute(database, batch, INTERLEAVED)
    there = sorted(chain(*INTERLEAVED))
    same_as_played(columns(runs_in_order(database, batch)), there)
    finish(database, batch)
    same_as_played(columns(runs_in_order(database, batch)))


def test_any_division_into_chunks_comes_in_order(database: Database) -> None:
    for seed in range(5):
        rng = random.Random(seed)  # noqa: S311 - no secret
        part_of = [rng.randrange(6) for _ in range(60)]
        parts = [[run for run in range(60) if part_of[run] == part] for part in range(6)]
        batch = new_batch(database, 60, message_size=9)
        execute(database, batch, [part for part in parts if part])
        same_as_played(columns(runs_in_order(database, batch)), range(60))


def test_few_payloads_are_in_memory_at_a_time(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_chunks, "PAYLOADS_AT_ONCE", 2)
    monkeypatch.setattr(storage_chunks, "ROWS_AT_ONCE", 3)
    read: list[int] = []

    def counting(*arguments: Any) -> Chunk:
        chunk = decode_chunk(*arguments)
        read.append(len(chunk))
        return chunk

    monkeypatch.setattr(stored, "decode_chunk", counting)
    batch = new_batch(database, message_size=10)
    execute(database, batch, [[5, 205], *([run for run in range(10) if run != 5],)])
    finish(database, batch)
    given = 0
    for chunk in runs_in_order(database, batch):
        given += len(chunk)
        assert sum(read) - given <= 10
    assert given == sum(read) == RUNS


def test_what_comes_later_is_not_in_it(database: Database, tmp_path: Path) -> None:
    batch = new_batch(database)
    execute(database, batch, INTERLEAVED)
    reading = runs_in_order(database, batch)
    first = next(reading)
    finish(database, batch)
    same_as_played(columns([first, *reading]), sorted(chain(*INTERLEAVED)))
    assert export_batch(database, batch, tmp_path / "out", Kind.CSV) == RUNS


def test_a_batch_without_results_has_no_runs(database: Database) -> None:
    batch = new_batch(database)
    assert list(runs_in_order(database, batch)) == []
    assert len(index_chunks(database, batch)) == 0


def test_a_batch_that_is_not_there_is_named_at_once(database: Database, tmp_path: Path) -> None:
    batch = new_batch_id()
    for read in (
        lambda: runs_in_order(database, batch),
        lambda: read_run(database, batch, 0),
        lambda: export_batch(database, batch, tmp_path / "new", Kind.CSV),
    ):
        with pytest.raises(InputError, match=f"there is no batch {batch}"):
            read()
    assert not (tmp_path / "new").exists()


def test_a_batch_that_is_deleted_meanwhile_ends_the_reading(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_chunks, "PAYLOADS_AT_ONCE", 1)
    batch = new_batch(database)
    finish(database, batch)
    reading = runs_in_order(database, batch)
    next(reading)
    delete_batch(database, batch)
    with pytest.raises(StoredDataError, match=f"batch {batch}, chunk .*: it is missing"):
        next(reading)


# -- exports -------------------------------------------------------------------------------------


@pytest.mark.parametrize("timelines", Timelines)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_an_export_is_that_of_one_simulation(
    database: Database, size: int, timelines: Timelines, ran: Path, tmp_path: Path
) -> None:
    batch = new_batch(database, message_size=size)
    execute(database, batch, messages(size), timelines)
    finish(database, batch, timelines)
    assert export_batch(database, batch, tmp_path / "out", Kind.CSV, timelines) == RUNS
    assert files(tmp_path / "out") == files(ran / timelines)


@pytest.mark.parametrize("wanted", Timelines)
def test_an_export_of_interleaved_chunks_is_too(
    database: Database, wanted: Timelines, ran: Path, tmp_path: Path
) -> None:
    """Also where fewer timelines are wanted than are stored."""
    batch = new_batch(database)
    execute(database, batch, INTERLEAVED)
    finish(database, batch)
    export_batch(database, batch, tmp_path / "csv", "csv", str(wanted))
    export_batch(database, batch, tmp_path / "parquet", Kind.PARQUET, wanted)
    assert files(tmp_path / "csv") == files(ran / wanted)
    assert files(tmp_path / "parquet") == files(ran / f"{wanted}-parquet")


@pytest.mark.parametrize("kept", [Timelines.SAMPLE, Timelines.NONE])
def test_where_fewer_timelines_are_stored_about_says_so(
    database: Database, kept: Timelines, ran: Path, tmp_path: Path
) -> None:
    batch = new_batch(database)
    finish(database, batch, kept)
    export_batch(database, batch, tmp_path / "out", Kind.CSV, Timelines.ALL)
    assert files(tmp_path / "out") == files(ran / kept)


def test_a_batch_stored_with_two_choices_of_timelines_is_exported_with_the_fewer(
    database: Database, ran: Path, tmp_path: Path
) -> None:
    batch = new_batch(database)
    execute(database, batch, INTERLEAVED[:1])
    execute(database, batch, INTERLEAVED[1:], Timelines.SAMPLE)
    finish(database, batch, Timelines.ALL)
    export_batch(database, batch, tmp_path / "sample", Kind.CSV, Timelines.SAMPLE)
    assert files(tmp_path / "sample") == files(ran / Timelines.SAMPLE)
    batch = new_batch(database)
    execute(database, batch, [range(100)], Timelines.ALL)
    finish(database, batch, Timelines.SAMPLE)
    with pytest.raises(InputError, match="export them with timelines sample"):
        export_batch(database, batch, tmp_path / "all", Kind.CSV)
    assert list((tmp_path / "all").iterdir()) == []


def test_an_export_of_a_batch_that_runs_says_that_it_is_not_complete(
    database: Database, tmp_path: Path
) -> None:
    batch = new_batch(database)

    def exported() -> tuple[int, bool]:
        written = export_batch(database, batch, tmp_path / "out", Kind.CSV)
        about = json.loads((tmp_path / "out" / "about.json").read_text(encoding="utf-8"))
        lines = (tmp_path / "out" / "summary.csv").read_text(encoding="utf-8").splitlines()
        assert written == about["runs"] == (len(lines) - 1) / 2
        return written, about["complete"]

    execute(database, batch, [range(100, 200)])
    assert exported() == (100, False)
    execute(database, batch, [range(100), range(200, 300)])
    assert exported() == (300, False)  # nobody has ended it yet
    finish(database, batch)
    assert exported() == (300, True)
    extend_batch(database, batch, 50)
    assert exported() == (300, False)
    cancel_batch(database, batch, ARITHMETIC.merge)
    assert exported() == (300, False)


def test_without_a_result_there_is_nothing_to_export(database: Database, tmp_path: Path) -> None:
    batch = new_batch(database)
    with pytest.raises(InputError, match=f"batch {batch} has no results yet: it is running"):
        export_batch(database, batch, tmp_path / "new", Kind.CSV)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("table", ["summary", "timelines"])
def test_common_tools_open_the_export_of_a_batch(
    database: Database, table: str, tmp_path: Path
) -> None:
    batch = new_batch(database, message_size=7)
    execute(database, batch, INTERLEAVED)
    finish(database, batch)
    export_batch(database, batch, tmp_path / "out", Kind.PARQUET)
    path = tmp_path / "out" / f"{table}.parquet"
    lines = {"summary": 2 * RUNS, "timelines": int((PLAYED.tile_completed >= 0).sum())}[table]
    runs = pd.read_parquet(path)["run"].tolist()
    assert len(runs) == lines
    assert runs == sorted(runs)
    assert pl.read_parquet(path)["run"].to_list() == runs
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT run FROM '{path}'").fetchall()  # noqa: S608 - a test's own path
    assert [run for (run,) in found] == runs


# -- one run -------------------------------------------------------------------------------------


@pytest.mark.parametrize("timelines", Timelines)
def test_one_run_is_read_as_it_was_played(database: Database, timelines: Timelines) -> None:
    batch = new_batch(database)
    execute(database, batch, INTERLEAVED, timelines)
    for index in (0, 3, 99, 200, 248, 251):
        chunk = read_run(database, batch, index)
        assert chunk.columns["run"].tolist() == [index]
        assert chunk.timelines is timelines
        expected = Chunk.of(PLAYED, timelines).take(np.array([index]))
        for name in (*SUMMARY, *TIMELINES):
            np.testing.assert_array_equal(chunk.columns[name], expected.columns[name])


def test_a_run_without_a_result_says_how_it_stands(database: Database) -> None:
    batch = new_batch(database)
    held = claimed(database, batch, range(100))
    persist(database, held, Outcome(failed={7: "ValueError: no"}), max_attempts=1)
    claimed(database, batch, range(100, 200))
    for index, said in (
        (7, r"is failed \(ValueError: no\), and the batch running"),
        (8, "is pending, and the batch running"),
        (150, "is running, and the batch running"),
    ):
        with pytest.raises(
            InputError, match=f"run {index} of batch {batch} has no result: .*{said}"
        ):
            read_run(database, batch, index)
    cancel_batch(database, batch, ARITHMETIC.merge)
    with pytest.raises(InputError, match="is pending, and the batch cancelled"):
        read_run(database, batch, 8)


@pytest.mark.parametrize("index", [-1, RUNS, 2**32])
def test_a_run_that_the_batch_does_not_have_is_refused(database: Database, index: int) -> None:
    batch = new_batch(database)
    with pytest.raises(InputError, match=f"has no run {index}: its runs are 0 to 299"):
        read_run(database, batch, index)


# -- what is damaged -----------------------------------------------------------------------------


def change(database: Database, batch: UUID, which: int, **values: Any) -> UUID:
    """Overwrite columns of the chunk that holds runs from `100 * which`; return its id."""
    chunk = list(index_chunks(database, batch).ids)[which]
    with database.write() as connection:
        connection.execute(
            sa.update(result_chunks).where(result_chunks.c.id == chunk).values(**values)
        )
    return chunk


def payload(database: Database, batch: UUID, which: int) -> bytes:
    chunk = list(index_chunks(database, batch).ids)[which]
    return storage_chunks.read_chunk(database, batch, chunk).payload


def flip(blob: bytes, place: int) -> bytes:
    return blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :]


@pytest.fixture
def batch(database: Database) -> UUID:
    """A completed batch of three chunks."""
    made = new_batch(database)
    finish(database, made)
    return made


def refused(database: Database, batch: UUID, chunk: UUID, said: str, directory: Path) -> None:
    """Neither an export nor a run is read, and nothing is written."""
    out = directory / "out"
    message = f"batch {batch}, chunk {chunk}: .*{said}"
    for kind in Kind:
        with pytest.raises(StoredDataError, match=message):
            export_batch(database, batch, out, kind)
    assert not out.exists() or not list(out.iterdir())
    with pytest.raises(StoredDataError, match=message):
        read_run(database, batch, 150)


@pytest.mark.parametrize(
    ("place", "said"),
    [(0, "something else"), (4, "version"), (20, "not what was written"), (-9, "broken")],
)
def test_a_flipped_bit_is_named_and_nothing_is_written(
    database: Database, batch: UUID, place: int, said: str, tmp_path: Path
) -> None:
    place %= len(payload(database, batch, 1))
    changed = change(database, batch, 1, payload=flip(payload(database, batch, 1), place))
    refused(database, batch, changed, said, tmp_path)


def test_a_damaged_chunk_leaves_the_export_before_as_it_was(
    database: Database, batch: UUID, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export_batch(database, batch, out, Kind.CSV)
    before = files(out)
    change(database, batch, 2, payload=b"")
    with pytest.raises(StoredDataError, match="cut after 0 bytes"):
        export_batch(database, batch, out, Kind.CSV)
    assert files(out) == before


@pytest.mark.parametrize("length", [0, 10, 40, -1])
def test_a_cut_is_named_and_nothing_is_written(
    database: Database, batch: UUID, length: int, tmp_path: Path
) -> None:
    cut = payload(database, batch, 1)[:length]
    refused(database, batch, change(database, batch, 1, payload=cut), "a chunk of runs", tmp_path)
    # What lies in other chunks can still be read.
    assert read_run(database, batch, 50).columns["run"].tolist() == [50]


def test_another_chunks_payload_is_noticed(database: Database, batch: UUID, tmp_path: Path) -> None:
    changed = change(database, batch, 1, payload=payload(database, batch, 2))
    refused(database, batch, changed, "other runs than it says", tmp_path)


@pytest.mark.parametrize(
    "indices",
    [
        b"", b"\x64\0\0\0", b"\x64\0\0\0\xc8\0\0", bytes(8), b"\x64\0\0\0\xff\xff\xff\xff",
        b"\xc8\0\0\0\x64\0\0\0", b"\x64\0\0\0\xc9\0\0\0",
        b"\x96\0\0\0\xc8\0\0\0\x64\0\0\0\x96\0\0\0",  # the later half first
    ],
)  # fmt: skip
def test_run_indices_that_make_no_sense_are_refused(
    database: Database, batch: UUID, indices: bytes, tmp_path: Path
) -> None:
    changed = change(database, batch, 1, run_indices=indices)
    refused(database, batch, changed, "its run indices make no sense", tmp_path)


@pytest.mark.parametrize("runs", [0, 99, -100])
def test_another_number_of_runs_is_refused(
    database: Database, batch: UUID, runs: int, tmp_path: Path
) -> None:
    changed = change(database, batch, 1, runs=runs)
    refused(database, batch, changed, "its run indices make no sense", tmp_path)


def test_a_run_that_is_there_twice_is_refused(
    database: Database, batch: UUID, tmp_path: Path
) -> None:
    values = {"runs": RUNS, "run_indices": pack_indices(range(RUNS))}
    change(database, batch, 1, payload=encode_chunk(PLAYED), **values)
    with pytest.raises(StoredDataError, match=f"batch {batch}: run 0 is in two chunks"):
        export_batch(database, batch, tmp_path / "out", Kind.CSV)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_run_whose_chunk_or_row_is_missing_says_so(database: Database, batch: UUID) -> None:
    for chunk, said in (
        (new_id(), "it is missing"),
        (next(iter(index_chunks(database, batch).ids)), "run 150 is not in it"),
    ):
        run = next(iter(Ids.of_runs(batch, [150])))
        with database.write() as connection:
            connection.execute(
                sa.update(simulation_runs).where(simulation_runs.c.id == run).values(chunk_id=chunk)
            )
        with pytest.raises(StoredDataError, match=f"batch {batch}, chunk {chunk}: {said}"):
            read_run(database, batch, 150)
    with database.write() as connection:
        connection.execute(sa.delete(simulation_runs).where(simulation_runs.c.id == run))
    with pytest.raises(StoredDataError, match=f"batch {batch}: the row of run 150 is missing"):
        read_run(database, batch, 150)


# -- how much space ------------------------------------------------------------------------------


def test_timelines_of_a_large_board_take_little_space() -> None:
    """84 tiles: at most 190 bytes a run and team, of which the figures stand in the docs."""
    snapshot = make_snapshot(load(EXAMPLES / "winter-bingo.yaml"))
    for runs in (100, 500):
        results = simulate(snapshot, runs, SEED, keep=True).results
        assert len(encode_chunk(results)) / runs / len(snapshot.teams) <= 190
