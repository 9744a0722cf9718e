"""Where the two engines differ: what each does at the same point of the same code.

Each function here is a name that kernels call. What it stands for is chosen when a kernel is
compiled, by the type of the state: `State` plays every attempt, and does nothing at most of these
points; for `JumpState`, `legs.py` and `jump.py` say what happens. So neither engine carries the
other's code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from numba.extending import overload

from bingosim.engine.jit import PART
from bingosim.engine.state import State

if TYPE_CHECKING:
    from collections.abc import Callable


def hook(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function a point at which engines differ; its body is what `State` does there."""
    _register(function, State, function)
    return function


def at(point: Callable[..., Any], state: type[State]) -> Callable[..., Any]:
    """Say what happens at a point for a type of state (a decorator)."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        _register(point, state, function)
        return function

    return register


def _register(point: Callable[..., Any], state: type[State], function: Callable[..., Any]) -> None:
    def choose(*types: Any) -> Callable[..., Any] | None:
        return function if state.numba_type in types else None

    overload(point, strict=False, jit_options=PART)(choose)


@hook
def before_grant(team, state, tile, units, second):
    """A stack worth so many units is about to be counted towards a tile."""


@hook
def after_grant(team, state, tile, left):
    """A stack has been counted, and the tile still needs `left` units."""


@hook
def before_completion(team, state, tile, second):
    """A tile is about to be complete."""


@hook
def use_changed(team, state, tile):
    """A tile has begun or ceased to accept drops."""


@hook
def after_release(state, lead):
    """A unit's members are no longer at its attempt."""


@hook
def bar_lifted(team, state, player, second):
    """A bar of a busy player has fallen."""


@hook
def before_choosing(team, state, second):
    """The free are about to choose."""


@hook
def call_in(team, state, second):
    """The free have chosen; return whether others have become free by that."""
    return False
