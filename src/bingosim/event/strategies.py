"""The strategies an event file may name, and the parameters each takes.

What a strategy does stands in `bingosim.engine.strategies`; this is what planners write.
"""

from typing import Annotated, Any, NamedTuple

from pydantic import Field

from bingosim.errors import UnknownKeyError
from bingosim.event.fields import Key, Whole
from bingosim.event.model import Model


class StrategyParams(Model):
    """What every strategy takes.

    Attributes:
        max_players: How many players may work on one tile at a time; none: as many as like.
    """

    max_players: Annotated[Whole, Field(ge=1, le=10_000)] | None = None


class TileOrderParams(StrategyParams):
    """What `tile-order` takes.

    Attributes:
        tiles: Keys of tiles in the order to do them; what is not listed follows greedily.
    """

    tiles: tuple[Key, ...] = ()


class Strategy(NamedTuple):
    """A strategy as planners see it."""

    name: str
    summary: str
    params: type[StrategyParams] = StrategyParams


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy("greedy", "most points first, then the least work"),
        Strategy("balanced", "most points per hour of the player's own work"),
        Strategy("row-unlocking", "whatever opens the next row with the least work"),
        Strategy("combo-unlocking", "row-unlocking that saves activities needed again later"),
        Strategy("lines", "greedy, with each tile's share of the bonuses still open"),
        Strategy("tile-order", "the team's own list of tiles, the rest greedily", TileOrderParams),
    )
}
"""Strategy name -> strategy; `add_strategy` adds a user's own."""


def add_strategy(strategy: Strategy) -> None:
    """Make a strategy known to event files, or replace the one of its name."""
    STRATEGIES[strategy.name] = strategy


def find_strategy(name: str) -> Strategy:
    """Return a strategy by its name.

    Raises:
        UnknownKeyError: There is none; the message names the nearest ones.
    """
    if name not in STRATEGIES:
        raise UnknownKeyError("strategy", name, STRATEGIES)
    return STRATEGIES[name]


def normal_params(name: str, params: Any) -> dict[str, Any]:
    """Return a team's parameters checked, with every default written out.

    Raises:
        UnknownKeyError: There is no such strategy.
        pydantic.ValidationError: A parameter is unknown or malformed.
    """
    return find_strategy(name).params.model_validate(params).model_dump(mode="json")
