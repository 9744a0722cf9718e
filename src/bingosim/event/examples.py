"""The examples that come with BingoSim, from tiny to real size."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from bingosim.errors import ExecutionError, UnknownKeyError

NAMES = ("tiny", "clan-card-5x5", "winter-bingo")


def example_file(name: str) -> Path:
    """Return where an example lies: in the installed package, or in the checkout it runs from.

    Raises:
        UnknownKeyError: There is no such example.
        ExecutionError: It is in neither.
    """
    if name not in NAMES:
        raise UnknownKeyError("example", name, NAMES)
    package = Path(str(files("bingosim")))
    for directory in (package / "examples", package.parents[1] / "examples"):
        path = directory / f"{name}.yaml"
        if path.is_file():
            return path
    raise ExecutionError(f"the example {name} is not installed: name event files")
