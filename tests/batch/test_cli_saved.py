"""`bingosim run` saves what it simulates, and Ctrl-C pauses it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bingosim.storage.batches import read_batch
from bingosim.storage.states import BatchStatus
from tests.batch.commands import PRECISELY, RUNS, files, only, status, text, untimed
from tests.batch.conftest import TINY, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from bingosim.storage.database import Database


@pytest.mark.parametrize(
    ("goal", "size", "threads"),
    [
        (("--runs", RUNS), "1", 2),
        (("--runs", RUNS), "7", 1),
        (("--runs", RUNS), "7", 3),
        (("--runs", RUNS), "auto", 1),
        (("--runs", RUNS), "auto", 2),
        (PRECISELY, "7", 3),
        (PRECISELY, "auto", 1),
        (PRECISELY, "auto", 2),
    ],
)
def test_saving_changes_no_byte(
    stored: Database,
    bingosim: Callable[..., Outcome],
    monkeypatch: pytest.MonkeyPatch,
    goal: tuple[object, ...],
    size: str,
    threads: int,
) -> None:
    monkeypatch.setenv("BINGOSIM_DISTRIBUTED_BATCH_SIZE", size)
    asked = ("run", TINY, *goal, "--seed", "same", "--json", "-", "--threads", threads)
    saved = bingosim(*asked, "--csv", "saved")
    found = read_batch(stored, only(stored))
    assert (found.message_size == int(size)) if size != "auto" else (found.message_size >= 50)
    alone = bingosim(*asked, "--csv", "alone", "--no-save", "--threads", 1)
    assert (saved.code, alone.code, saved.err, alone.err) == (0, 0, "", "")
    assert untimed(saved.out) == untimed(alone.out)
    assert found.status is BatchStatus.COMPLETED
    assert only(stored) == found.id
    for name in ("about.json", "summary.csv", "timelines.csv"):
        assert files("saved")[name] == files("alone")[name]


def test_run_says_what_it_was_saved_as(stored: Database, bingosim: Callable[..., Outcome]) -> None:
    done = bingosim("run", TINY, "--runs", 50)
    assert f"Saved as batch {only(stored)} (`bingosim batch show latest`)" in done.out
    assert "Saved" not in bingosim("run", TINY, "--runs", 50, "--no-save").out
    assert only(stored)


def test_shown_and_exported_later_it_is_what_run_printed(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    ran = bingosim("run", TINY, "--runs", RUNS, "--json", "-", "--csv", "ran")
    shown = bingosim("batch", "show", "--json", "-")
    report = shown.json
    assert report.pop("batch")["id"] == str(only(stored))
    assert report.pop("timing")["total_s"] >= 0
    assert report == {k: v for k, v in ran.json.items() if k != "timing"}
    done = bingosim("batch", "export", "latest", "--csv", "later", "--json", "later.json")
    assert (done.code, done.err) == (0, f"{RUNS} runs are in later\n")
    assert files("later") == files("ran")
    assert untimed(text("later.json")) == untimed(ran.out)
    tables = bingosim("batch", "show").out
    for words in (f"batch     {only(stored)}", "status    completed", "95 % interval"):
        assert words in tables
    assert "Stopped" not in tables


# -- Ctrl-C --------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", [("--runs", 2_000), PRECISELY], ids=["runs", "precision"])
def test_ctrl_c_pauses_and_resume_makes_it_what_it_would_have_been(
    stored: Database,
    bingosim: Callable[..., Outcome],
    pressed: str,
    goal: tuple[object, ...],
) -> None:
    asked = ("run", TINY, *goal, "--engine", pressed, "--json", "-")
    ended = bingosim(*asked)
    assert ended.code == 130
    assert not ended.json["complete"]
    assert 0 < ended.json["runs"] < 2_000
    assert status(stored) is BatchStatus.PAUSED
    assert f"batch {only(stored)} is paused: {ended.json['runs']:,} of " in ended.err
    assert "`bingosim batch resume" in ended.err
    resumed = bingosim("batch", "resume", "latest")
    assert (resumed.code, status(stored)) == (0, BatchStatus.COMPLETED)
    bingosim("batch", "export", "latest", "--json", "final.json", "--quiet")
    undisturbed = bingosim(*asked, "--no-save").out
    assert untimed(text("final.json")) == untimed(undisturbed)


def test_ctrl_c_pauses_a_batch_that_was_started(
    stored: Database, bingosim: Callable[..., Outcome], pressed: str
) -> None:
    ended = bingosim("batch", "start", TINY, "--runs", 5_000, "--engine", pressed)
    assert ended.code == 130
    assert "is paused: " in ended.err
    assert status(stored) is BatchStatus.PAUSED


def test_reports_shown_and_exported_later_are_those_of_run(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    def wanted(name: str) -> tuple[str, ...]:
        return ("--report", f"{name}.html", "--plot", f"{name}.png", "--markdown", f"{name}.md")

    bingosim("run", TINY, "--runs", RUNS, *wanted("ran"))
    done = bingosim("batch", "export", "latest", *wanted("exported"))
    assert (done.code, done.out, done.err) == (0, "", "")
    done = bingosim("batch", "show", *wanted("shown"))
    assert (done.code, done.err) == (0, "")
    assert "95 % interval" in done.out
    for ending in ("html", "png", "md"):
        ran = Path(f"ran.{ending}").read_bytes()
        assert Path(f"exported.{ending}").read_bytes() == ran
        assert Path(f"shown.{ending}").read_bytes() == ran
    assert only(stored)
