"""Timing things in turn, and what is printed of it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


def in_turn(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time several pieces of work in turn; return the seconds of each, round by round."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begun = perf_counter()
            work()
            seconds[name].append(perf_counter() - begun)
    return seconds


def median_ratio(upper: list[float], lower: list[float]) -> float:
    """Return the median of the ratios round by round."""
    return median(a / b for a, b in zip(upper, lower, strict=True))
