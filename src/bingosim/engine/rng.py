"""Random numbers: splitmix64 streams named by seed, run, team, player and activity.

`docs/simulation.md` fixes which draws are made, from which stream and in which order. A kernel
draws by `state += GAMMA` and `mix(state)`; all arithmetic is modulo 2^64.
"""

from __future__ import annotations

import hashlib

import numpy as np

from bingosim.engine.jit import inlined

GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S2, _S12, _S20, _S44 = np.uint64(2), np.uint64(12), np.uint64(20), np.uint64(44)

CHANCE_BITS = 62
"""A chance is a threshold in units of 2^-62: room for 1 itself in a signed 64-bit number."""

CERTAIN = np.int64(1) << CHANCE_BITS
"""The threshold of chance 1."""


def salt(text: str) -> int:
    """Return the number that a name adds to a stream: 8 bytes of its SHA-256, big endian."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def seed_number(text: str) -> int:
    """Return a seed's value: the integer itself where it is one below 2^64, else its salt."""
    if text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 2**64:
        return int(text)
    return salt(text)


@inlined
def mix(z):
    """Return splitmix64's finalizer of a uint64."""
    z = (z ^ (z >> _S30)) * _MIX_1
    z = (z ^ (z >> _S27)) * _MIX_2
    return z ^ (z >> _S31)


@inlined
def chance_draw(draw):
    """Return a draw as an int64 below 2^62, to compare with thresholds."""
    return np.int64(draw >> _S2)


@inlined
def inside_unit(draw):
    """Return a draw as a double strictly between 0 and 1: the middle of one of 2^52 equal parts."""
    return (np.float64(draw >> _S12) + 0.5) * 2.0**-52


@inlined
def below(draw, n):
    """Return a whole number from 0 to n - 1 (int64); n is at most 2^18.

    Each value's chance differs from 1/n by less than 2^-44.
    """
    return np.int64(((draw >> _S20) * np.uint64(n)) >> _S44)
