"""Confidence intervals, made of IEEE + - x / and square roots only: the same bits on every host."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import NamedTuple

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


def paired_score_interval(total: Fraction | int, squares: Fraction | int, runs: int) -> Interval:
    """Return a 95 % interval for the mean difference of two scores of the same runs.

    It is that of A. Agresti and Y. Min, Simple Improved Confidence Intervals for Comparing Matched
    Proportions, Statistics in Medicine 24, 2005: half a run is added to each of the four ways in
    which a pair of wins and defeats may come out. So it has a length also where no pair differed,
    or few did, where Student's would claim too much; with many it is the same.

    Args:
        total: Sum of the differences, each from -1 to 1.
        squares: Sum of their squares.
        runs: How many; with none, nothing is known: -1 to 1.

    Raises:
        ValueError: These are no sums of so many differences.
    """
    total, squares = Fraction(total), Fraction(squares)
    if not (abs(total) <= squares <= runs and total * total <= squares * runs):
        raise ValueError(f"expected sums of {runs} differences, got {total} and {squares}")
    if runs == 0:
        return Interval(-1.0, 1.0)
    mean = float(total / (runs + 2))
    square = float((squares + 1) / (runs + 2))
    reach = Z_95 * sqrt((square - mean * mean) / (runs + 2))
    found = float(total / runs)
    return Interval(max(-1.0, min(mean - reach, found)), min(1.0, max(mean + reach, found)))


def difference_of_chances(
    one: float, of_one: Interval, other: float, of_other: Interval
) -> Interval:
    """Return an interval for the difference of two chances that were found independently.

    It is made of their own intervals: method 10 of R. G. Newcombe, Interval Estimation for the
    Difference Between Independent Proportions, Statistics in Medicine 17, 1998, where these are
    Wilson's. Its confidence is that of theirs.

    Args:
        one: A chance.
        of_one: Its interval.
        other: What is taken from it.
        of_other: Its interval.
    """
    difference = one - other
    below = _length(one - of_one.low, of_other.high - other)
    above = _length(of_one.high - one, other - of_other.low)
    return Interval(max(-1.0, difference - below), min(1.0, difference + above))


def _length(one: float, other: float) -> float:
    return sqrt(one * one + other * other)


class Mean(NamedTuple):
    """A mean of runs, their sample standard deviation, and how many they are."""

    mean: float
    sd: float
    runs: int


def difference_of_means(one: Mean, other: Mean) -> Interval:
    """Return Welch's 95 % interval for the difference of the means of independent runs.

    B. L. Welch, The Generalization of "Student's" Problem when Several Different Population
    Variances are Involved, Biometrika 34, 1947.

    Raises:
        ValueError: There are fewer than 2 of either.
    """
    if min(one.runs, other.runs) < 2:
        raise ValueError(f"expected at least 2 runs of each, got {one.runs} and {other.runs}")
    parts = [(of.sd * of.sd / of.runs, of.runs - 1) for of in (one, other)]
    square = sum(part for part, _ in parts)
    difference = one.mean - other.mean
    if square == 0:
        return Interval(difference, difference)
    freedom = square * square / sum(part * part / below for part, below in parts)
    reach = student_95(max(1, int(freedom))) * sqrt(square)
    return Interval(difference - reach, difference + reach)


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
