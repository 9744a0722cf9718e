"""Timing things in turn, and what is printed of it."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, TypeVar

from bingosim.simulation import available_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Name = TypeVar("Name")


def machine() -> dict[str, str | int]:
    """Return what figures depend on: release, Python, processor, cores this process may use."""
    return {
        "bingosim": version("bingosim"),
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "cores": available_threads(),
    }


def described_machine() -> str:
    """Return the same in a line."""
    return "BingoSim {bingosim}, Python {python}, {system} {machine}, {cores} cores".format_map(
        machine()
    )


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    Attributes:
        name: What was measured.
        value: The median.
        unit: Its unit; `x` for a ratio.
        goal: What the project asks for, in words.
        met: Whether the goal is met; None where there is no goal.
    """

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "met", False: "MISSED", None: ""}[self.met]
        goal = f"{self.goal:<22}{verdict}" if self.goal else ""
        return f"{self.name:<58}{self.value:>12,.3f} {self.unit:<11}{goal}".rstrip()


def at_most(name: str, value: float, unit: str, most: float) -> Figure:
    """Return a figure whose goal is not to be above `most`."""
    return Figure(name, value, unit, f"at most {most:g}", value <= most)


def at_least(name: str, value: float, unit: str, least: float) -> Figure:
    """Return a figure whose goal is not to be below `least`."""
    return Figure(name, value, unit, f"at least {least:g}", value >= least)


def in_turn(measures: Mapping[Name, Callable[[], float]], rounds: int) -> dict[Name, list[float]]:
    """Measure several things in turn, A B A B …; return what each came to, round by round."""
    measured: dict[Name, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            measured[name].append(measure())
    return measured


def seconds_of(work: Callable[[], object]) -> Callable[[], float]:
    """Return what does a piece of work and returns the seconds it took."""

    def measure() -> float:
        begun = perf_counter()
        work()
        return perf_counter() - begun

    return measure


def median_ratio(upper: list[float], lower: list[float]) -> float:
    """Return the median of the ratios round by round."""
    return median(a / b for a, b in zip(upper, lower, strict=True))
