"""The standard normal quantile and its logarithm: right, and the same bits on every host."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import inf, isclose, log, ulp
from statistics import NormalDist
from types import FunctionType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bingosim.engine.normal import _horner, natural_log, standard_normal_quantile

SMALLEST = 2.0**-53
"""The engine's probabilities are odd multiples of this."""


def in_plain_python(kernel: Any, **calls: Any) -> Any:
    """Return what a kernel was compiled from, calling the given functions in place of kernels."""
    function = kernel.py_func
    return FunctionType(function.__code__, {**function.__globals__, **calls})


plain_log = in_plain_python(natural_log, _horner=_horner.py_func)
plain_quantile = in_plain_python(
    standard_normal_quantile, _horner=_horner.py_func, natural_log=plain_log
)

thorough = settings(max_examples=500, deadline=None, derandomize=True)

drawn_probabilities = st.integers(0, 2**52 - 1).map(lambda k: (k + 0.5) * 2.0**-52)
tails = st.builds(lambda k, e: (2 * k + 1) * 2.0**-e, st.integers(0, 1000), st.integers(12, 53))
probabilities = drawn_probabilities | tails
positive = st.floats(2.0**-1022, exclude_max=True, max_value=inf)


@given(probabilities)
@example(SMALLEST)
@example(1 - SMALLEST)
@example(0.5)
@example(0.075)  # where the centre ends
@example(0.925)
@example(1.3887943864964e-11)  # exp(-25): where the far tail begins
@thorough
def test_the_quantile_is_that_of_the_standard_library(p: float) -> None:
    """Python's own is the same algorithm with the C library's logarithm."""
    assert isclose(standard_normal_quantile(p), NormalDist().inv_cdf(p), rel_tol=1e-14, abs_tol=0.0)


def test_the_quantile_rises_from_tail_to_tail() -> None:
    steps = [2.0**-e for e in range(53, 6, -1)] + [k / 128 for k in range(2, 127)]
    steps += [1 - 2.0**-e for e in range(7, 54)]
    quantiles = [standard_normal_quantile(p) for p in steps]
    assert quantiles == sorted(quantiles)
    assert quantiles[0] == pytest.approx(-8.209536151601387, rel=1e-14)
    assert standard_normal_quantile(0.5) == 0


@given(st.integers(1, 2**53 - 1))
@example(1)
@thorough
def test_the_quantile_is_symmetric_to_the_bit(k: int) -> None:
    """1 - p is exact for every multiple of 2^-53."""
    p = k * SMALLEST
    assert standard_normal_quantile(1 - p) == -standard_normal_quantile(p)


@given(positive | probabilities)
@example(1.0)
@example(1 - SMALLEST)
@example(1 + 2 * SMALLEST)
@example(0.7071067811865476)  # where the mantissa is halved
@example(0.7071067811865475)
@example(2.0**-1022)
@thorough
def test_the_logarithm_is_within_one_ulp(x: float) -> None:
    with localcontext(prec=60):
        exact = Decimal(x).ln()
        error = abs(Decimal(natural_log(x)) - exact)
    assert error <= Decimal(ulp(log(x)))


@given(positive | probabilities)
@thorough
def test_the_compiled_logarithm_is_the_written_one_to_the_bit(x: float) -> None:
    assert natural_log(x).hex() == plain_log(x).hex()


@given(probabilities)
@example(SMALLEST)
@example(1 - SMALLEST)
@thorough
def test_the_compiled_quantile_is_the_written_one_to_the_bit(p: float) -> None:
    """What the compiler makes of it reorders and contracts nothing."""
    assert standard_normal_quantile(p).hex() == plain_quantile(p).hex()
