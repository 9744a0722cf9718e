"""BingoSim forecasts clan bingos of Old School RuneScape by playing them forward many times.

    import bingosim

    event = bingosim.load("examples/winter-bingo.yaml")
    simulation = bingosim.simulate(event, runs=1000, keep=True)
    print(simulation.win_probabilities)       # {'Alpha': 0.41, ...}
    points = simulation.results.points        # numpy, int64[runs, teams]
    print(points.mean(axis=0))

What stands in `__all__` is the public interface; it is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bingosim.aggregates import Aggregates, merge
    from bingosim.errors import (
        BingoSimError,
        EventFileError,
        ExecutionError,
        Finding,
        InputError,
        StoredDataError,
        UnknownKeyError,
    )
    from bingosim.estimates import estimate
    from bingosim.estimates.model import Estimates
    from bingosim.event.file import load_event as load
    from bingosim.event.model import Event
    from bingosim.event.snapshot import Snapshot, make_snapshot
    from bingosim.exports.export import Export
    from bingosim.forecasting import forecast
    from bingosim.forecasting.model import Forecast
    from bingosim.results import RunResults
    from bingosim.simulation import Simulation, simulate

    __version__: str

__all__ = [
    "Aggregates",
    "BingoSimError",
    "Estimates",
    "Event",
    "EventFileError",
    "ExecutionError",
    "Export",
    "Finding",
    "Forecast",
    "InputError",
    "RunResults",
    "Simulation",
    "Snapshot",
    "StoredDataError",
    "UnknownKeyError",
    "__version__",
    "estimate",
    "forecast",
    "load",
    "make_snapshot",
    "merge",
    "simulate",
]

_HOMES = {
    "Aggregates": ("aggregates", "Aggregates"),
    "BingoSimError": ("errors", "BingoSimError"),
    "Estimates": ("estimates.model", "Estimates"),
    "Event": ("event.model", "Event"),
    "EventFileError": ("errors", "EventFileError"),
    "ExecutionError": ("errors", "ExecutionError"),
    "Export": ("exports.export", "Export"),
    "Finding": ("errors", "Finding"),
    "Forecast": ("forecasting.model", "Forecast"),
    "InputError": ("errors", "InputError"),
    "RunResults": ("results", "RunResults"),
    "Simulation": ("simulation", "Simulation"),
    "Snapshot": ("event.snapshot", "Snapshot"),
    "StoredDataError": ("errors", "StoredDataError"),
    "UnknownKeyError": ("errors", "UnknownKeyError"),
    "estimate": ("estimates", "estimate"),
    "forecast": ("forecasting", "forecast"),
    "load": ("event.file", "load_event"),
    "make_snapshot": ("event.snapshot", "make_snapshot"),
    "merge": ("aggregates", "merge"),
    "simulate": ("simulation", "simulate"),
}
"""Public name -> module and name there."""


if not TYPE_CHECKING:  # a type checker would take it for a promise of any name

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version  # noqa: PLC0415 - seldom asked for, and slow

            value: Any = version("bingosim")
        elif name in _HOMES:
            module, original = _HOMES[name]
            value = getattr(import_module(f"bingosim.{module}"), original)
        else:
            raise AttributeError(f"module 'bingosim' has no attribute {name!r}")
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
