"""What `import bingosim` gives: complete, sorted, typed, and cheap until it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import bingosim
from tests.unit.event_text import EVENT_TEXT

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


def _type_checking_names() -> AbstractSet[str]:
    """Return the names that `bingosim/__init__.py` imports for type checkers."""
    tree = ast.parse(Path(bingosim.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {
        alias.asname or alias.name
        for node in imports
        if (node.module or "").startswith("bingosim.")
        for alias in node.names
    }


def test_all_is_sorted_and_complete() -> None:
    assert bingosim.__all__ == sorted(bingosim.__all__)
    names = set(bingosim.__all__) - {"__version__"}
    assert names == set(bingosim._HOMES) == _type_checking_names()


@pytest.mark.parametrize("name", bingosim.__all__)
def test_every_name_is_there_and_is_what_the_type_checker_sees(name: str) -> None:
    thing = getattr(bingosim, name)
    assert name in dir(bingosim)
    if name != "__version__":
        assert thing.__module__ == f"bingosim.{bingosim._HOMES[name][0]}"


def test_the_version_is_that_of_the_package() -> None:
    assert bingosim.__version__ == version("bingosim")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulte'"):
        _ = bingosim.simulte  # type: ignore[attr-defined]


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import bingosim, sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"numpy", "numba", "pydantic", "yaml"} & set(modules)


def test_load_simulate_and_read_numbers(tmp_path: Path) -> None:
    """The lines of the package's docstring, on a small event."""
    path = tmp_path / "event.yaml"
    path.write_text(EVENT_TEXT, encoding="utf-8")

    event = bingosim.load(path)
    simulation = bingosim.simulate(event, runs=20, engine="reference", keep=True)
    assert sum(simulation.win_probabilities.values()) == pytest.approx(1)
    points = simulation.results.points
    assert points.shape == (20, 2)
    assert points.dtype == np.int64
    assert points.mean(axis=0).tolist() == [
        team["points"]["mean"] for team in simulation.to_dict()["teams"]
    ]


def test_an_event_made_in_python_is_checked_before_it_is_simulated(tmp_path: Path) -> None:
    path = tmp_path / "event.yaml"
    path.write_text(EVENT_TEXT, encoding="utf-8")
    event = bingosim.load(path)
    team = event.teams[0].model_copy(update={"strategy": "gredy"})
    wrong = event.model_copy(update={"teams": (team, *event.teams[1:])})
    with pytest.raises(bingosim.EventFileError, match="greedy"):
        bingosim.simulate(wrong, runs=1, engine="reference")
