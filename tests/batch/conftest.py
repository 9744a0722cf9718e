"""What tests of commands about batches share."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bingosim import cli, engines
from tests.batch.commands import RUNS, only

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    import numpy as np
    from numpy.typing import NDArray

    from bingosim.engines import Play
    from bingosim.event.snapshot import Snapshot
    from bingosim.results import RunResults
    from bingosim.storage.database import Database

TINY = Path(__file__).parents[2] / "examples" / "tiny.yaml"


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def bingosim(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Call a command as the installed program does; nothing that is wrong is a traceback."""

    def call(*words: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["bingosim", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def stored(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An empty database that the settings name, and an empty working directory."""
    url = database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("BINGOSIM_DATABASE_URL", url)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return database


@pytest.fixture
def batch(stored: Database, bingosim: Callable[..., Outcome]) -> UUID:
    """A completed batch."""
    done = bingosim("batch", "start", TINY, "--runs", RUNS, "--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{only(stored)}\n"
    return only(stored)


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine in the 200th run of which somebody presses Ctrl-C, the first time; its name."""
    presses = iter([True])

    def make(snapshot: Snapshot, seed: str) -> Play:
        real = engines._jump(snapshot, seed)

        def play(runs: NDArray[np.int64]) -> RunResults:
            if 200 in runs and next(presses, False):
                os.kill(os.getpid(), signal.SIGINT)
            return real(runs)

        return play

    monkeypatch.setitem(engines._ENGINES, "pressed", make)
    return "pressed"
