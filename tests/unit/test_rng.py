"""Random numbers: the published generator, seeds and names as numbers, whole numbers below n."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bingosim.engine.rng import CHANCE_BITS, GAMMA, below, chance_draw, mix, salt, seed_number

words = st.integers(0, 2**64 - 1)
thorough = settings(max_examples=300, deadline=None, derandomize=True)
WIDEST = 2**18
"""The greatest n that `below` is made for."""


def published_mix(z: int) -> int:
    """Steele, Lea and Flood (2014), with the constants of Vigna's splitmix64.c."""
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
    return z ^ z >> 31


def splitmix64(seed: int, count: int) -> list[int]:
    """Return the first outputs, drawn as kernels draw."""
    states = ((seed + int(GAMMA) * step) % 2**64 for step in range(1, count + 1))
    return [mix(np.uint64(state)) for state in states]


def test_splitmix64_gives_its_published_sequence() -> None:
    assert splitmix64(1234567, 5) == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_splitmix64_gives_its_published_beginning_from_zero() -> None:
    assert splitmix64(0, 3) == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


@given(words)
@example(0)
@example(2**64 - 1)
@thorough
def test_mix_is_the_published_finalizer(z: int) -> None:
    assert mix(np.uint64(z)) == published_mix(z)


# Seeds and names


@pytest.mark.parametrize("number", [0, 7, 2**63, 2**64 - 1])
def test_a_whole_number_below_two_to_the_64_is_its_own_seed(number: int) -> None:
    assert seed_number(str(number)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bingosim",
        str(2**64),
        "-1",
        "+1",
        " 7",
        "7 ",
        "1_000",
        "1e3",
        "0" * 21,
        "9" * 5000,
        "\N{ARABIC-INDIC DIGIT SEVEN}",
        "\N{SUPERSCRIPT TWO}",
        "Ærø",
    ],
)
def test_any_other_text_becomes_the_first_8_bytes_of_its_sha256(text: str) -> None:
    digest = hashlib.sha256(text.encode()).digest()
    assert seed_number(text) == salt(text) == int.from_bytes(digest[:8], "big")


def test_salts_are_the_ones_of_every_release() -> None:
    assert salt("") == 0xE3B0C44298FC1C14
    assert salt("abc") == 0xBA7816BF8F01CFEA


# Draws


@given(words)
@thorough
def test_a_chance_draw_is_the_upper_62_bits(draw: int) -> None:
    assert chance_draw(np.uint64(draw)) == draw >> (64 - CHANCE_BITS)


@given(words, st.integers(1, WIDEST))
@example(0, WIDEST)
@example(2**64 - 1, WIDEST)
@example(2**64 - 1, 1)
@thorough
def test_below_is_in_range(draw: int, n: int) -> None:
    assert 0 <= below(np.uint64(draw), n) < n


@given(st.data(), st.integers(1, WIDEST))
@thorough
def test_every_number_below_n_gets_the_same_share_of_all_draws(data: st.DataObject, n: int) -> None:
    """`below` looks at the upper 44 bits, and rises with them.

    So its law follows from the first draw of each number: number k begins at ceil(k 2^44 / n), and
    its share differs from 1/n by less than 2^-44.
    """
    number = data.draw(st.integers(0, n - 1))
    first, following = (ceil(Fraction(k * 2**44, n)) << 20 for k in (number, number + 1))
    assert below(np.uint64(first), n) == below(np.uint64(following - 1), n) == number
    if number:
        assert below(np.uint64(first - 1), n) == number - 1
    assert abs(Fraction(following - first, 2**64) - Fraction(1, n)) < Fraction(1, 2**44)
