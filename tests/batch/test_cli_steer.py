"""`bingosim batch extend, pause, resume, retry, cancel`: a batch's life by commands."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from bingosim.storage.batches import list_batches, read_batch
from bingosim.storage.states import BatchStatus
from bingosim.storage.steering import pause_batch
from tests.batch.commands import RUNS, only, status, text, untimed
from tests.batch.conftest import TINY, Outcome
from tests.storage import samples
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from uuid import UUID

    from bingosim.storage.database import Database


def test_extended_it_is_as_if_started_with_all_runs(
    bingosim: Callable[..., Outcome], batch: UUID
) -> None:
    done = bingosim("batch", "extend", "latest", 200)
    assert done.code == 0
    assert f"batch {batch} has {RUNS + 200} runs now\n" in done.err
    whole = bingosim("run", TINY, "--runs", RUNS + 200, "--no-save", "--json", "-")
    bingosim("batch", "export", batch, "--json", "extended.json")
    assert untimed(text("extended.json")) == untimed(whole.out)


def test_a_batch_is_paused_extended_resumed_and_cancelled(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    waits = bingosim("batch", "start", TINY, "--runs", RUNS, "--detach", "--name", "Later")
    assert "waits; `bingosim batch resume" in waits.err
    assert status(stored) is BatchStatus.RUNNING
    assert "nobody executes it" in bingosim("batch", "show").out
    assert bingosim("batch", "pause", "latest").code == 0
    assert bingosim("batch", "extend", "latest", 100).code == 0
    assert status(stored) is BatchStatus.PAUSED
    shown = bingosim("batch", "show").out
    assert "status    paused" in shown
    assert f"0 of {RUNS + 100} completed" in shown
    assert "name      Later" in shown
    assert bingosim("batch", "resume", "latest", "--detach").code == 0
    assert status(stored) is BatchStatus.RUNNING
    assert bingosim("batch", "cancel", "latest").code == 0
    assert bingosim("batch", "cancel", "latest").code == 2
    assert bingosim("batch", "export", "latest", "--csv", "none").code == 2
    assert bingosim("batch", "delete", "latest", "--yes").code == 0
    assert list_batches(stored) == []


# -- a user's own strategy -----------------------------------------------------------------------

FAILING = """
def mine(team, standing, player):
    for tile in range(standing.value.size):
        standing.value[tile] = team.tile_points[tile]
        standing.cost[tile] = standing.work[tile]
    if 3600 < standing.completed[0] < 3700:
        raise ValueError('too late')
"""


def test_a_failing_strategy_is_told_and_a_mended_one_needs_a_new_batch(
    stored: Database, bingosim: Callable[..., Outcome], tmp_path: Path
) -> None:
    here = tmp_path / "here"
    old = "players: [Ann]}"
    event = EVENT_TEXT.replace(old, "players: [Ann], strategy: 'own_batch:mine'}")
    (here / "event.yaml").write_text(event, encoding="utf-8")
    (here / "own_batch.py").write_text(FAILING, encoding="utf-8")
    try:
        started = bingosim("batch", "start", "event.yaml", "--runs", 400)
        assert (started.code, status(stored)) == (1, BatchStatus.ERROR)
        reason = r"of 400 failed for good: .*team 'Reds', .* it raised ValueError: too late"
        assert re.search(reason, started.err)
        assert "`bingosim batch retry" in started.err
        shown = bingosim("batch", "show")
        assert shown.code == 0
        assert re.search(rf"reason +.*{reason}", shown.out)
        assert re.search(r"runs +\d+ of 400 completed, \d+ failed", shown.out)
        again = bingosim("batch", "retry", "latest")
        assert again.code == 1
        assert re.search(r"\d+ failed runs? of batch .* tried anew", again.err)
        assert status(stored) is BatchStatus.ERROR

        del sys.modules["own_batch"]
        (here / "own_batch.py").write_text(FAILING.replace("3600", "9999"), encoding="utf-8")
        before = read_batch(stored, only(stored))
        for command in ("retry", "resume"):
            mended = bingosim("batch", command, "latest")
            assert mended.code == 2
            assert f"batch {before.id} cannot be executed here: team 'Reds'" in mended.err
            assert "is not what it was" in mended.err
        assert read_batch(stored, before.id) == before
        assert bingosim("run", "event.yaml", "--runs", 400, "--quiet").code == 0

        del sys.modules["own_batch"]
        (here / "own_batch.py").unlink()
        missing = bingosim("batch", "extend", "latest", 10)
        assert missing.code == 2
        assert "there is no module 'own_batch' in the current directory" in missing.err
        assert list_batches(stored)[0].runs == 400
    finally:
        sys.modules.pop("own_batch", None)


def test_a_batch_of_another_engine_is_left_as_it_is(
    stored: Database, bingosim: Callable[..., Outcome]
) -> None:
    batch = samples.new_batch(stored)
    pause_batch(stored, batch)
    for words in (["resume", batch], ["extend", batch, 5], ["rerun", f"{batch}:0"]):
        done = bingosim("batch", *words)
        assert done.code == 1
        assert "is executed by engine attempt 0123456789abcdef" in done.err
    found = read_batch(stored, batch)
    assert (found.status, found.runs) == (BatchStatus.PAUSED, 10)
