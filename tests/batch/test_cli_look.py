"""`bingosim batch list, show, watch, rerun`: what is told of batches and runs."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

import pytest

from bingosim.batch.stored import read_run
from bingosim.cli.batch import look
from bingosim.storage.ids import Ids
from bingosim.storage.steering import pause_batch
from tests.batch.commands import only
from tests.batch.conftest import TINY, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.storage.database import Database


@pytest.mark.usefixtures("stored")
def test_batches_are_listed_the_newest_first(bingosim: Callable[..., Outcome]) -> None:
    assert bingosim("batch", "list").out == "there are no batches yet\n"
    assert bingosim("batch", "list", "--json").json == []
    for name in ("first", "second", "third"):
        bingosim("batch", "start", TINY, "--runs", 20, "--detach", "--name", name)
    bingosim("batch", "cancel", "latest")
    lines = bingosim("batch", "list").out.splitlines()
    assert [line.split()[1] for line in lines[2:]] == ["third", "second", "first"]
    assert "0 of 20" in lines[2]
    some = bingosim("batch", "list", "--status", "running", "--most", 1, "--json").json
    assert [one["name"] for one in some] == ["second"]
    assert some[0]["runs"] == {"wanted": 20, "completed": 0, "failed": 0, "in_flight": 0}
    assert bingosim("batch", "list", "--status", "error").out == (
        "there are no batches that are error\n"
    )


@pytest.mark.parametrize("engine", ["jump", "reference"])
def test_a_run_is_replayed_as_it_is_stored(
    stored: Database, bingosim: Callable[..., Outcome], engine: str
) -> None:
    bingosim("batch", "start", TINY, "--runs", 60, "--engine", engine, "--quiet")
    batch = only(stored)
    (run,) = Ids.of_runs(batch, [37])
    by_id, by_index = (bingosim("batch", "rerun", name, "--json") for name in (run, f"{batch}:37"))
    assert by_id.code == 0
    assert by_id.out == by_index.out == bingosim("batch", "rerun", "latest:37", "--json").out
    columns = read_run(stored, batch, 37).columns
    for index, team in enumerate(by_id.json["teams"]):
        for name in ("points", "tiles_completed", "rows_open"):
            assert team[name] == columns[name][0, index]
        completed = [-1 if one["completed"] is None else one["completed"] for one in team["tiles"]]
        assert completed == columns["tile_completed"][0, index].tolist()
    told = bingosim("batch", "rerun", "latest:37", "--team", "Red")
    assert told.out.startswith("Tiny bingo, run 37 of seed bingosim")
    assert "Blue (" not in told.out


def test_watching_says_lines_and_that_nobody_executes_it(
    stored: Database, bingosim: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    bingosim("batch", "start", TINY, "--runs", 20, "--detach")
    looks = count()

    def sleep(_seconds: float) -> None:
        if next(looks) == look.LOOKS_ALONE:
            pause_batch(stored, only(stored))

    monkeypatch.setattr(look, "sleep", sleep)
    watched = bingosim("batch", "watch")
    assert watched.code == 1
    first, alone, *last = watched.err.splitlines()
    assert first == "0 of 20 runs"
    assert alone.startswith("nobody executes it; `bingosim batch resume ")
    assert last[0] == f"batch {only(stored)} is paused: 0 of 20 runs"
    bingosim("batch", "resume", "latest")
    watched = bingosim("batch", "watch", "latest")
    assert watched.code == 0
    assert watched.err.startswith(f"batch {only(stored)} is completed: 20 of 20 runs\n")
    assert bingosim("batch", "watch", "--quiet").err == ""


@pytest.mark.usefixtures("stored")
def test_json_of_a_batch_says_all_that_is_known(bingosim: Callable[..., Outcome]) -> None:
    options = ("--precision", 20, "--min-runs", 200, "--timelines", "none")
    bingosim("batch", "start", TINY, *options, "--quiet")
    (found,) = bingosim("batch", "list", "--json").json
    assert found == bingosim("batch", "show", "--json", "-").json["batch"]
    assert found["precision"] == {"points": 20, "min_runs": 200, "max_runs": 1_000_000}
    assert (found["status"], found["reason"], found["timelines"]) == ("completed", None, "none")
    assert found["runs"]["wanted"] == found["runs"]["completed"] == 200
    assert found["created"] <= found["finished"]
    assert json.dumps(found)
