"""Confidence intervals, made of IEEE + - x / and square roots only: the same bits on every host."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

Z_95 = 1.959963984540054
"""The standard normal's 97.5 % point, to double precision."""
_T_95 = (12.706204736174694, 4.302652729749462, 3.1824463052837078, 2.7764451051977934)
"""Student's 97.5 % points of 1 to 4 degrees of freedom."""


class Interval(NamedTuple):
    """A range that holds the true value with the stated confidence."""

    low: float
    high: float


def wilson_interval(score: Fraction | int, runs: int, z: float = Z_95) -> Interval:
    """Return Wilson's interval for the mean of scores between 0 and 1.

    For scores of 0 and 1 it is Wilson's score interval for a proportion (E. B. Wilson, Probable
    Inference, the Law of Succession, and Statistical Inference, JASA 22, 1927). A win shared among
    k scores 1/k. Among all scores in [0, 1] with mean m, those of 0 and 1 have the greatest
    variance, m(1 - m) (Bhatia and Davis, 2000); so with shared wins the interval is no shorter than
    it has to be: the more wins are shared, the more careful it is.

    Args:
        score: Sum of the scores, 0 to `runs`.
        runs: How many scores; with none, nothing is known: 0 to 1.
        z: Standard normal quantile of the confidence.

    Raises:
        ValueError: The sum lies outside its range.
    """
    if not 0 <= score <= runs:
        raise ValueError(f"expected a score from 0 to {runs}, got {score}")
    if runs == 0:
        return Interval(0.0, 1.0)
    mean = float(score / runs)
    share = z * z / runs
    middle = (mean + share / 2) / (1 + share)
    reach = z * sqrt(mean * (1 - mean) / runs + share / (4 * runs)) / (1 + share)
    low = max(0.0, middle - reach) if score > 0 else 0.0
    high = min(1.0, middle + reach) if score < runs else 1.0
    return Interval(min(low, mean), max(high, mean))


def mean_interval(mean: float, sd: float, runs: int) -> Interval:
    """Return Student's 95 % interval for the mean of what `runs` independent runs came to.

    Its coverage is 95 % for normal values, and nears that with the runs for any others (central
    limit theorem). Where all runs came to the same it has no length: what has not occurred yet, it
    knows nothing of.

    Args:
        mean: Mean of the values.
        sd: Their sample standard deviation (n - 1 below).
        runs: How many values.

    Raises:
        ValueError: There are fewer than 2: one says nothing of how far they lie apart.
    """
    if runs < 2:
        raise ValueError(f"expected at least 2 runs, got {runs}")
    reach = student_95(runs - 1) * sd / sqrt(runs)
    return Interval(mean - reach, mean + reach)


def student_95(freedom: int) -> float:
    """Return Student's 97.5 % point, right to 2e-3 of itself (from 20 degrees of freedom: 1e-5).

    By the expansion about the normal point (Abramowitz and Stegun, Handbook of Mathematical
    Functions, 1964, 26.7.5).

    Args:
        freedom: Degrees of freedom, at least 1.
    """
    if freedom <= len(_T_95):
        return _T_95[freedom - 1]
    square = Z_95 * Z_95
    first = (square + 1) / 4
    second = ((5 * square + 16) * square + 3) / 96
    third = (((3 * square + 19) * square + 17) * square - 15) / 384
    return Z_95 * (1 + (first + (second + third / freedom) / freedom) / freedom)
