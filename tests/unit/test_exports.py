"""Exports: what the tables hold, that common tools open them, that nothing half-written stays."""

from __future__ import annotations

import csv
import errno
import json
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from bingosim.errors import ExecutionError, InputError
from bingosim.event.snapshot import Snapshot
from bingosim.exports import Export, Kind, tables, writers
from bingosim.payloads.chunk import Chunk, decode_chunk, encode_chunk, fewest
from bingosim.payloads.timelines import Timelines
from bingosim.results import RunResults, Shape
from tests.unit.result_fakes import array_of, fake_results, small_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

NAMES = ('Reds, "the" first', "Größte")
"""Names that CSV must quote and that are no ASCII."""


def event() -> Snapshot:
    data = small_snapshot().model_dump(by_alias=True)
    for team, name in zip(data["teams"], NAMES, strict=True):
        team["name"] = name
    return Snapshot.model_validate(data)


SNAPSHOT = event()
SHAPE = Shape.of(SNAPSHOT)
RESULTS = fake_results(SHAPE, 250, seed=4, first=50)
TILES = [tile.key for tile in SNAPSHOT.board.tiles]

each_kind = pytest.mark.parametrize("kind", Kind)


def export(
    directory: Path,
    kind: Kind,
    parts: Sequence[RunResults | Chunk] = (RESULTS,),
    timelines: Timelines = Timelines.ALL,
) -> Path:
    with Export(directory, kind, SNAPSHOT, timelines) as opened:
        for part in parts:
            opened.add(part)
        finish(opened)
    return directory


def finish(opened: Export) -> None:
    opened.finish(seed="a seed", engine="attempt", engine_version="abc", complete=True)


def cut(results: RunResults, *places: int) -> list[RunResults]:
    """Return the runs in parts; the sums do not matter here."""
    parts = []
    for start, end in zip((0, *places), (*places, len(results)), strict=True):
        part = RunResults.empty(results.run[start:end], results.shape)
        for name in ("points", "tiles_completed", "rows_open", "last_point", "row_opened",
                     "tile_completed", "bonus_paid"):  # fmt: skip
            array_of(part, name)[...] = array_of(results, name)[start:end]
        parts.append(part)
    return parts


# -- what they hold ----------------------------------------------------------------------------


def expected_summary() -> list[dict[str, Any]]:
    """Count with loops."""
    lines = []
    for position, run in enumerate(RESULTS.run.tolist()):
        points = RESULTS.points[position].tolist()
        last = RESULTS.last_point[position].tolist()
        standing = [(p, -max(second, 0)) for p, second in zip(points, last, strict=True)]
        winners = [team for team in range(2) if standing[team] == max(standing)]
        for team, name in enumerate(NAMES):
            lines.append(
                {
                    "run": run,
                    "team": name,
                    "points": points[team],
                    "won": 1 / len(winners) if team in winners else 0.0,
                    "tiles_completed": int(RESULTS.tiles_completed[position, team]),
                    "rows_open": int(RESULTS.rows_open[position, team]),
                    "last_point": last[team] if last[team] >= 0 else None,
                }
            )
    return lines


def expected_timelines(every: int = 1) -> list[dict[str, Any]]:
    return [
        {"run": run, "team": NAMES[team], "tile": key, "completed": second}
        for position, run in enumerate(RESULTS.run.tolist())
        if run % every == 0
        for team in range(2)
        for key, second in zip(TILES, RESULTS.tile_completed[position, team].tolist(), strict=True)
        if second >= 0
    ]


def read_with_the_standard_library(directory: Path, kind: Kind, table: str) -> list[dict[str, Any]]:
    path = directory / f"{table}.{kind}"
    if kind is Kind.PARQUET:
        lines: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return lines
    text = path.read_text(encoding="utf-8")
    if kind is Kind.JSON:
        return [json.loads(line) for line in text.splitlines()]
    texts = {"team", "tile"}
    return [
        {
            name: value if name in texts else None if value == "" else json.loads(value)
            for name, value in line.items()
        }
        for line in csv.DictReader(text.splitlines())
    ]


@each_kind
def test_the_tables_hold_every_run(kind: Kind, tmp_path: Path) -> None:
    export(tmp_path, kind)
    assert read_with_the_standard_library(tmp_path, kind, "summary") == expected_summary()
    assert read_with_the_standard_library(tmp_path, kind, "timelines") == expected_timelines()
    won = [line["won"] for line in expected_summary()]
    assert {0.0, 0.5, 1.0} == set(won)
    assert sum(won) == len(RESULTS)


@each_kind
def test_how_the_runs_are_cut_changes_no_byte(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "GROUP_LINES", 64)
    one = export(tmp_path / "one", kind)
    other = export(tmp_path / "other", kind, cut(RESULTS, 0, 1, 7, 120, 121, 249))
    names = sorted(path.name for path in one.iterdir())
    assert names == ["about.json", f"summary.{kind}", f"timelines.{kind}"]
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes()


@each_kind
@pytest.mark.parametrize("timelines", Timelines)
def test_stored_chunks_are_exported_like_runs(
    kind: Kind, timelines: Timelines, tmp_path: Path
) -> None:
    chunks = [decode_chunk(encode_chunk(part, timelines), SHAPE) for part in cut(RESULTS, 99)]
    stored = export(tmp_path / "stored", kind, chunks, timelines)
    direct = export(tmp_path / "direct", kind, timelines=timelines)
    for name in ("about.json", f"summary.{kind}", f"timelines.{kind}"):
        assert (stored / name).read_bytes() == (direct / name).read_bytes()
    wanted = {
        Timelines.ALL: expected_timelines(),
        Timelines.SAMPLE: expected_timelines(every=100),
        Timelines.NONE: [],
    }
    assert read_with_the_standard_library(stored, kind, "timelines") == wanted[timelines]
    assert wanted[Timelines.SAMPLE]


@pytest.mark.parametrize("stored", Timelines)
@pytest.mark.parametrize("wanted", Timelines)
def test_of_stored_chunks_what_is_there_and_wanted_is_written(
    stored: Timelines, wanted: Timelines, tmp_path: Path
) -> None:
    chunks = [Chunk.of(part, stored) for part in cut(RESULTS, 99)]
    got = export(tmp_path / "got", Kind.CSV, chunks, wanted)
    direct = export(tmp_path / "direct", Kind.CSV, timelines=fewest(stored, wanted))
    for name in ("about.json", "summary.csv", "timelines.csv"):
        assert (got / name).read_bytes() == (direct / name).read_bytes()


def test_one_table_does_not_hold_more_timelines_of_some_runs(tmp_path: Path) -> None:
    one, other = cut(RESULTS, 99)
    parts = [Chunk.of(one), Chunk.of(other, Timelines.SAMPLE)]
    with pytest.raises(InputError, match=r"all, others with sample: export .* sample"):
        export(tmp_path, Kind.CSV, parts)
    assert list(tmp_path.iterdir()) == []
    export(tmp_path / "sample", Kind.CSV, parts, Timelines.SAMPLE)
    export(tmp_path / "other way round", Kind.CSV, parts[::-1])


def test_about_says_what_it_is(tmp_path: Path) -> None:
    about = json.loads((export(tmp_path, Kind.CSV) / "about.json").read_text(encoding="utf-8"))
    assert about == {
        "event": "Small bingo",
        "snapshot_sha256": SNAPSHOT.sha256,
        "seed": "a seed",
        "engine": "attempt",
        "engine_version": "abc",
        "runs": 250,
        "complete": True,
        "timelines": "all",
    }


def test_parquet_knows_what_it_is_and_what_columns_mean(tmp_path: Path) -> None:
    for name, schema in (("summary", tables.SUMMARY), ("timelines", tables.TIMELINES)):
        file = parquet.ParquetFile(export(tmp_path, Kind.PARQUET) / f"{name}.parquet")
        assert file.schema_arrow.equals(schema)
        assert file.metadata.metadata[b"bingosim.snapshot_sha256"] == SNAPSHOT.sha256.encode()
        assert file.metadata.metadata[b"bingosim.seed"] == b"a seed"
        assert file.metadata.metadata[b"bingosim.event"] == b"Small bingo"
        assert file.metadata.metadata[b"bingosim.runs"] == b"250"
        for field in schema:
            assert field.metadata[b"meaning"]


def test_row_groups_are_full_but_for_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "GROUP_LINES", 150)
    export(tmp_path, Kind.PARQUET, cut(RESULTS, 3, 4, 200))
    metadata = parquet.ParquetFile(tmp_path / "summary.parquet").metadata
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    assert sizes == [150, 150, 150, 50]


def test_what_waits_to_be_written_does_not_grow_with_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "GROUP_LINES", 100)
    writer = writers.ParquetWriter(tmp_path / "x", tables.SUMMARY)
    for part in cut(RESULTS, *range(10, 250, 10)):
        writer.write(tables.summary(Chunk.of(part), SNAPSHOT))
        assert writer._lines == sum(map(len, writer._waiting)) < 100
    writer.abandon()


def test_no_runs_are_tables_with_no_lines(tmp_path: Path) -> None:
    for kind in Kind:
        export(tmp_path / kind, kind, [])
        for table in ("summary", "timelines"):
            assert read_with_the_standard_library(tmp_path / kind, kind, table) == []


# -- that common tools open them ---------------------------------------------------------------

DTYPES = {
    "run": "int64", "points": "int64", "won": "float64", "tiles_completed": "int",
    "rows_open": "int", "completed": "int",
}  # fmt: skip


@each_kind
@pytest.mark.parametrize("table", ["summary", "timelines"])
def test_pandas_opens_them(kind: Kind, table: str, tmp_path: Path) -> None:
    path = export(tmp_path, kind) / f"{table}.{kind}"
    readers: dict[Kind, Callable[[Path], pd.DataFrame]] = {
        Kind.CSV: pd.read_csv,
        Kind.JSON: lambda path: pd.read_json(path, lines=True),
        Kind.PARQUET: pd.read_parquet,
    }
    frame = readers[kind](path)
    expected = expected_summary() if table == "summary" else expected_timelines()
    assert list(frame.columns) == list(expected[0])
    for name in frame.columns:
        values = [None if pd.isna(value) else value for value in frame[name].tolist()]
        assert values == [line[name] for line in expected]
        assert str(frame[name].dtype).startswith(DTYPES.get(name, ""))


@each_kind
@pytest.mark.parametrize("table", ["summary", "timelines"])
def test_polars_opens_them(kind: Kind, table: str, tmp_path: Path) -> None:
    path = export(tmp_path, kind) / f"{table}.{kind}"
    readers: dict[Kind, Callable[[Path], pl.DataFrame]] = {
        Kind.CSV: pl.read_csv,
        Kind.JSON: pl.read_ndjson,
        Kind.PARQUET: pl.read_parquet,
    }
    frame = readers[kind](path)
    assert frame.to_dicts() == (expected_summary() if table == "summary" else expected_timelines())


@each_kind
@pytest.mark.parametrize("table", ["summary", "timelines"])
def test_duckdb_opens_them(kind: Kind, table: str, tmp_path: Path) -> None:
    path = export(tmp_path, kind) / f"{table}.{kind}"
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM '" + str(path) + "'")  # noqa: S608
        names = [column[0] for column in found.description]
        lines = [dict(zip(names, line, strict=True)) for line in found.fetchall()]
    assert lines == (expected_summary() if table == "summary" else expected_timelines())


def test_a_first_shared_win_far_down_is_still_a_number(tmp_path: Path) -> None:
    """Readers guess types from the first lines; whole numbers there must not mislead them."""
    results = RunResults.empty(range(2_000), SHAPE)
    results.points[:, 0] = 1
    results.points[-1, 1] = 1
    path = export(tmp_path, Kind.CSV, [results]) / "summary.csv"
    assert pl.read_csv(path)["won"].tail(2).to_list() == [0.5, 0.5]


# -- whole or nothing --------------------------------------------------------------------------


@each_kind
def test_nothing_is_there_before_the_end_nor_after_a_failure(kind: Kind, tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"

    def fail() -> None:
        with Export(directory, kind, SNAPSHOT) as opened:
            opened.add(RESULTS)
            assert all(path.name.startswith(".") for path in directory.iterdir())
            raise RuntimeError("the engine broke")

    with pytest.raises(RuntimeError, match="the engine broke"):
        fail()
    assert list(directory.iterdir()) == []


def test_a_failure_leaves_the_export_before_as_it_was(tmp_path: Path) -> None:
    export(tmp_path, Kind.CSV)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with Export(tmp_path, Kind.CSV, SNAPSHOT) as opened:
        opened.add(RESULTS)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_export_replaces_the_one_before(tmp_path: Path) -> None:
    export(tmp_path, Kind.CSV)
    export(tmp_path, Kind.CSV, cut(RESULTS, 10)[:1])
    assert len((tmp_path / "summary.csv").read_text(encoding="utf-8").splitlines()) == 21
    assert json.loads((tmp_path / "about.json").read_text(encoding="utf-8"))["runs"] == 10


def test_without_about_the_tables_may_not_belong_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends between two renamings: what says that all is whole is gone."""
    export(tmp_path, Kind.CSV)
    rename = type(tmp_path).replace

    def replace(path: Path, target: Path) -> Path:
        if target.name == "timelines.csv":
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "replace", replace)
    with pytest.raises(ExecutionError, match=r"cannot write .*: Input/output error"):
        export(tmp_path, Kind.CSV)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["summary.csv", "timelines.csv"]


@each_kind
def test_a_full_disk_is_a_message(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    writer = {
        Kind.CSV: writers.CsvWriter,
        Kind.JSON: writers.JsonWriter,
        Kind.PARQUET: writers.ParquetWriter,
    }[kind]
    monkeypatch.setattr(writer, "write", full)
    with pytest.raises(ExecutionError, match=r"cannot write .*: No space left on device"):
        export(tmp_path, kind)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious", encoding="utf-8")
    for place in (file, file / "below"):
        with pytest.raises(InputError, match=f"cannot write {place}"):
            Export(place, Kind.CSV, SNAPSHOT)
    assert file.read_text(encoding="utf-8") == "precious"
    assert list(tmp_path.iterdir()) == [file]


def test_formats_and_timelines_are_known_by_their_names(tmp_path: Path) -> None:
    with Export(tmp_path, "csv", SNAPSHOT, "none") as opened:
        opened.add(RESULTS)
        finish(opened)
    assert (tmp_path / "summary.csv").exists()
    with pytest.raises(InputError, match=r"no format 'parket' \(did you mean 'parquet'\?\)"):
        Export(tmp_path, "parket", SNAPSHOT)
    with pytest.raises(InputError, match="no choice of timelines 'some'"):
        Export(tmp_path, "csv", SNAPSHOT, "some")


def test_two_formats_may_share_a_directory(tmp_path: Path) -> None:
    with Export(tmp_path, Kind.CSV, SNAPSHOT) as one, Export(tmp_path, Kind.JSON, SNAPSHOT) as two:
        for opened in (one, two):
            opened.add(RESULTS)
        for opened in (one, two):
            finish(opened)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "about.json", "summary.csv", "summary.jsonl", "timelines.csv", "timelines.jsonl",
    ]  # fmt: skip


def test_names_are_written_once(tmp_path: Path) -> None:
    del tmp_path
    batch = tables.timelines(Chunk.of(RESULTS), SNAPSHOT)
    assert pa.types.is_dictionary(batch.schema.field("team").type)
    assert batch.column("team").dictionary.to_pylist() == list(NAMES)
    assert np.all(batch.column("completed").to_numpy() >= 0)
