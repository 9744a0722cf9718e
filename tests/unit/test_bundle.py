"""Bundles: kernels see the very arrays that Python holds, and a wrong array gets in nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray  # noqa: TC002 - bundles look at their annotations

from bingosim.engine.bundle import Bundle
from bingosim.engine.jit import kernel


class Pantry(Bundle):
    jars: NDArray[np.int64]
    labels: NDArray[np.int32]
    weights: NDArray[np.float64]
    sealed: NDArray[np.bool_]
    seeds: NDArray[np.uint64]
    shelves: int
    salt: np.uint64


class House(Bundle):
    pantry: Pantry
    rooms: NDArray[np.int64]


def contents(**changes: Any) -> dict[str, Any]:
    return {
        "jars": np.array([3, -4, 5], np.int64),
        "labels": np.array([7, -1], np.int32),
        "weights": np.array([0.5, -0.25]),
        "sealed": np.array([True, False, True]),
        "seeds": np.array([2**64 - 1], np.uint64),
        "shelves": -2,
        "salt": np.uint64(2**64 - 3),
        **changes,
    }


@kernel
def look(pantry: Any) -> Any:
    return (
        pantry.jars[1],
        pantry.labels[1],
        pantry.weights[1],
        pantry.sealed[2],
        pantry.seeds[0],
        pantry.shelves,
        pantry.salt,
    )


@kernel
def sizes(pantry: Any) -> Any:
    return pantry.jars.size, pantry.labels.size, pantry.weights.size, pantry.sealed.size


@kernel
def refill(pantry: Any, jar: Any, amount: Any) -> None:
    pantry.jars[jar] += amount


@kernel
def move_in(house: Any) -> Any:
    house.rooms[0] = house.pantry.jars[0]
    refill(house.pantry, 0, 100)
    return house.pantry.jars[0]


def test_a_kernel_reads_every_kind_of_field() -> None:
    assert look(Pantry(**contents())) == (-4, -1, -0.25, True, 2**64 - 1, -2, 2**64 - 3)


def test_a_kernel_knows_every_length_also_nothing() -> None:
    assert sizes(Pantry(**contents())) == (3, 2, 2, 3)
    assert sizes(Pantry(**contents(jars=np.empty(0, np.int64)))) == (0, 2, 2, 3)


def test_python_keeps_the_fields_as_they_were_given() -> None:
    given = contents()
    pantry = Pantry(**given)
    assert pantry.jars is given["jars"]
    assert pantry.shelves == -2


def test_kernels_and_python_see_what_the_other_writes() -> None:
    pantry = Pantry(**contents())
    refill(pantry, 1, 44)
    assert pantry.jars.tolist() == [3, 40, 5]
    pantry.jars[1] = 6
    assert look(pantry)[0] == 6


def test_bundles_that_look_alike_are_not_mixed_up() -> None:
    one, other = Pantry(**contents()), Pantry(**contents(shelves=9))
    refill(one, 0, 1)
    assert (one.jars[0], other.jars[0]) == (4, 3)
    assert (look(one)[5], look(other)[5]) == (-2, 9)


def test_a_bundle_in_a_bundle_is_the_same_one() -> None:
    pantry = Pantry(**contents())
    house = House(pantry=pantry, rooms=np.zeros(1, np.int64))
    assert move_in(house) == 103
    assert (house.rooms[0], pantry.jars[0]) == (3, 103)


def test_what_is_inside_stays_alive_as_long_as_the_bundle() -> None:
    house = House(pantry=Pantry(**contents()), rooms=np.zeros(1, np.int64))
    scratch = [np.full(100, number) for number in range(100)]  # over what might have been freed
    assert move_in(house) == 103
    assert len(scratch) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        np.array([3], np.int32),
        np.array([3], np.uint64),
        np.array([3.0]),
        np.array([[3]], np.int64),
        np.array(3, np.int64),
        np.arange(6, dtype=np.int64)[::2],
        np.arange(3, dtype=np.int64)[::-1],
    ],
    ids=["narrow", "unsigned", "float", "two dimensions", "no dimension", "strided", "reversed"],
)
def test_a_wrong_array_is_refused_by_name(wrong: NDArray[Any]) -> None:
    with pytest.raises(TypeError, match=r"^jars: expected a contiguous array of int64, 1d"):
        Pantry(**contents(jars=wrong))


@pytest.mark.parametrize("wrong", [[1, 2, 3], None, 7, "jars"])
def test_what_is_no_array_is_refused_by_name(wrong: object) -> None:
    with pytest.raises(TypeError, match="jars"):
        Pantry(**contents(jars=wrong))


def test_a_missing_field_is_refused_by_name() -> None:
    fields = contents()
    del fields["labels"]
    with pytest.raises(TypeError, match=r"Pantry: missing or unknown fields labels$"):
        Pantry(**fields)


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"Pantry: missing or unknown fields lid$"):
        Pantry(**contents(lid=1))
