"""The page on strategies is true: its file plays, its comparison runs, its fields are there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import bingosim.strategies
from bingosim.compilation import compile_team
from bingosim.engine.arrays import CompiledTeam
from bingosim.engine.strategies import Standing
from bingosim.event.strategies import STRATEGIES
from bingosim.event.strategies.own import GROUP
from tests.builders import snapshot

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "strategies.md").read_text("utf-8")
STRATEGY, COMPARISON = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FIELDS, NAMES = re.compile(r"^\| (`.*?) \| ", re.MULTILINE), re.compile(r"`(\w+)`")


def test_the_file_and_the_comparison_run(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "winter-bingo.yaml", tmp_path / "examples")
    (tmp_path / "my_strategies.py").write_text(STRATEGY, encoding="utf-8")
    comparison = COMPARISON.replace("RUNS = 2_000", "RUNS = 20")
    assert comparison != COMPARISON
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", comparison],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    printed = done.stdout.splitlines()
    shown = re.findall(r"^    (\S+) +wins [\d.]+%, ", TEXT, re.MULTILINE)
    assert [line.split()[0] for line in printed] == shown


def test_the_fields_are_there_and_all_of_standing_is_told() -> None:
    _, of_standing, of_team, *_ = re.split(
        r"^\| `(?:standing|team)` \| \|$", TEXT, flags=re.MULTILINE
    )
    told = {
        name
        for cell in FIELDS.findall(of_standing.split("\n\n")[0])
        for name in NAMES.findall(cell)
    }
    assert told == set(Standing.numba_type.fields)
    told = {
        name for cell in FIELDS.findall(of_team.split("\n\n")[0]) for name in NAMES.findall(cell)
    }
    assert len(told) > 15
    assert told <= set(CompiledTeam.numba_type.fields)


def test_all_that_there_is_to_call_is_told() -> None:
    assert bingosim.strategies.__all__ == sorted(bingosim.strategies.__all__)
    for name in bingosim.strategies.__all__:
        assert re.search(rf"\b{name}\b", TEXT), name
    assert f'[project.entry-points."{GROUP}"]' in TEXT


def test_the_table_compares_with_every_other_strategy() -> None:
    table = set(re.findall(r"^\| `([a-z-]+)` \| .*± ", TEXT, re.MULTILINE))
    assert table == set(STRATEGIES) - {"look-ahead", "tile-order"}


def test_work_factors_are_milliseconds_a_unit() -> None:
    compiled = compile_team(snapshot(), 0)
    np.testing.assert_array_equal(compiled.own_work_factor, compiled.work_factor)
