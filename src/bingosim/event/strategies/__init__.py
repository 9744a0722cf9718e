"""Strategies by name, with the parameters each takes: the built-in ones, and users' own.

A strategy is known here by where its function is found; built-in ones are imported by who plays,
since they need numba. What such a function does stands in `bingosim.engine.strategies`.
"""

from typing import Any

from bingosim.errors import UnknownKeyError
from bingosim.event.strategies.built_in import STRATEGIES, TileOrderParams
from bingosim.event.strategies.own import check_named, is_own, load_own, modules_refused, registered
from bingosim.event.strategies.strategy import Strategy, StrategyParams

__all__ = [
    "STRATEGIES",
    "Strategy",
    "StrategyParams",
    "TileOrderParams",
    "find_named_strategy",
    "find_strategy",
    "modules_refused",
    "normal_params",
]


def find_strategy(name: str) -> Strategy:
    """Return a strategy by its name; a user's own is imported.

    Raises:
        UnknownKeyError: There is none; the message names the nearest ones.
        InputError: A user's own cannot be imported, or is no strategy.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    if is_own(name):
        return load_own(name)
    raise UnknownKeyError("strategy", name, [*STRATEGIES, *registered()])


def find_named_strategy(name: str) -> Strategy:
    """Return the strategy that an event names, which may come from anybody.

    Raises:
        UnknownKeyError, InputError: As of `find_strategy`; or it names a module, and that is
            refused (`modules_refused`).
    """
    check_named(name)
    return find_strategy(name)


def normal_params(strategy: Strategy, params: Any) -> dict[str, Any]:
    """Return a team's parameters checked, with every default written out.

    Raises:
        pydantic.ValidationError: A parameter is unknown or malformed.
    """
    return strategy.params.model_validate(params).model_dump(mode="json")
